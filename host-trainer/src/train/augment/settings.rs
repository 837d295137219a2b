use super::placement::Fill;
use crate::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

/// How a crop may be turned.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Rotation {
    /// Not at all.
    #[default]
    None,
    /// By multiples of 90°: moves pixels without resampling them.
    Quarter,
    /// By any angle, bicubic.
    Any,
}

/// Where crops are changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum AugmentationPlace {
    /// On CUDA where the network is there, otherwise on the host.
    #[default]
    Auto,
    /// On the threads of the host, cell by cell.
    Host,
    /// Where the network is, batch by batch. Interpolation and noise differ a little from the host's.
    Device,
}

impl AugmentationPlace {
    fn is_auto(&self) -> bool {
        *self == Self::Auto
    }
}

/// What is done to a crop before each use in training. Every amount may be 0. What was black outside
/// the cell stays black.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Augmentation {
    /// Where it is done.
    #[serde(default, skip_serializing_if = "AugmentationPlace::is_auto")]
    pub on: AugmentationPlace,
    /// Mirror every other crop. With turns by any angle or by quarters this is every mirror there is.
    pub flip: bool,
    /// Swap left and right of every other crop.
    #[serde(default)]
    pub flip_horizontal: bool,
    /// Swap top and bottom of every other crop.
    #[serde(default)]
    pub flip_vertical: bool,
    /// Turn about the centre.
    pub rotation: Rotation,
    /// Turn about the centre by up to so many degrees either way, on top of `rotation`.
    #[serde(default)]
    pub rotation_degrees: f32,
    /// Move by up to so many pixels of the crop along each axis.
    pub shift: f32,
    /// Move along x by up to this share of the side.
    #[serde(default)]
    pub shift_x: f32,
    /// Move along y by up to this share of the side.
    #[serde(default)]
    pub shift_y: f32,
    /// Magnify by 1 ± this.
    pub scale: f32,
    /// Shrink by 1 ± this, each axis by its own (Keras's `zoom_range`).
    #[serde(default)]
    pub zoom: f32,
    /// Slant columns by up to so many degrees either way.
    #[serde(default)]
    pub shear_degrees: f32,
    /// What comes in from outside the crop.
    #[serde(default)]
    pub fill: Fill,
    /// Multiply all channels by 1 ± this.
    pub brightness: f32,
    /// Multiply the optical density of all channels by e^±this.
    pub contrast: f32,
    /// Multiply the optical density of each channel by its own e^±this (stain jitter).
    pub stain: f32,
    /// Multiply each channel by its own 1 ± this.
    pub channel_gain: f32,
    /// Add up to so many 8-bit levels either way, the same to all channels (Keras's
    /// `channel_shift_range`).
    #[serde(default)]
    pub channel_shift: f32,
    /// Share of crops that are blurred.
    pub blur: f32,
    /// Standard deviation of the blur at most, pixels of the crop.
    pub blur_sigma: f32,
    /// Standard deviation of normal noise, 8-bit levels.
    pub noise: f32,
    /// Share of crops in which a square of an eighth to a third of the side is blackened.
    pub cutout: f32,
}

impl Augmentation {
    /// Refuses amounts below 0 or too large to make sense.
    pub(crate) fn check(&self) -> Result<(), Error> {
        for (value, most, name) in [
            (self.rotation_degrees, 180.0, "rotation_degrees"),
            (self.shift, 64.0, "shift"),
            (self.shift_x, 0.9, "shift_x"),
            (self.shift_y, 0.9, "shift_y"),
            (self.zoom, 0.9, "zoom"),
            (self.shear_degrees, 60.0, "shear_degrees"),
            (self.channel_shift, 255.0, "channel_shift"),
            (self.scale, 0.5, "scale"),
            (self.brightness, 0.9, "brightness"),
            (self.contrast, 2.0, "contrast"),
            (self.stain, 2.0, "stain"),
            (self.channel_gain, 0.9, "channel_gain"),
            (self.blur, 1.0, "blur"),
            (self.blur_sigma, 8.0, "blur_sigma"),
            (self.noise, 64.0, "noise"),
            (self.cutout, 1.0, "cutout"),
        ] {
            if !(0.0..=most).contains(&value) {
                let message = format!("out of range: augmentation.{name}: 0 to {most}");
                return Err(Error::new(ErrorKind::Recipe, message));
            }
        }
        Ok(())
    }

    /// Whether pixels are moved by parts of pixels, which takes interpolation.
    pub(crate) fn resamples(&self) -> bool {
        self.rotation == Rotation::Any || self.scale > 0.0 || self.slants()
    }

    /// Whether any amount asks for more than turns and one scale.
    pub(crate) fn slants(&self) -> bool {
        let amounts = [
            self.rotation_degrees,
            self.shift_x,
            self.shift_y,
            self.zoom,
            self.shear_degrees,
        ];
        amounts.iter().any(|a| *a > 0.0)
    }
}
