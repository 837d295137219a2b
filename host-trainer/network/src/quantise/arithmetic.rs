//! What the two chains need of a library of tensors.

use super::chain::ConvLayer;
use super::network::{QuantizedConv, Quantum};
use crate::{Array, Error, Pool};
use blastscope_shared::preprocess::CellCrop;

/// Arithmetic on batches of maps, `[n, channels, height, width]`. In real numbers it is that of f32; in integers it
/// must be exactly what the runtimes compute: sums in integers, one multiplication by an f32, rounding half to
/// even, saturation. Errors are of the kind [`crate::ErrorKind::Arithmetic`], but where a method says otherwise.
pub trait Arithmetic {
    /// A batch of maps, or of logits.
    type Maps;

    /// Cells as int8, value - 128. Refuses cells of another size than `input` (channels, height, width) with
    /// [`crate::ErrorKind::Cells`].
    fn pixels(&self, cells: &[CellCrop], input: [usize; 3]) -> Result<Self::Maps, Error>;

    /// Steps of int8 as real values, f32.
    fn real(&self, steps: &Self::Maps, quantum: Quantum) -> Result<Self::Maps, Error>;

    /// Real values after rounding to steps, saturated, as real values again.
    fn rounded(&self, values: &Self::Maps, quantum: Quantum) -> Result<Self::Maps, Error>;

    /// The convolution of real values.
    fn convolve(&self, conv: &ConvLayer, x: &Self::Maps) -> Result<Self::Maps, Error>;

    /// The convolution of int8: sums of products plus the constant, in steps of the accumulator, as integers in f64.
    fn accumulate(&self, conv: &QuantizedConv, q: &Self::Maps) -> Result<Self::Maps, Error>;

    /// int8 output of an accumulator; the saturation at the zero point is the ReLU.
    fn requantise(&self, conv: &QuantizedConv, accumulator: &Self::Maps) -> Result<Self::Maps, Error>;

    /// Largest value of each window, of int8 or of real values.
    fn max_pool(&self, maps: &Self::Maps, pool: &Pool) -> Result<Self::Maps, Error>;

    /// max(x, 0).
    fn relu(&self, maps: &Self::Maps) -> Result<Self::Maps, Error>;

    /// Accumulators times the size of their step, as f32.
    fn scaled(&self, accumulator: &Self::Maps, step: f64) -> Result<Self::Maps, Error>;

    /// A constant a channel added, in the precision that the maps have.
    fn shifted(&self, maps: &Self::Maps, constants: &[f64]) -> Result<Self::Maps, Error>;

    /// Logits `[n, labels]` of real values: the mean of each channel, then the linear map of `weight` (labels x
    /// channels) and `bias`.
    fn head(&self, real: &Self::Maps, weight: &Array, bias: &[f32]) -> Result<Self::Maps, Error>;

    /// Largest magnitude.
    fn largest(&self, maps: &Self::Maps) -> Result<f64, Error>;

    /// Sum of the squares.
    fn power(&self, maps: &Self::Maps) -> Result<f64, Error>;

    /// Sum of the squares of the differences.
    fn power_of_difference(&self, a: &Self::Maps, b: &Self::Maps) -> Result<f64, Error>;

    /// Mean over rows and columns of the squares, summed over the cells: one a channel.
    fn channel_power(&self, maps: &Self::Maps) -> Result<Vec<f64>, Error>;

    /// Sum of `a - b` over cells, rows and columns, one a channel, and of how many differences each is the sum. Of
    /// logits, a label counts as a channel of one pixel.
    fn channel_difference(&self, a: &Self::Maps, b: &Self::Maps) -> Result<(Vec<f64>, usize), Error>;

    /// Sizes, the slowest first.
    fn shape(&self, maps: &Self::Maps) -> Vec<usize>;

    /// Logits, a row a cell.
    fn rows(&self, logits: &Self::Maps) -> Result<Vec<Vec<f32>>, Error>;

    /// Values of int8, row-major.
    fn integers(&self, maps: &Self::Maps) -> Result<Vec<i8>, Error>;
}
