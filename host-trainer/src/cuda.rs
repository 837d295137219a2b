//! Unsafe, because opening a library runs its initialisers: libtorch finds its CUDA half only when that is in the process.
#![allow(unsafe_code)]

use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_NOW};
use tch::Device;

/// Opens libtorch's CUDA half where there is one, then chooses the device. Call it before anything else
/// of libtorch: asked for CUDA earlier, libtorch says no for the rest of the process.
pub fn choose_device() -> Device {
    // SAFETY: libtorch_cuda.so is the other half of the libtorch that this program is linked to; its
    // initialisers only register kernels, and no other thread uses libtorch yet.
    let library = unsafe { Library::open(Some("libtorch_cuda.so"), RTLD_NOW | RTLD_GLOBAL) };
    if let Ok(library) = library {
        // Its kernels must stay for the life of the process.
        std::mem::forget(library);
    }
    Device::cuda_if_available()
}
