//! Unsafe, because these are calls into C++: what of libtorch tch does not bind (`cpp/shim.cpp`).
#![allow(unsafe_code)]

use crate::{Error, ErrorKind};
use std::ffi::{CStr, c_char, c_int};
use tch::{Device, Tensor};
use torch_sys::C_tensor;

unsafe extern "C" {
    fn shim_message() -> *const c_char;
    fn shim_autocast_begin(cuda: c_int) -> c_int;
    fn shim_autocast_end(cuda: c_int, was: c_int);
    fn shim_tf32(on: c_int) -> c_int;
    fn shim_cudnn_benchmark(on: c_int) -> c_int;
    fn shim_deterministic(on: c_int) -> c_int;
    fn shim_channels_last(tensor: *mut C_tensor) -> *mut C_tensor;
    fn shim_send(tensor: *mut C_tensor, device: c_int) -> *mut C_tensor;
    fn shim_is_channels_last(tensor: *mut C_tensor) -> c_int;
    fn shim_cuda_memory(device: c_int, out: *mut u64) -> c_int;
    fn shim_cuda_forget_peak(device: c_int);
    fn shim_fused_adam(
        variables: *mut *mut C_tensor,
        gradients: *mut *mut C_tensor,
        first: *mut *mut C_tensor,
        second: *mut *mut C_tensor,
        steps: *mut *mut C_tensor,
        count: c_int,
        decoupled: c_int,
        rate: f64,
        beta1: f64,
        beta2: f64,
        decay: f64,
        epsilon: f64,
    ) -> c_int;
    fn shim_keep_freed_memory() -> c_int;
    fn shim_forget_gradients(variables: *mut *mut C_tensor, count: c_int) -> c_int;
    fn shim_lerp_all(
        average: *mut *mut C_tensor,
        current: *mut *mut C_tensor,
        count: c_int,
        share: f64,
    ) -> c_int;
}

/// While this lives, convolutions and matrix products of this thread on this device are of bf16, with
/// variables and sums of f32 (autocast). Guards end in the reverse order of their beginning.
#[derive(Debug)]
#[must_use = "the region ends when this is dropped"]
pub struct Autocast {
    cuda: c_int,
    was: c_int,
    /// libtorch keeps the switch by thread: the guard must end where it began.
    _of_thread: std::marker::PhantomData<*const ()>,
}

impl Autocast {
    /// Begins a region of bf16.
    pub fn bf16(device: Device) -> Result<Self, Error> {
        let cuda = c_int::from(device.is_cuda());
        // SAFETY: sets a switch of this thread; catches what it throws.
        let was = unsafe { shim_autocast_begin(cuda) };
        done(if was < 0 { -1 } else { 0 }, "autocast to bf16")?;
        Ok(Self {
            cuda,
            was,
            _of_thread: std::marker::PhantomData,
        })
    }
}

impl Drop for Autocast {
    fn drop(&mut self) {
        // SAFETY: as for the beginning, on the same thread, since the guard is not Send.
        unsafe { shim_autocast_end(self.cuda, self.was) };
    }
}

/// Whether f32 convolutions and matrix products on CUDA may round their factors to 10 bits (TF32). The CPU
/// is not concerned.
pub fn set_tf32(on: bool) -> Result<(), Error> {
    // SAFETY: sets a switch of libtorch's global context.
    done(unsafe { shim_tf32(c_int::from(on)) }, "TF32")
}

/// Whether cuDNN tries its algorithms on each new shape and keeps the fastest.
pub fn set_cudnn_benchmark(on: bool) -> Result<(), Error> {
    // SAFETY: sets a switch of libtorch's global context.
    done(
        unsafe { shim_cudnn_benchmark(c_int::from(on)) },
        "the benchmark of cuDNN",
    )
}

/// Whether libtorch takes algorithms that give the same bits again, where it has them.
pub fn set_deterministic(on: bool) -> Result<(), Error> {
    // SAFETY: sets a switch of libtorch's global context.
    done(
        unsafe { shim_deterministic(c_int::from(on)) },
        "deterministic algorithms",
    )
}

/// The same values `[n, c, h, w]` with the channels of a pixel side by side in memory. Refuses a tensor that
/// has not four dimensions.
pub fn channels_last(tensor: &Tensor) -> Result<Tensor, Error> {
    // SAFETY: the pointer is that of a living tensor, which is read; the new one is owned by nobody else.
    let made = unsafe { shim_channels_last(tensor.as_ptr().cast_mut()) };
    owned(made, "channels_last")
}

/// The tensor on this device. The host does not wait for the copy to a GPU, which a plain copy would make it do
/// until the GPU has done all that it was asked for before.
pub(crate) fn send(tensor: &Tensor, device: Device) -> Result<Tensor, Error> {
    let Device::Cuda(number) = device else {
        return Ok(tensor.f_to_device(device)?);
    };
    // SAFETY: the pointer is that of a living tensor, which is read; the new one is owned by nobody else.
    let made = unsafe { shim_send(tensor.as_ptr().cast_mut(), number as c_int) };
    owned(made, "a copy to the GPU")
}

fn owned(made: *mut C_tensor, what: &str) -> Result<Tensor, Error> {
    if made.is_null() {
        return Err(refused(what));
    }
    // SAFETY: the pointer is that of a tensor made for us; `from_ptr` takes the ownership over.
    Ok(unsafe { Tensor::from_ptr(made) })
}

