use crate::Error;
use crate::libtorch_ffi::{Autocast, channels_last, set_cudnn_benchmark, set_tf32};
use crate::network::Network;
use serde::{Deserialize, Serialize};
use tch::{Device, Tensor};

/// The numbers that convolutions and matrix products are computed in. Variables, sums of the optimiser and the
/// loss are f32 whatever this is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum NumberFormat {
    /// f32 on the CPU, bf16 on CUDA.
    #[default]
    Auto,
    /// f32.
    F32,
    /// f32 whose factors CUDA may round to 10 bits; on the CPU the same as f32.
    Tf32,
    /// bf16 (autocast).
    Bf16,
}

impl NumberFormat {
    /// True for the choice by device.
    pub(crate) fn is_auto(&self) -> bool {
        *self == Self::Auto
    }
}

/// How one training computes, resolved for its device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Compute {
    /// Where.
    pub device: Device,
    /// Convolutions and matrix products of bf16.
    pub bf16: bool,
    /// f32 products on CUDA may be of TF32.
    pub tf32: bool,
    /// The channels of a pixel lie side by side.
    pub channels_last: bool,
    /// Cells are augmented on the device.
    pub augments: bool,
}

impl Compute {
    /// Sets the switches of this process and lays out the variables, before anything holds them.
    pub(crate) fn prepare(&self, network: &mut Network) -> Result<(), Error> {
        if self.device.is_cuda() {
            set_tf32(self.tf32)?;
            set_cudnn_benchmark(true)?;
        }
        if self.channels_last {
            network.lay_channels_last()?;
        }
        Ok(())
    }

    /// The region in which the network runs forward.
    pub(crate) fn autocast(&self) -> Result<Option<Autocast>, Error> {
        self.bf16.then(|| Autocast::bf16(self.device)).transpose()
    }

    /// Pictures as the network wants them in memory.
    pub(crate) fn laid_out(&self, pictures: Tensor) -> Result<Tensor, Error> {
        if self.channels_last {
            channels_last(&pictures)
        } else {
            Ok(pictures)
        }
    }

    /// In words.
    pub(crate) fn describe(&self) -> String {
        let numbers = match (self.bf16, self.tf32) {
            (true, _) => "bf16",
            (false, true) => "TF32",
            (false, false) => "f32",
        };
        let layout = if self.channels_last { ", channels last" } else { "" };
        let place = if self.augments { "device" } else { "host" };
        format!("{numbers}{layout}, augmentation on the {place}")
    }
}
