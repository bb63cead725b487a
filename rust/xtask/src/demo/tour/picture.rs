//! The pictures of the tour: what tests see in one, and how to make one small enough for the repository.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use color_quant::NeuQuant;

/// As many colours as an indexed PNG has room for.
const PALETTE: usize = 256;
/// One pixel in so many teaches the palette.
const SAMPLE: i32 = 3;
/// Colours of whole surfaces are kept as they are.
const KEPT: usize = 64;

/// What is to be seen in a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// How many different colours there are.
    pub colors: usize,
    /// The size of the file, in bytes.
    pub bytes: u64,
}

type Color = [u8; 3];

struct Picture {
    width: u32,
    height: u32,
    pixels: Vec<Color>,
}

pub(super) fn look_at(file: &Path) -> Result<Look> {
    let mut picture = read(file)?;
    // Most neighbours are equal, and need not be counted one by one.
    picture.pixels.dedup();
    let colors: HashSet<Color> = picture.pixels.into_iter().collect();
    let bytes = fs::metadata(file)?.len();
    Ok(Look { width: picture.width, height: picture.height, colors: colors.len(), bytes })
}

/// Writes a picture anew with a palette: a third of the size, and hardly anybody sees it.
pub(super) fn shrink(file: &Path) -> Result<()> {
    let picture = read(file)?;
    let (palette, places) = choose_palette(&picture.pixels, PALETTE);

    let writer = BufWriter::new(File::create(file).with_context(|| format!("cannot write {}", file.display()))?);
    let mut encoder = png::Encoder::new(writer, picture.width, picture.height);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::High);
    encoder.set_filter(png::Filter::NoFilter);
    encoder.set_palette(palette.concat());
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&indices(&picture.pixels, &places))?;
    Ok(writer.finish()?)
}

/// Joins pictures of one size to a moving one, in which each has only what differs from the one before.
pub(super) fn animate(files: &[PathBuf], per_second: u16, file: &Path) -> Result<()> {
    let pictures: Vec<Picture> = files.iter().map(|file| read(file)).collect::<Result<_>>()?;
    let first = pictures.first().context("there are no pictures of a round")?;
    let pixels: Vec<Color> = pictures.iter().flat_map(|picture| &picture.pixels).copied().collect();
    // The last colour is none at all.
    let (mut palette, places) = choose_palette(&pixels, PALETTE - 1);
    palette.resize(PALETTE, [0; 3]);
    let nothing = u8::MAX;
    let mut opacities = vec![u8::MAX; PALETTE - 1];
    opacities.push(0);

    let writer = BufWriter::new(File::create(file).with_context(|| format!("cannot write {}", file.display()))?);
    let mut encoder = png::Encoder::new(writer, first.width, first.height);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::High);
    encoder.set_filter(png::Filter::NoFilter);
    encoder.set_palette(palette.concat());
    encoder.set_trns(opacities);
    encoder.set_animated(u32::try_from(pictures.len())?, 0)?;
    encoder.set_frame_delay(1, per_second)?;
    encoder.set_blend_op(png::BlendOp::Over)?;
    let mut writer = encoder.write_header()?;
    let mut shown: Vec<u8> = Vec::new();
    for picture in &pictures {
        let wanted: Vec<u8> = indices(&picture.pixels, &places);
        let changes: Vec<u8> = if shown.is_empty() {
            wanted.clone()
        } else {
            wanted.iter().zip(&shown).map(|(new, old)| if new == old { nothing } else { *new }).collect()
        };
        writer.write_image_data(&changes)?;
        shown = wanted;
    }
    Ok(writer.finish()?)
}

fn indices(pixels: &[Color], places: &HashMap<Color, u8>) -> Vec<u8> {
    pixels.iter().map(|color| places.get(color).copied().unwrap_or_default()).collect()
}

