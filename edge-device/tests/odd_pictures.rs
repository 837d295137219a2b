//! Pictures that no microscope takes, through the program: a verdict or a refusal, never a crash.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use blastscope_vision::synthetic::{Smear, SmearSettings};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use serde_json::Value;
use std::fs::File;
use std::io::{BufWriter, Cursor, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// Of the field that `smear` gives, pixels.
const SIZE: (u32, u32) = (480, 360);

/// The middle of a drawn field with many white cells.
fn smear() -> RgbImage {
    let settings = SmearSettings {
        cells: 24,
        ..SmearSettings::default()
    };
    let whole = Smear::draw(&settings, 1, 0.4).image;
    image::imageops::crop_imm(&whole, 240, 180, SIZE.0, SIZE.1).to_image()
}

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn png(&self, name: &str, picture: impl Into<DynamicImage>) -> PathBuf {
        self.write(name, &encoded(&picture.into(), ImageFormat::Png))
    }
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// `find --json --draw` of pictures.
fn find(folder: &Folder, pictures: &[PathBuf]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_blastscope"));
    program.env_remove("BLASTSCOPE_LOG");
    program.args(["find", "--json", "--workers", "1", "--draw"]);
    program.arg(folder.path("drawn")).args(pictures).output().unwrap()
}

/// The lines of pictures that can all be read, each of them drawn in its own size.
fn lines(folder: &Folder, pictures: &[PathBuf]) -> Vec<Value> {
    let output = find(folder, pictures);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<Value> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines.len(), pictures.len());
    for line in &lines {
        let stem = Path::new(line["file"].as_str().unwrap())
            .file_stem()
            .unwrap()
            .to_owned();
        let drawn = folder.path("drawn").join(stem).with_extension("png");
        let (width, height) = image::image_dimensions(drawn).unwrap();
        assert_eq!(
            (line["width"].as_u64(), line["height"].as_u64()),
            (Some(width.into()), Some(height.into()))
        );
        let quality = &line["quality"];
        let reasons = quality["reasons"].as_array().unwrap();
        assert_eq!(quality["verdict"] == "good", reasons.is_empty(), "{line}");
        assert!(line["notice"].as_str().unwrap().contains("not a diagnosis"));
    }
    lines
}

fn reasons(line: &Value) -> String {
    line["quality"]["reasons"].to_string()
}

/// Boxes as left, top, width, height.
fn boxes(line: &Value) -> Vec<[i64; 4]> {
    let number = |cell: &Value, key: &str| cell[key].as_i64().unwrap();
    let cells = line["cells"].as_array().unwrap().iter();
    cells
        .map(|c| ["x", "y", "width", "height"].map(|k| number(c, k)))
        .collect()
}

fn refusal(folder: &Folder, picture: PathBuf) -> String {
    let output = find(folder, &[picture]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && output.stdout.is_empty(), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    said
}

/// An APP1 segment with this orientation behind the start of a JPEG.
fn with_orientation(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    let length = (exif.len() as u16 + 2).to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &length, &exif, &jpeg[2..]].concat()
}

#[test]
fn depths_alphas_and_palettes_of_a_field_have_its_verdict_and_cells() {
    let folder = Folder::new();
    let field = DynamicImage::from(smear());
    let pictures = [
        folder.png("rgb.png", field.clone()),
        folder.png("rgb16.png", field.to_rgb16()),
        folder.png("rgba.png", field.to_rgba8()),
        folder.png("rgba16.png", field.to_rgba16()),
        folder.write("field.bmp", &encoded(&field, ImageFormat::Bmp)),
        folder.write("palette.png", &palette_png(&smear())),
    ];
    let lines = lines(&folder, &pictures);
    assert!(boxes(&lines[0]).len() > 1, "{}", lines[0]);
    for line in &lines[..5] {
        assert_eq!(line["cells"], lines[0]["cells"], "{}", line["file"]);
        assert_eq!(line["quality"], lines[0]["quality"], "{}", line["file"]);
    }
    // A palette of few colours is no longer the same field, but one with cells.
    assert!(!boxes(&lines[5]).is_empty(), "{}", lines[5]);
}

