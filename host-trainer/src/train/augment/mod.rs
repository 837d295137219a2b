//! What is done to crops before each use in training: on the threads of the host or in batches on the device.

mod cpu;
mod device;
mod drawn;
mod placement;
mod settings;

pub(crate) use device::{DeviceCells, Draws, augment, blur_inside};
#[cfg(test)]
pub(crate) use settings::Rotation;
pub(crate) use settings::{Augmentation, AugmentationPlace};
