use super::*;
use image::{DynamicImage, ImageFormat};
use std::fs;

fn gradient(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        Rgb([(x * 3) as u8, (y * 5) as u8, (x + y) as u8])
    })
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// The message and the inner cause of a refusal.
fn refusal(bytes: &[u8]) -> String {
    decode_picture(bytes).unwrap_err().to_string()
}

#[test]
fn lossless_pictures_come_back_to_the_bit() {
    let picture = gradient(61, 47);
    for format in [ImageFormat::Bmp, ImageFormat::Png] {
        let bytes = encoded(&picture.clone().into(), format);
        assert_eq!(decode_picture(&bytes).unwrap(), picture, "{format:?}");
    }
    let jpeg = decode_picture(&encoded(&picture.into(), ImageFormat::Jpeg)).unwrap();
    assert_eq!(jpeg.dimensions(), (61, 47));
}

#[test]
fn grey_deep_and_transparent_pictures_become_rgb() {
    let picture = DynamicImage::from(gradient(20, 10));
    for other in [
        DynamicImage::from(picture.to_luma8()),
        picture.to_luma16().into(),
        picture.to_rgb16().into(),
        picture.to_rgba8().into(),
    ] {
        let read = decode_picture(&encoded(&other, ImageFormat::Png)).unwrap();
        assert_eq!(read, other.to_rgb8(), "{:?}", other.color());
    }
}

#[test]
fn what_is_transparent_is_black_whatever_is_hidden_there() {
    let mut picture = DynamicImage::from(gradient(20, 10)).to_rgba8();
    picture.put_pixel(3, 4, image::Rgba([200, 100, 50, 0]));
    picture.put_pixel(5, 6, image::Rgba([200, 100, 50, 127]));
    picture.put_pixel(7, 8, image::Rgba([200, 100, 50, 128]));
    let picture = DynamicImage::from(picture);
    let deep = picture.to_rgba16().into();
    for other in [picture, deep] {
        let read = decode_picture(&encoded(&other, ImageFormat::Png)).unwrap();
        assert_eq!(read.get_pixel(3, 4).0, [0; 3]);
        assert_eq!(read.get_pixel(5, 6).0, [0; 3]);
        assert_eq!(read.get_pixel(7, 8).0, [200, 100, 50]);
    }
}

/// An EXIF block with one entry, the orientation.
fn exif(orientation: u8) -> Vec<u8> {
    let mut exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    exif
}

#[test]
fn pictures_are_turned_as_their_exif_says() {
    let picture = DynamicImage::from(gradient(64, 48));
    let jpeg = encoded(&picture, ImageFormat::Jpeg);
    let plain = DynamicImage::from(decode_picture(&jpeg).unwrap());
    for (orientation, turned) in [
        (1, plain.clone()),
        (2, plain.fliph()),
        (3, plain.rotate180()),
        (4, plain.flipv()),
        (5, plain.rotate90().fliph()),
        (6, plain.rotate90()),
        (7, plain.rotate270().fliph()),
        (8, plain.rotate270()),
        (0, plain.clone()),
        (9, plain.clone()),
    ] {
        let segment = [b"Exif\0\0".to_vec(), exif(orientation)].concat();
        let length = (segment.len() as u16 + 2).to_be_bytes();
        let bytes = [&jpeg[..2], &[0xff, 0xe1], &length, &segment, &jpeg[2..]].concat();
        assert_eq!(
            decode_picture(&bytes).unwrap(),
            turned.to_rgb8(),
            "JPEG {orientation}"
        );
    }
    let mut png = Vec::new();
    let mut encoder = image::codecs::png::PngEncoder::new(&mut png);
    image::ImageEncoder::set_exif_metadata(&mut encoder, exif(6)).unwrap();
    picture.write_with_encoder(encoder).unwrap();
    assert_eq!(decode_picture(&png).unwrap(), picture.rotate90().to_rgb8());
}

#[test]
fn four_inks_become_the_colours_that_were_drawn_or_are_refused() {
    let cmyk: &[u8] = include_bytes!("../../tests/fixtures/cmyk.jpg");
    let ycck: &[u8] = include_bytes!("../../tests/fixtures/ycck.jpg");
    for (bytes, what) in [(cmyk, "CMYK"), (ycck, "YCCK")] {
        let picture = decode_picture(bytes).unwrap();
        assert_eq!(picture.dimensions(), (48, 32));
        for (at, drawn) in [((20, 20), [90, 45, 130]), ((46, 16), [235, 215, 205])] {
            let read = picture.get_pixel(at.0, at.1).0;
            let near = read.iter().zip(drawn).all(|(a, b)| a.abs_diff(b) < 8);
            assert!(near, "{what}: {read:?}, drawn {drawn:?}");
        }
        let mut unmarked = bytes.to_vec();
        let adobe = unmarked.windows(5).position(|w| w == b"Adobe").unwrap();
        unmarked[adobe] = b'a';
        assert!(refusal(&unmarked).contains("save it as RGB"), "{what}");
    }
}