#[test]
fn grey_and_one_bit_pictures_are_told_to_have_strange_colours_or_not_to_be_blood() {
    let folder = Folder::new();
    let field = DynamicImage::from(smear());
    let pictures = [
        folder.png("grey.png", field.to_luma8()),
        folder.png("grey16.png", field.to_luma16()),
        folder.png("grey-alpha.png", field.to_luma_alpha8()),
        folder.write("grey.jpg", &encoded(&field.to_luma8().into(), ImageFormat::Jpeg)),
        folder.write("one-bit.png", &one_bit_png(&smear())),
    ];
    for line in lines(&folder, &pictures) {
        assert_eq!(line["quality"]["verdict"], "unusable", "{line}");
        let said = reasons(&line);
        assert!(
            said.contains("strange_colours")
                || said.contains("not_a_blood_field")
                || said.contains("too_bright"),
            "{}: {said}",
            line["file"]
        );
    }
}

#[test]
fn exchanged_channels_light_darkness_and_other_photos_are_named() {
    let folder = Folder::new();
    let mut exchanged = smear();
    exchanged.pixels_mut().for_each(|p| p.0.reverse());
    let landscape = RgbImage::from_fn(640, 480, |x, y| match y < 200 + x / 16 {
        true => Rgb([90 + (y / 4) as u8, 140 + (y / 4) as u8, 230]),
        false => Rgb([60 + (x * y % 24) as u8, 110 + (x * y % 24) as u8, 40]),
    });
    let mut negative = smear();
    image::imageops::invert(&mut negative);
    let cases = [
        ("black.png", RgbImage::new(320, 240), "too_dark"),
        (
            "white.png",
            RgbImage::from_pixel(320, 240, Rgb([255; 3])),
            "too_bright",
        ),
        ("exchanged.png", exchanged, "strange_colours"),
        ("landscape.png", landscape, "not_a_blood_field"),
        ("negative.png", negative, "too_crowded"),
    ];
    let pictures: Vec<PathBuf> = cases
        .iter()
        .map(|(name, p, _)| folder.png(name, p.clone()))
        .collect();
    for (line, (name, _, why)) in lines(&folder, &pictures).iter().zip(&cases) {
        // A negative looks like a crowded field of other colours; it is not good, and more is not promised.
        let least = if *name == "negative.png" {
            "usable"
        } else {
            "unusable"
        };
        assert_eq!(line["quality"]["verdict"], least, "{name}: {line}");
        assert!(reasons(line).contains(why), "{name}: {line}");
    }
}

#[test]
fn cells_lie_where_viewers_show_them_whatever_the_orientation() {
    let folder = Folder::new();
    let jpeg = encoded(&smear().into(), ImageFormat::Jpeg);
    let pictures: Vec<PathBuf> = (1..=8)
        .map(|o| folder.write(&format!("{o}.jpg"), &with_orientation(&jpeg, o)))
        .collect();
    let lines = lines(&folder, &pictures);
    let upright = boxes(&lines[0]);
    assert!(upright.len() > 1, "{}", lines[0]);
    let (w, h) = (i64::from(SIZE.0), i64::from(SIZE.1));
    for (line, orientation) in lines.iter().zip(1..) {
        let turned = orientation > 4;
        let size = if turned { (h, w) } else { (w, h) };
        assert_eq!(
            (line["width"].as_i64(), line["height"].as_i64()),
            (Some(size.0), Some(size.1))
        );
        let found = boxes(line);
        for [x, y, bw, bh] in &upright {
            let (right, bottom) = (w - x - bw, h - y - bh);
            let expected = match orientation {
                1 => [*x, *y, *bw, *bh],
                2 => [right, *y, *bw, *bh],
                3 => [right, bottom, *bw, *bh],
                4 => [*x, bottom, *bw, *bh],
                5 => [*y, *x, *bh, *bw],
                6 => [bottom, *x, *bh, *bw],
                7 => [bottom, right, *bh, *bw],
                _ => [*y, right, *bh, *bw],
            };
            let near = |b: &&[i64; 4]| b.iter().zip(&expected).all(|(a, b)| (a - b).abs() <= 12);
            assert!(
                found.iter().any(|b| near(&b)),
                "{orientation}: {expected:?} not in {found:?}"
            );
        }
    }
}

