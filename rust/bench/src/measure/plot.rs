//! Plots as SVG, both axes logarithmic.

use std::path::Path;

use anyhow::{Result, anyhow};
use plotters::prelude::*;

/// What is drawn.
#[derive(Debug)]
pub(super) struct Plot {
    /// The file's name.
    pub(super) file: &'static str,
    pub(super) title: &'static str,
    pub(super) horizontal: &'static str,
    pub(super) vertical: &'static str,
    /// Whether the lines fall, so that the names of them have to stand below.
    pub(super) falls: bool,
    pub(super) lines: Vec<Line>,
}

/// One line of a plot.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) name: String,
    pub(super) points: Vec<(f64, f64)>,
}

const SIZE: (u32, u32) = (860, 460);
const FONT: &str = "sans-serif";
const COLORS: [RGBColor; 3] = [RGBColor(0x2B, 0x7D, 0xE0), RGBColor(0xE0, 0x6C, 0x2B), RGBColor(0x2B, 0xA8, 0x4A)];

/// Draws it into a file.
pub(super) fn draw(plot: &Plot, file: &Path) -> Result<()> {
    // The library's errors borrow from the drawing.
    try_draw(plot, file).map_err(|error| anyhow!("cannot draw {}: {error}", file.display()))
}

fn try_draw(plot: &Plot, file: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let points = || plot.lines.iter().flat_map(|line| &line.points);
    let (left, right) = bounds(points().map(|point| point.0));
    let (bottom, top) = bounds(points().map(|point| point.1));
    let area = SVGBackend::new(file, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption(plot.title, (FONT, 22))
        .margin(16)
        .x_label_area_size(48)
        .y_label_area_size(76)
        .build_cartesian_2d((left..right).log_scale(), (bottom / 1.5..top * 1.5).log_scale())?;
    chart
        .configure_mesh()
        .x_desc(plot.horizontal)
        .y_desc(plot.vertical)
        .x_label_formatter(&|value| thousands(*value))
        .y_label_formatter(&|value| thousands(*value))
        .label_style((FONT, 15))
        .light_line_style(WHITE.mix(0.0))
        .draw()?;
    for (line, color) in plot.lines.iter().zip(COLORS.iter().cycle()) {
        chart
            .draw_series(LineSeries::new(line.points.iter().copied(), color.stroke_width(3)).point_size(4))?
            .label(&line.name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 22, y)], color.stroke_width(3)));
    }
    chart
        .configure_series_labels()
        .position(if plot.falls { SeriesLabelPosition::LowerLeft } else { SeriesLabelPosition::UpperLeft })
        .background_style(WHITE.mix(0.85))
        .border_style(BLACK.mix(0.2))
        .label_font((FONT, 15))
        .draw()?;
    area.present()?;
    Ok(())
}

fn bounds(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (least, most) =
        values.fold((f64::INFINITY, 0.0_f64), |(least, most), value| (least.min(value), most.max(value)));
    // A logarithm needs something to stand on.
    (least.clamp(0.1, f64::MAX), most.max(1.0))
}

fn thousands(value: f64) -> String {
    match value {
        1e6.. => format!("{} M", value / 1e6),
        1e3.. => format!("{} k", value / 1e3),
        _ => format!("{value}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_lines_are_in_the_picture() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("plot.svg");
        let line = |name: &str, points: &[(f64, f64)]| Line { name: name.to_owned(), points: points.to_vec() };
        let plot = Plot {
            file: "plot.svg",
            title: "A title",
            horizontal: "peers",
            vertical: "microseconds",
            falls: false,
            lines: vec![line("one", &[(10.0, 3.0), (1000.0, 4.0)]), line("other", &[(10.0, 30.0), (1000.0, 4000.0)])],
        };
        draw(&plot, &file).unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        for part in ["A title", "peers", "microseconds", "one", "other", "polyline"] {
            assert!(text.contains(part), "{part}");
        }
    }

    #[test]
    fn labels_are_short() {
        assert_eq!([10.0, 1000.0, 2_500_000.0].map(thousands), ["10", "1 k", "2.5 M"]);
    }
}
