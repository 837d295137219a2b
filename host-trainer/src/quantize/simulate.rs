//! The integer network, computed in libtorch exactly as the runtimes compute it: sums in integers (held
//! in f64, so without rounding), one multiplication by an f32, rounding half to even, saturation.

use super::activations;
use super::network::{Layer, QuantizedConv, QuantizedNetwork};
use crate::network::{Error, ErrorKind, Pool};
use blastscope_shared::preprocess::CellCrop;
use tch::{Kind, Tensor};

/// What the integer network gives.
#[derive(Debug)]
pub struct Simulated {
    /// The last integer values, `[n, channels, height, width]` of int8.
    pub last: Tensor,
    /// Logits, one row a cell.
    pub logits: Vec<Vec<f32>>,
}

impl Simulated {
    /// The last integer values, row-major.
    pub fn last_values(&self) -> Result<Vec<i8>, Error> {
        Ok(Vec::try_from(self.last.f_flatten(0, -1)?)?)
    }
}

impl QuantizedNetwork {
    /// Runs the network on cells, some at a time.
    pub fn simulate(&self, cells: &[CellCrop]) -> Result<Simulated, Error> {
        let (mut all, mut logits) = (vec![], vec![]);
        for batch in cells.chunks(32) {
            let mut q = pixels(batch, self.input)?;
            for layer in &self.layers {
                q = match layer {
                    Layer::Conv(conv) => requantize(conv, &accumulate(conv, &q)?)?,
                    Layer::MaxPool { pool, .. } => max_pool(&q, pool)?,
                };
            }
            logits.extend(rows(&self.head(&q)?)?);
            all.push(q);
        }
        if all.is_empty() {
            return Err(Error::new(ErrorKind::Cells, "no cells to run the network on"));
        }
        Ok(Simulated {
            last: Tensor::f_cat(&all, 0)?,
            logits,
        })
    }

    /// Logits `[n, labels]` of the last integer values.
    pub(super) fn head(&self, last: &Tensor) -> Result<Tensor, Error> {
        self.head_of_real(&activations::real(last, self.last)?)
    }

    /// Logits `[n, labels]` of last values that are real numbers already.
    pub(super) fn head_of_real(&self, last: &Tensor) -> Result<Tensor, Error> {
        let means = last.f_mean_dim(&[2i64, 3][..], false, Kind::Float)?;
        let shape = [self.labels() as i64, -1];
        let weight = Tensor::f_from_slice(&self.head_weight.values)?.f_reshape(shape)?;
        Ok(means.f_linear(&weight, Some(&Tensor::f_from_slice(&self.head_bias)?))?)
    }
}

/// Rows of a matrix.
pub(super) fn rows(matrix: &Tensor) -> Result<Vec<Vec<f32>>, Error> {
    Ok(Vec::<Vec<f32>>::try_from(matrix.f_to_kind(Kind::Float)?)?)
}

/// Cells as int8 `[n, 3, size, size]`: value - 128.
pub(super) fn pixels(cells: &[CellCrop], input: [usize; 3]) -> Result<Tensor, Error> {
    let [channels, height, width] = input;
    let mut bytes = Vec::with_capacity(cells.len() * channels * height * width);
    for cell in cells {
        let size = cell.size() as usize;
        if [3, size, size] != input {
            return Err(Error::new(
                ErrorKind::Cells,
                format!(
                    "a cell of {size} px for a network that takes {channels}x{height}x{width}: crop the cells \
                     with the network's input size"
                ),
            ));
        }
        bytes.extend_from_slice(cell.planes());
    }
    let shape = [cells.len() as i64, channels as i64, height as i64, width as i64];
    let values = Tensor::f_from_slice(&bytes)?.f_reshape(shape)?;
    Ok((values.f_to_kind(Kind::Int)? - 128).f_to_kind(Kind::Int8)?)
}

/// Sums of products plus the constant, in steps of the accumulator, as f64 integers.
pub(super) fn accumulate(conv: &QuantizedConv, q: &Tensor) -> Result<Tensor, Error> {
    let bias: Vec<f64> = conv.bias.iter().map(|b| f64::from(*b)).collect();
    let x = q.f_to_kind(Kind::Double)? - f64::from(conv.input.zero_point);
    let shape = conv.weight_shape.map(|s| s as i64);
    let weight = Tensor::f_from_slice(&conv.weight)?
        .f_reshape(shape)?
        .f_to_kind(Kind::Double)?;
    let pair = |v: [usize; 2]| [v[0] as i64, v[1] as i64];
    Ok(x.f_conv2d(
        &weight,
        Some(&Tensor::f_from_slice(&bias)?),
        pair(conv.conv.stride),
        pair(conv.conv.padding),
        pair(conv.conv.dilation),
        1,
    )?)
}

/// int8 output of an accumulator; the saturation at the zero point is the ReLU.
pub(super) fn requantize(conv: &QuantizedConv, accumulator: &Tensor) -> Result<Tensor, Error> {
    let steps = (accumulator * f64::from(conv.multiplier())).f_round()?;
    let shifted = steps + f64::from(conv.output.zero_point);
    Ok(shifted.f_clamp(-128.0, 127.0)?.f_to_kind(Kind::Int8)?)
}

/// Largest value of each window.
pub(super) fn max_pool(values: &Tensor, pool: &Pool) -> Result<Tensor, Error> {
    let pair = |v: [usize; 2]| [v[0] as i64, v[1] as i64];
    let (kernel, stride, padding) = (pair(pool.kernel), pair(pool.stride), pair(pool.padding));
    // libtorch's pooling on the CPU knows floats only; int8 in f32 is exact.
    let float = values.f_to_kind(Kind::Float)?;
    let pooled = float.f_max_pool2d(kernel, stride, padding, [1, 1], false)?;
    Ok(pooled.f_to_kind(values.f_kind()?)?)
}