#[test]
fn a_transparent_margin_is_no_cell_whatever_colour_is_hidden_there() {
    let folder = Folder::new();
    let field = smear();
    let (w, h) = field.dimensions();
    let masked = |hidden: [u8; 3]| {
        let mut picture = DynamicImage::from(field.clone()).to_rgba8();
        for (x, y, p) in picture.enumerate_pixels_mut() {
            let (dx, dy) = (
                f64::from(x) - f64::from(w) / 2.0,
                f64::from(y) - f64::from(h) / 2.0,
            );
            if dx.hypot(dy) > f64::from(h) / 2.0 {
                p.0 = [hidden[0], hidden[1], hidden[2], 0];
            }
        }
        picture
    };
    let pictures = [
        folder.png("black.png", masked([0; 3])),
        folder.png("white.png", masked([255; 3])),
        folder.png("purple.png", masked([90, 45, 130])),
    ];
    let lines = lines(&folder, &pictures);
    for line in &lines {
        assert_eq!(line["cells"], lines[0]["cells"]);
        for [x, y, bw, bh] in boxes(line) {
            let (dx, dy) = (
                (x + bw / 2 - i64::from(w / 2)) as f64,
                (y + bh / 2 - i64::from(h / 2)) as f64,
            );
            assert!(dx.hypot(dy) <= f64::from(h) / 2.0, "a cell in the margin: {line}");
        }
    }
}

#[test]
fn the_smallest_pictures_get_a_verdict() {
    let folder = Folder::new();
    let mut pictures = Vec::new();
    for (w, h) in [
        (1, 1),
        (1, 2000),
        (2000, 1),
        (2, 2),
        (63, 64),
        (1, 30_000),
        (30_000, 1),
    ] {
        for colour in [[0; 3], [235, 215, 205], [90, 45, 130]] {
            let name = format!("{w}x{h}-{}.png", colour[0]);
            pictures.push(folder.png(&name, RgbImage::from_pixel(w, h, Rgb(colour))));
        }
    }
    for line in lines(&folder, &pictures) {
        assert_eq!(line["quality"]["verdict"], "unusable", "{line}");
        assert_eq!(line["cells"], Value::Array(vec![]));
    }
}

#[test]
fn what_cannot_be_read_is_refused_with_the_file_and_the_remedy_and_the_rest_goes_on() {
    let folder = Folder::new();
    let jpeg = encoded(&smear().into(), ImageFormat::Jpeg);
    let cmyk = include_bytes!("../../shared/vision/tests/fixtures/cmyk.jpg");
    let adobe = cmyk.windows(5).position(|w| w == b"Adobe").unwrap();
    let mut unmarked = cmyk.to_vec();
    unmarked[adobe..adobe + 5].copy_from_slice(b"nobod");
    let mut large = encoded(&RgbImage::new(8, 8).into(), ImageFormat::Png);
    large[16..24].copy_from_slice(&[0, 0, 0x27, 0x11, 0, 0, 0x27, 0x10]);
    for (name, bytes, what, remedy) in [
        ("empty.png", Vec::new(), "empty", "copy it"),
        (
            "text.png",
            b"not a picture".to_vec(),
            "not a BMP, PNG or JPEG",
            "convert it",
        ),
        ("cut.jpg", jpeg[..jpeg.len() / 2].to_vec(), "cut short", "copy it"),
        ("inks.jpg", unmarked, "four inks", "save it as RGB"),
        (
            "large.png",
            large,
            "10001x10000 pixels: at most 100 megapixels",
            "give a part of it",
        ),
    ] {
        let said = refusal(&folder, folder.write(name, &bytes));
        assert!(
            said.contains(name) && said.contains(what) && said.contains(remedy),
            "{said}"
        );
    }
    let (bad, good) = (
        folder.write("bad.jpg", &jpeg[..99]),
        folder.png("good.png", smear()),
    );
    let output = find(&folder, &[bad, good]);
    assert!(!output.status.success());
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 1);
}

/// Side of a picture of the largest size that is read.
const LARGEST: u32 = 10_000;

