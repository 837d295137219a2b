use super::downscale::{Blocks, downscale, rounded};
use super::{Background, Plane};
use image::RgbImage;
use std::borrow::Cow;

/// Longest side of the picture on which the background is measured, pixels.
const LONGEST_SIDE: u32 = 256;

/// A field with what is measured of it once and used by quality, finding and staining alike.
#[derive(Debug)]
pub struct PreparedField<'a> {
    picture: &'a RgbImage,
    small: ReducedField,
    background: Background,
}

/// A field reduced by a whole factor; one pixel is the mean of `factor` x `factor` field pixels.
#[derive(Clone, Debug)]
pub(crate) struct ReducedField {
    pub(crate) factor: usize,
    pub(crate) rgb: Plane<[u8; 3]>,
}

impl<'a> PreparedField<'a> {
    /// Takes a field of any size (RGB, 8 bits) and measures its background.
    pub fn new(picture: &'a RgbImage) -> Self {
        let small = ReducedField::of(picture, factor(picture, LONGEST_SIDE));
        Self {
            picture,
            background: Background::of(&small.rgb),
            small,
        }
    }

    /// The field itself.
    pub fn picture(&self) -> &'a RgbImage {
        self.picture
    }

    /// The light through bare glass.
    pub fn background(&self) -> &Background {
        &self.background
    }

    /// The background of one of its reduced pictures: measured anew on a finer one than is usual, so that its densities
    /// are those of its own pixels.
    pub(crate) fn background_on(&self, reduced: &ReducedField) -> Background {
        if reduced.factor == self.small.factor {
            self.background
        } else {
            Background::of(&reduced.rgb)
        }
    }

    /// The field with a longest side of at most `longest_side` pixels, so that time and memory stay bounded. `None` for
    /// an empty picture.
    pub(crate) fn reduced(&self, longest_side: u32) -> Option<Cow<'_, ReducedField>> {
        if self.picture.is_empty() {
            return None;
        }
        let factor = factor(self.picture, longest_side);
        Some(if factor == self.small.factor {
            Cow::Borrowed(&self.small)
        } else {
            Cow::Owned(ReducedField::of(self.picture, factor))
        })
    }
}

impl ReducedField {
    fn of(picture: &RgbImage, factor: usize) -> Self {
        let pixels = picture.as_raw().as_chunks::<3>().0;
        let rgb = downscale(
            pixels,
            picture.width() as usize,
            Blocks::Covering(factor),
            rounded,
        );
        Self { factor, rgb }
    }
}

fn factor(picture: &RgbImage, longest_side: u32) -> usize {
    let longest = picture.width().max(picture.height());
    longest.div_ceil(longest_side.max(1)).max(1) as usize
}
