//! What a network takes.

use crate::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

/// The way of [`Framing::MaskedCell`] without enhancement, as a manifest names it.
pub const MASKED_CELL: &str = "masked-centroid-triangle-1";

/// What a network takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputSpec {
    /// Height and width of the input in pixels, 16 to 1024.
    pub size: u32,
    /// Scale of the input, 10 to 10,000 nm per pixel.
    pub nanometres_per_pixel: u32,
    /// What of a picture the network sees.
    #[serde(default, skip_serializing_if = "Framing::is_masked_cell")]
    pub framing: Framing,
    /// What is done to the picture before it is resampled.
    #[serde(default, skip_serializing_if = "Enhancement::is_none")]
    pub enhancement: Enhancement,
}

/// What of a picture a network sees.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Framing {
    /// One cell at a fixed scale, centred, black outside its outline.
    #[default]
    MaskedCell,
    /// The whole picture, kept in proportion, centred, as large as fits, black outside. Its scale is
    /// whatever the picture has: `nanometres_per_pixel` then only documents.
    WholePicture,
}

impl Framing {
    /// True for the cell of a picture.
    pub fn is_masked_cell(&self) -> bool {
        *self == Self::MaskedCell
    }
}

/// What is done to a picture before it is resampled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Enhancement {
    /// Nothing.
    #[default]
    None,
    /// Channels normalised by their statistics, then sharpened (`alkhouli2024`).
    Alkhouli2024,
}

impl Enhancement {
    /// True where nothing is done.
    pub fn is_none(&self) -> bool {
        *self == Self::None
    }
}

impl InputSpec {
    /// One cell on black, not enhanced.
    pub const fn masked_cell(size: u32, nanometres_per_pixel: u32) -> Self {
        Self {
            size,
            nanometres_per_pixel,
            framing: Framing::MaskedCell,
            enhancement: Enhancement::None,
        }
    }

    /// A whole picture, not enhanced; the scale only documents.
    pub const fn whole_picture(size: u32, nanometres_per_pixel: u32) -> Self {
        Self {
            framing: Framing::WholePicture,
            ..Self::masked_cell(size, nanometres_per_pixel)
        }
    }

    /// The name of this way from pixels to input, as a manifest states it.
    pub fn preprocessing(&self) -> &'static str {
        match (self.framing, self.enhancement) {
            (Framing::MaskedCell, Enhancement::None) => MASKED_CELL,
            (Framing::MaskedCell, Enhancement::Alkhouli2024) => "alkhouli2024-1+masked-centroid-triangle-1",
            (Framing::WholePicture, Enhancement::None) => "whole-triangle-1",
            (Framing::WholePicture, Enhancement::Alkhouli2024) => "alkhouli2024-1+whole-triangle-1",
        }
    }

    /// The names of all ways that this program knows.
    pub fn known_preprocessing() -> [&'static str; 4] {
        let of = |framing, enhancement| {
            let spec = Self {
                framing,
                enhancement,
                ..Self::masked_cell(16, 10)
            };
            spec.preprocessing()
        };
        [
            of(Framing::MaskedCell, Enhancement::None),
            of(Framing::MaskedCell, Enhancement::Alkhouli2024),
            of(Framing::WholePicture, Enhancement::None),
            of(Framing::WholePicture, Enhancement::Alkhouli2024),
        ]
    }

    /// Refuses another framing.
    pub(super) fn must_be(&self, framing: Framing) -> Result<(), Error> {
        if self.framing == framing {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Range,
            match self.framing {
                Framing::MaskedCell => "this input is a single cell: give the outline of one",
                Framing::WholePicture => "this input is a whole picture: give it uncut",
            },
        ))
    }

    /// Refuses numbers outside the ranges above.
    pub fn check(&self) -> Result<(), Error> {
        if (16..=1024).contains(&self.size) && (10..=10_000).contains(&self.nanometres_per_pixel) {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Range,
            format!(
                "input of {} px at {} nm per pixel: 16 to 1024 px and 10 to 10000 nm are possible",
                self.size, self.nanometres_per_pixel
            ),
        ))
    }
}