/// What a picture of the largest size may take, KiB: itself, its drawing and the file that is written of it with 3
/// bytes a pixel each, and 512 MiB of address space for the program and the stacks and arenas of its threads.
const BOUND_KIB: u64 = (9 * (LARGEST as u64) * (LARGEST as u64) + (512 << 20)) >> 10;

#[cfg(unix)]
#[test]
fn a_picture_of_the_largest_size_is_found_and_drawn_within_the_stated_memory() {
    let folder = Folder::new();
    let path = folder.path("largest.png");
    write_largest(&path);
    let mut shell = Command::new("sh");
    shell.env_remove("BLASTSCOPE_LOG");
    // Beyond the limit an allocation fails and the program with it.
    let script = format!("ulimit -v {BOUND_KIB} && exec \"$0\" find --json --workers 1 --draw \"$1\" \"$2\"");
    shell.arg("-c").arg(script).arg(env!("CARGO_BIN_EXE_blastscope"));
    let output = shell.arg(folder.path("drawn")).arg(&path).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let line: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (line["width"].as_u64(), line["height"].as_u64()),
        (Some(10_000), Some(10_000))
    );
    assert!(reasons(&line).contains("blank"), "{line}");
    assert_eq!(
        image::image_dimensions(folder.path("drawn/largest.png")).unwrap(),
        (LARGEST, LARGEST)
    );
}

/// Glass with a smear in its corner, row by row: it is never in the memory of this test.
fn write_largest(path: &Path) {
    let field = smear();
    let glass = [236, 229, 231].repeat(LARGEST as usize);
    let file = BufWriter::new(File::create(path).unwrap());
    let mut encoder = png::Encoder::new(file, LARGEST, LARGEST);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::Fastest);
    encoder.set_filter(png::Filter::NoFilter);
    let mut writer = encoder.write_header().unwrap();
    let mut rows = writer.stream_writer().unwrap();
    for y in 0..LARGEST as usize {
        let mut row = glass.clone();
        let width = 3 * field.width() as usize;
        if let Some(part) = field.as_raw().chunks_exact(width).nth(y) {
            row[..width].copy_from_slice(part);
        }
        rows.write_all(&row).unwrap();
    }
    rows.finish().unwrap();
    writer.finish().unwrap();
}

/// A PNG of one byte a pixel or less.
fn small_png(
    size: (u32, u32),
    color: png::ColorType,
    depth: png::BitDepth,
    palette: &[u8],
    data: &[u8],
) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, size.0, size.1);
    encoder.set_color(color);
    encoder.set_depth(depth);
    if !palette.is_empty() {
        encoder.set_palette(palette.to_vec());
    }
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(data).unwrap();
    writer.finish().unwrap();
    bytes
}

/// 6 x 7 x 6 colours, evenly spread.
fn palette_png(picture: &RgbImage) -> Vec<u8> {
    let level = |i: usize, of: usize| (255 * i / (of - 1)) as u8;
    let colours = (0..252).flat_map(|i| [level(i / 42, 6), level(i / 6 % 7, 7), level(i % 6, 6)]);
    let index = |p: &Rgb<u8>| {
        let nearest = |value: u8, of: u32| (u32::from(value) * (of - 1) + 127) / 255;
        (nearest(p[0], 6) * 42 + nearest(p[1], 7) * 6 + nearest(p[2], 6)) as u8
    };
    let data: Vec<u8> = picture.pixels().map(index).collect();
    let (colour, depth) = (png::ColorType::Indexed, png::BitDepth::Eight);
    small_png(
        picture.dimensions(),
        colour,
        depth,
        &colours.collect::<Vec<_>>(),
        &data,
    )
}

/// White where the picture is bright; its width is a multiple of 8.
fn one_bit_png(picture: &RgbImage) -> Vec<u8> {
    let bright: Vec<bool> = picture.pixels().map(|p| p[1] > 180).collect();
    let byte = |eight: &[bool]| eight.iter().fold(0u8, |byte, bit| byte << 1 | u8::from(*bit));
    let data: Vec<u8> = bright.chunks(8).map(byte).collect();
    small_png(
        picture.dimensions(),
        png::ColorType::Grayscale,
        png::BitDepth::One,
        &[],
        &data,
    )
}
