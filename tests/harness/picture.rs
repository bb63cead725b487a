//! Pictures of what is on a display, so that a test can tell one from an empty screen, and make one small enough for the
//! repository.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use color_quant::NeuQuant;

/// An indexed PNG has room for one more, which is none at all.
const COLORS: usize = 255;
const NOTHING: u8 = u8::MAX;
/// How many pictures of a moving one the game takes.
const PER_SECOND: u16 = 8;
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

/// Looks at a picture.
pub fn look_at(file: &Path) -> Result<Look> {
    let mut picture = read(file)?;
    // Most neighbours are equal, and need not be counted one by one.
    picture.pixels.dedup();
    let colors: HashSet<Color> = picture.pixels.into_iter().collect();
    let bytes = fs::metadata(file)?.len();
    Ok(Look { width: picture.width, height: picture.height, colors: colors.len(), bytes })
}

/// Writes a picture anew with a palette: a third of the size, and hardly anybody sees it.
pub fn shrink(file: &Path) -> Result<()> {
    write(&[read(file)?], file)
}

/// Joins the pictures in a folder, which goes, to a moving one.
pub fn animate(folder: &Path, file: &Path) -> Result<()> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.sort();
    let pictures: Vec<Picture> = files.iter().map(|file| read(file)).collect::<Result<_>>()?;
    write(&pictures, file)?;
    Ok(fs::remove_dir_all(folder)?)
}

/// Writes pictures of one size to one file with one palette; each has only what differs from the one before.
fn write(pictures: &[Picture], file: &Path) -> Result<()> {
    let first = pictures.first().context("there are no pictures")?;
    let pixels: Vec<Color> = pictures.iter().flat_map(|picture| &picture.pixels).copied().collect();
    let (mut palette, places) = choose_palette(&pixels);
    palette.resize(COLORS, [0; 3]);

    let writer = BufWriter::new(File::create(file).with_context(|| format!("cannot write {}", file.display()))?);
    let mut encoder = png::Encoder::new(writer, first.width, first.height);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::High);
    encoder.set_filter(png::Filter::NoFilter);
    if pictures.len() > 1 {
        // The colour after all others is none at all: what was there shows.
        palette.push([0; 3]);
        encoder.set_trns([vec![u8::MAX; COLORS], vec![0]].concat());
        encoder.set_animated(u32::try_from(pictures.len())?, 0)?;
        encoder.set_frame_delay(1, PER_SECOND)?;
        encoder.set_blend_op(png::BlendOp::Over)?;
    }
    encoder.set_palette(palette.concat());
    let mut writer = encoder.write_header()?;
    let mut shown = vec![None; first.pixels.len()];
    for picture in pictures {
        let mut changes = Vec::with_capacity(picture.pixels.len());
        for (shown, color) in shown.iter_mut().zip(&picture.pixels) {
            let wanted = places.get(color).copied();
            changes.push(if *shown == wanted { NOTHING } else { wanted.unwrap_or_default() });
            *shown = wanted;
        }
        writer.write_image_data(&changes)?;
    }
    Ok(writer.finish()?)
}

/// The most frequent colours as they are, and for the others what stands for them best; and for each colour its place.
fn choose_palette(pixels: &[Color]) -> (Vec<Color>, HashMap<Color, u8>) {
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
    if rest.len() > 4 * COLORS * 8 {
        let learnt = NeuQuant::new(SAMPLE, COLORS - KEPT, &rest).color_map_rgb();
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
        assert!(before.colors > COLORS);
        shrink(&file).unwrap();
        let after = look_at(&file).unwrap();
        assert_eq!((after.width, after.height), (100, 100));
        assert!(after.colors <= COLORS && after.colors > COLORS / 2, "{after:?}");
        assert!(after.bytes < before.bytes, "{before:?} {after:?}");
        assert_eq!(read(&file).unwrap().pixels[17], [10, 20, 30]);
    }

    #[test]
    fn a_moving_picture_shows_all_in_turn() {
        let dir = tempfile::tempdir().unwrap();
        let (still, moving, film) = (dir.path().join("a.png"), dir.path().join("moving.png"), dir.path().join("film"));
        write_picture(&still);
        fs::create_dir(&film).unwrap();
        assert!(animate(&film, &moving).is_err());
        ["1.png", "2.png"].iter().for_each(|name| write_picture(&film.join(name)));
        animate(&film, &moving).unwrap();
        assert!(!film.exists());
        let reader = png::Decoder::new(BufReader::new(File::open(&moving).unwrap())).read_info().unwrap();
        assert_eq!(reader.info().animation_control().unwrap().num_frames, 2);
        assert_eq!(reader.info().size(), (100, 100));
        // The second one is the same, and costs next to nothing.
        assert!(fs::metadata(&moving).unwrap().len() < fs::metadata(&still).unwrap().len() + 1_000);
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