/// Whether the channels of a pixel lie side by side.
pub fn is_channels_last(tensor: &Tensor) -> bool {
    // SAFETY: the pointer is that of a living tensor, which is read.
    unsafe { shim_is_channels_last(tensor.as_ptr().cast_mut()) == 1 }
}

/// Memory of one CUDA device, bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CudaMemory {
    /// Of tensors now.
    pub allocated: u64,
    /// Of tensors at most, since [`forget_peak`].
    pub peak: u64,
    /// Free for any process.
    pub free: u64,
    /// Free or not.
    pub total: u64,
}

/// Memory of the device; nothing for the CPU and before CUDA was used.
pub fn cuda_memory(device: Device) -> Option<CudaMemory> {
    let Device::Cuda(number) = device else {
        return None;
    };
    let mut out = [0; 4];
    // SAFETY: four numbers are written where there is room for four.
    let code = unsafe { shim_cuda_memory(number as c_int, out.as_mut_ptr()) };
    let [allocated, peak, free, total] = out;
    (code == 0).then_some(CudaMemory {
        allocated,
        peak,
        free,
        total,
    })
}

/// Counts the peak of a device's memory from here on.
pub fn forget_peak(device: Device) {
    if let Device::Cuda(number) = device {
        // SAFETY: sets a counter of the allocator, where there is one.
        unsafe { shim_cuda_forget_peak(number as c_int) };
    }
}

/// What one fused step of Adam works on; all lists are as long.
#[derive(Debug, Default)]
pub(crate) struct FusedAdam {
    pub variables: Vec<Tensor>,
    pub gradients: Vec<Tensor>,
    pub first: Vec<Tensor>,
    pub second: Vec<Tensor>,
    /// Steps of each variable, this one counted: f32 scalars on the device.
    pub steps: Vec<Tensor>,
    /// Decay apart from the gradient (AdamW).
    pub decoupled: bool,
    pub rate: f64,
    pub beta1: f64,
    pub beta2: f64,
    pub decay: f64,
    pub epsilon: f64,
}

impl FusedAdam {
    /// Makes the step: a few kernels in place of ten a variable. The sums are taken in another order than
    /// one by one, so the last bits differ.
    pub(crate) fn step(&self) -> Result<(), Error> {
        let [mut v, mut g, mut m, mut s, mut n] = [
            &self.variables,
            &self.gradients,
            &self.first,
            &self.second,
            &self.steps,
        ]
        .map(|list| pointers(list));
        if [g.len(), m.len(), s.len(), n.len()].iter().any(|l| *l != v.len()) {
            return Err(uneven());
        }
        // SAFETY: all pointers are those of living tensors, `count` of them in each list.
        let code = unsafe {
            shim_fused_adam(
                v.as_mut_ptr(),
                g.as_mut_ptr(),
                m.as_mut_ptr(),
                s.as_mut_ptr(),
                n.as_mut_ptr(),
                v.len() as c_int,
                c_int::from(self.decoupled),
                self.rate,
                self.beta1,
                self.beta2,
                self.decay,
                self.epsilon,
            )
        };
        done(code, "a fused step of Adam")
    }
}

/// Keeps memory that was freed for the next step in place of handing it back: on a CPU a sixth of the time of a
/// small network went into pages that the system cleared. To be set at the start of a program.
pub fn keep_freed_memory() -> Result<(), Error> {
    // SAFETY: sets a switch of the C library's allocator, which may be set at any time.
    done(unsafe { shim_keep_freed_memory() }, "to keep freed memory")
}

/// Lets go of the gradients of variables: the next ones take their place and are not added to zeros.
pub(crate) fn forget_gradients<'a>(variables: impl Iterator<Item = &'a Tensor>) -> Result<(), Error> {
    let mut all: Vec<_> = variables.map(|t| t.as_ptr().cast_mut()).collect();
    // SAFETY: all pointers are those of living tensors.
    let code = unsafe { shim_forget_gradients(all.as_mut_ptr(), all.len() as c_int) };
    done(code, "to forget gradients")
}

/// Moves every tensor of `average` towards that of `current` by this share, in a few kernels.
pub(crate) fn lerp_all(average: &[Tensor], current: &[Tensor], share: f64) -> Result<(), Error> {
    if average.len() != current.len() {
        return Err(uneven());
    }
    let (mut to, mut from) = (pointers(average), pointers(current));
    // SAFETY: all pointers are those of living tensors, as many in each list.
    let code = unsafe { shim_lerp_all(to.as_mut_ptr(), from.as_mut_ptr(), to.len() as c_int, share) };
    done(code, "the average of weights")
}

fn pointers(tensors: &[Tensor]) -> Vec<*mut C_tensor> {
    tensors.iter().map(|t| t.as_ptr().cast_mut()).collect()
}

fn done(code: c_int, what: &str) -> Result<(), Error> {
    if code == 0 { Ok(()) } else { Err(refused(what)) }
}

fn refused(what: &str) -> Error {
    // SAFETY: a text of this thread that ends with 0 and stays until the next call; it is copied here.
    let why = unsafe { CStr::from_ptr(shim_message()) }.to_string_lossy();
    let why = why.lines().next().unwrap_or_default();
    Error::new(
        ErrorKind::Torch,
        format!("libtorch refused {what}: {why}; with too little memory, lower the batch size"),
    )
}

fn uneven() -> Error {
    Error::new(
        ErrorKind::Torch,
        "lists of tensors that should be as long are not",
    )
}

#[cfg(test)]
mod tests;