/// The most frequent colours as they are, and for the others what stands for them best; and for each colour its place.
fn choose_palette(pixels: &[Color], size: usize) -> (Vec<Color>, HashMap<Color, u8>) {
    let mut counts: HashMap<Color, usize> = HashMap::new();
    for &color in pixels {
        *counts.entry(color).or_default() += 1;
    }
    let mut by_count: Vec<(Color, usize)> = counts.into_iter().collect();
    // The color itself decides between equals, so that the same picture always becomes the same file.
    by_count.sort_by_key(|&(color, count)| (usize::MAX - count, color));

    let mut palette: Vec<Color> = by_count.iter().take(KEPT).map(|&(color, _)| color).collect();
    let kept: HashSet<Color> = palette.iter().copied().collect();
    let rest: Vec<u8> =
        pixels.iter().filter(|color| !kept.contains(*color)).flat_map(|&[r, g, b]| [r, g, b, u8::MAX]).collect();
    // Too little to learn from would be no picture of the game, and what is kept is enough for it.
    if rest.len() > 4 * PALETTE * 8 {
        let learnt = NeuQuant::new(SAMPLE, size - KEPT, &rest).color_map_rgb();
        palette.extend(learnt.as_chunks::<3>().0);
    }
    let places = by_count.iter().map(|&(color, _)| (color, nearest(&palette, color))).collect();
    (palette, places)
}

/// The place of the colour that looks most alike.
fn nearest(palette: &[Color], color: Color) -> u8 {
    let distance = |other: &Color| -> i32 {
        other.iter().zip(color).map(|(&one, other)| (i32::from(one) - i32::from(other)).pow(2)).sum()
    };
    let best = palette.iter().enumerate().min_by_key(|(_, other)| distance(other));
    best.and_then(|(place, _)| u8::try_from(place).ok()).unwrap_or_default()
}

fn read(file: &Path) -> Result<Picture> {
    let opened = File::open(file).with_context(|| format!("there is no picture {}", file.display()))?;
    let mut decoder = png::Decoder::new(BufReader::new(opened));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info()?;
    let size = reader.output_buffer_size().context("the picture is too large")?;
    let mut bytes = vec![0; size];
    let info = reader.next_frame(&mut bytes)?;
    if info.color_type != png::ColorType::Rgb {
        bail!("{} is not in plain colours but in {:?}", file.display(), info.color_type);
    }
    let pixels = bytes.as_chunks::<3>().0.to_vec();
    Ok(Picture { width: info.width, height: info.height, pixels })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of many colours in no order, with one surface that has a colour of its own.
    fn write_picture(file: &Path) {
        let mut encoder = png::Encoder::new(File::create(file).unwrap(), 100, 100);
        encoder.set_color(png::ColorType::Rgb);
        let color = |place: u32| match place {
            0..5000 => [10, 20, 30],
            _ => {
                let mixed = place.wrapping_mul(place).wrapping_mul(2_654_435_761);
                let [red, green, blue, _] = (mixed ^ (mixed >> 15)).to_be_bytes();
                [red, green, blue]
            }
        };
        let bytes: Vec<u8> = (0..10_000).flat_map(color).collect();
        encoder.write_header().unwrap().write_image_data(&bytes).unwrap();
    }

    #[test]
    fn a_smaller_picture_keeps_its_size_and_its_surfaces() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.png");
        write_picture(&file);
        let before = look_at(&file).unwrap();
        assert!(before.colors > PALETTE);
        shrink(&file).unwrap();
        let after = look_at(&file).unwrap();
        assert_eq!((after.width, after.height), (100, 100));
        assert!(after.colors <= PALETTE && after.colors > PALETTE / 2, "{after:?}");
        assert!(after.bytes < before.bytes, "{before:?} {after:?}");
        assert_eq!(read(&file).unwrap().pixels[17], [10, 20, 30]);
    }

    #[test]
    fn a_moving_picture_shows_all_in_turn() {
        let dir = tempfile::tempdir().unwrap();
        let files = ["a.png", "b.png"].map(|name| dir.path().join(name));
        files.iter().for_each(|file| write_picture(file));
        let moving = dir.path().join("moving.png");
        animate(&files, 8, &moving).unwrap();
        let reader = png::Decoder::new(BufReader::new(File::open(&moving).unwrap())).read_info().unwrap();
        assert_eq!(reader.info().animation_control().unwrap().num_frames, 2);
        assert_eq!(reader.info().size(), (100, 100));
        // The second one is the same, and costs next to nothing.
        assert!(fs::metadata(&moving).unwrap().len() < fs::metadata(&files[0]).unwrap().len() + 1_000);
        assert!(animate(&[], 8, &moving).is_err());
    }

    #[test]
    fn what_is_no_picture_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.png");
        assert!(look_at(&file).is_err());
        fs::write(&file, "words").unwrap();
        assert!(look_at(&file).is_err());
    }
}