#[test]
fn a_jpeg_that_states_two_sizes_is_refused() {
    let jpeg = encoded(&gradient(64, 48).into(), ImageFormat::Jpeg);
    let frame = jpeg.windows(2).position(|w| w == [0xff, 0xc0]).unwrap();
    let length = 2 + usize::from(u16::from_be_bytes([jpeg[frame + 2], jpeg[frame + 3]]));
    let mut large = jpeg[frame..frame + length].to_vec();
    large[5..9].copy_from_slice(&[0x60, 0, 0x60, 0]);
    let bytes = [&jpeg[..frame], &large, &jpeg[frame..]].concat();
    assert!(decode_picture(&bytes).is_err());
}

#[test]
fn every_truncation_is_refused() {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Bmp] {
        let bytes = encoded(&gradient(64, 48).into(), format);
        // Decoders may do without the last rows' padding and a PNG's closing chunk.
        let needed = if format == ImageFormat::Png {
            bytes.len() - 16
        } else {
            bytes.len() - 1
        };
        for end in 0..needed {
            assert!(
                decode_picture(&bytes[..end]).is_err(),
                "{format:?} cut at {end} of {}",
                bytes.len()
            );
        }
    }
    let jpeg = encoded(&gradient(64, 48).into(), ImageFormat::Jpeg);
    assert!(refusal(&jpeg[..jpeg.len() - 2]).contains("cut short"));
}

#[test]
fn a_jpeg_with_bytes_after_its_end_is_read() {
    let mut bytes = encoded(&gradient(64, 48).into(), ImageFormat::Jpeg);
    bytes.extend([0; 32]);
    assert!(decode_picture(&bytes).is_ok());
}

#[test]
fn other_files_are_refused_by_their_first_bytes() {
    assert!(refusal(b"").contains("empty"));
    assert!(refusal(b"GIF89a....").contains("not a BMP, PNG or JPEG"));
    assert!(refusal(b"fold,subject,label\n").contains("not a BMP, PNG or JPEG"));
}

#[test]
fn empty_and_oversized_pictures_are_refused_before_they_are_decoded() {
    let sized = |width: u32, height: u32| {
        let mut bytes = encoded(&gradient(8, 8).into(), ImageFormat::Bmp);
        bytes[18..22].copy_from_slice(&width.to_le_bytes());
        bytes[22..26].copy_from_slice(&height.to_le_bytes());
        refusal(&bytes)
    };
    assert!(sized(0, 0).contains("0x0"));
    assert!(sized(8, 0).contains("8x0"));
    assert!(sized(30_000, 30_000).contains("30000x30000"));
    assert!(sized(30_001, 1).contains("30001x1"));

    let mut png = encoded(&gradient(8, 8).into(), ImageFormat::Png);
    png[16..24].copy_from_slice(&[0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]);
    assert!(refusal(&png).contains("30000x30000"));
    png[16..24].fill(0);
    assert!(refusal(&png).contains("0x0"));

    let mut jpeg = encoded(&gradient(8, 8).into(), ImageFormat::Jpeg);
    let frame = jpeg.windows(2).position(|w| w == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0x75, 0x30, 0x75, 0x30]);
    assert!(refusal(&jpeg).contains("30000x30000"));
    jpeg[frame + 5..frame + 9].fill(0);
    assert!(refusal(&jpeg).contains("0x0"));
}

#[test]
fn an_error_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.png");
    let message = read_picture(&missing).unwrap_err().to_string();
    assert!(
        message.contains("missing.png") && message.contains("no such file"),
        "{message}"
    );
    let text = folder.path().join("text.bmp");
    fs::write(&text, "no picture").unwrap();
    let message = read_picture(&text).unwrap_err().to_string();
    assert!(
        message.contains("text.bmp") && message.contains("convert"),
        "{message}"
    );
    assert!(
        read_picture(folder.path())
            .unwrap_err()
            .to_string()
            .contains("is a folder")
    );
}

#[test]
fn a_folder_stands_for_its_pictures_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let make = |name: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    };
    for name in [
        "b.JPG",
        "a/2.bmp",
        "a/10.Png",
        "notes.txt",
        ".hidden.png",
        "c.jpeg",
        ".git/x.png",
    ] {
        make(name);
    }
    let listed: Vec<String> = list_pictures(&[folder.path().to_owned()])
        .into_iter()
        .map(|p| {
            p.unwrap()
                .strip_prefix(folder.path())
                .unwrap()
                .display()
                .to_string()
        })
        .collect();
    assert_eq!(listed, ["a/10.Png", "a/2.bmp", "b.JPG", "c.jpeg"]);
}

#[test]
fn a_folder_without_pictures_is_an_error_beside_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let listed = list_pictures(&[folder.path().to_owned(), "named.png".into()]);
    assert_eq!(listed.len(), 2);
    assert!(
        listed[0]
            .as_ref()
            .unwrap_err()
            .to_string()
            .contains("holds no pictures")
    );
    assert_eq!(listed[1].as_ref().unwrap().to_str(), Some("named.png"));
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(tail: Vec<u8>, kind in 0usize..3) {
        let magic: [&[u8]; 3] = [b"BM", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"];
        let bytes = [magic[kind], &tail].concat();
        let _ = decode_picture(&bytes);
    }
}
