//! Layer after layer: the f32 chain and the integer chain walk the calibration cells side by side.

use super::chain::{Chain, ChainLayer, ConvLayer};
use super::network::{Layer, QuantizedConv, QuantizedNetwork, Quantum};
use super::simulate::{accumulate, max_pool, pixels, requantize};
use super::{activations, equalize, rounding};
use crate::network::{Error, ErrorKind, Graph, Weights};
use blastscope_shared::preprocess::CellCrop;
use serde::Serialize;
use tch::{Kind, Tensor};

/// Fewest cells that ranges can be learned from.
const MIN_CELLS: usize = 16;
/// Cells that are used at most, evenly spread over those given.
const MAX_CELLS: usize = 512;
/// Cells computed at once.
const BATCH: usize = 32;

/// What quantisation did to a convolution, measured on the calibration cells.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LayerReport {
    /// Node of the graph.
    pub name: String,
    /// Scale of the weights.
    pub weight_scale: f32,
    /// Scale of the output.
    pub output_scale: f32,
    /// Power of the f32 output over the power of the difference, in decibels.
    pub signal_to_noise_db: f64,
}

/// Quantises a trained network on training cells (16 or more, 512 are used at most).
pub fn quantize(
    graph: &Graph,
    weights: &Weights,
    cells: &[CellCrop],
) -> Result<(QuantizedNetwork, Vec<LayerReport>), Error> {
    if cells.len() < MIN_CELLS {
        return Err(Error::new(
            ErrorKind::Cells,
            format!(
                "{} calibration cells: give {MIN_CELLS} or more training cells",
                cells.len()
            ),
        ));
    }
    let mut chain = Chain::read(graph, weights)?;
    equalize::equalize(&mut chain);
    let mut walk = Walk::start(&chain, cells)?;
    let (mut layers, mut reports) = (vec![], vec![]);
    for layer in &chain.layers {
        layers.push(match layer {
            ChainLayer::Conv(conv) => {
                let (quantized, report) = walk.conv(conv)?;
                reports.push(report);
                Layer::Conv(quantized)
            }
            ChainLayer::MaxPool { name, pool } => {
                walk.each(|t| max_pool(t, pool))?;
                Layer::MaxPool {
                    name: name.clone(),
                    pool: *pool,
                }
            }
        });
    }
    let mut network = QuantizedNetwork {
        input: chain.input,
        layers,
        last: walk.quantum,
        head_weight: chain.head_weight,
        head_bias: chain.head_bias,
    };
    network.head_bias = walk.corrected_head_bias(&network)?;
    Ok((network, reports))
}

/// The values of both chains after the layers so far, in batches.
struct Walk {
    real: Vec<Tensor>,
    integer: Vec<Tensor>,
    quantum: Quantum,
}

impl Walk {
    fn start(chain: &Chain, cells: &[CellCrop]) -> Result<Self, Error> {
        let count = cells.len().min(MAX_CELLS);
        let chosen: Vec<CellCrop> = (0..count)
            .map(|i| cells[i * cells.len() / count].clone())
            .collect();
        let quantum = Quantum::PIXEL;
        let integer = chosen
            .chunks(BATCH)
            .map(|c| pixels(c, chain.input))
            .collect::<Result<Vec<_>, _>>()?;
        let real = integer.iter().map(|q| activations::real(q, quantum));
        Ok(Self {
            real: real.collect::<Result<_, _>>()?,
            integer,
            quantum,
        })
    }

    /// Applies the same to both chains.
    fn each(&mut self, apply: impl Fn(&Tensor) -> Result<Tensor, Error>) -> Result<(), Error> {
        for values in self.real.iter_mut().chain(&mut self.integer) {
            *values = apply(values)?;
        }
        Ok(())
    }

    fn conv(&mut self, conv: &ConvLayer) -> Result<(QuantizedConv, LayerReport), Error> {
        let rounded = rounding::round(conv, &self.energy()?);
        let before = self
            .real
            .iter()
            .map(|x| convolve(conv, x))
            .collect::<Result<Vec<_>, _>>()?;
        let step = f64::from(self.quantum.scale) * f64::from(rounded.scale);
        let mut quantized = QuantizedConv {
            name: conv.name.clone(),
            conv: conv.conv,
            weight_shape: conv.shape,
            weight: rounded.weight,
            weight_scale: rounded.scale,
            bias: vec![0; conv.bias.len()],
            input: self.quantum,
            output: self.quantum,
        };
        let sums = self
            .integer
            .iter()
            .map(|q| accumulate(&quantized, q))
            .collect::<Result<Vec<_>, Error>>()?;
        let real_sums = sums
            .iter()
            .map(|s| Ok((s * step).f_to_kind(Kind::Float)?))
            .collect::<Result<Vec<_>, Error>>()?;
        // Empirical bias correction: the integer chain keeps the mean of each channel (Nagel et al. 2019).
        let bias = mean_difference(&before, &real_sums)?;
        quantized.bias = bias
            .iter()
            .map(|b| to_steps(&conv.name, *b / step))
            .collect::<Result<_, _>>()?;
        let shift = Tensor::f_from_slice(&bias)?
            .f_to_kind(Kind::Float)?
            .f_reshape([1, -1, 1, 1])?;
        let computed: Vec<Tensor> = real_sums.iter().map(|s| s + &shift).collect();
        self.real = if conv.relu {
            before.iter().map(Tensor::f_relu).collect::<Result<_, _>>()?
        } else {
            before
        };
        quantized.output = activations::choose(&self.real, &computed, conv.relu)?;
        self.quantum = quantized.output;
        let steps: Vec<f64> = quantized.bias.iter().map(|b| f64::from(*b)).collect();
        let steps = Tensor::f_from_slice(&steps)?.f_reshape([1, -1, 1, 1])?;
        for (q, sum) in self.integer.iter_mut().zip(sums) {
            *q = requantize(&quantized, &(sum + &steps))?;
        }
        let report = LayerReport {
            name: conv.name.clone(),
            weight_scale: quantized.weight_scale,
            output_scale: quantized.output.scale,
            signal_to_noise_db: self.signal_to_noise()?,
        };
        Ok((quantized, report))
    }

    /// Mean square of each channel of the integer chain.
    fn energy(&self) -> Result<Vec<f64>, Error> {
        let mut sums: Vec<f64> = vec![];
        let mut cells = 0.0;
        for q in &self.integer {
            let square = activations::real(q, self.quantum)?.f_square()?;
            let means = square.f_mean_dim(&[2i64, 3][..], false, Kind::Double)?;
            let batch = Vec::<f64>::try_from(means.f_sum_dim_intlist(&[0i64][..], false, Kind::Double)?)?;
            sums.resize(batch.len(), 0.0);
            sums.iter_mut().zip(batch).for_each(|(s, b)| *s += b);
            cells += q.size()[0] as f64;
        }
        Ok(sums.into_iter().map(|s| s / cells).collect())
    }

    fn signal_to_noise(&self) -> Result<f64, Error> {
        let power = |t: &Tensor| -> Result<f64, Error> {
            Ok(t.f_square()?.f_sum(Kind::Double)?.f_double_value(&[])?)
        };
        let (mut signal, mut noise) = (0.0, 0.0);
        for (real, q) in self.real.iter().zip(&self.integer) {
            signal += power(real)?;
            noise += power(&(real - activations::real(q, self.quantum)?))?;
        }
        Ok(10.0 * (signal / noise.max(f64::MIN_POSITIVE)).log10())
    }

    /// The constants with which the mean of each logit is that of the f32 network.
    fn corrected_head_bias(&self, network: &QuantizedNetwork) -> Result<Vec<f32>, Error> {
        let (mut wanted, mut got) = (vec![], vec![]);
        for (real, q) in self.real.iter().zip(&self.integer) {
            wanted.push(network.head_of_real(real)?);
            got.push(network.head(q)?);
        }
        let differences = mean_difference(&wanted, &got)?;
        let bias = network.head_bias.iter().zip(differences);
        Ok(bias.map(|(b, d)| (f64::from(*b) + d) as f32).collect())
    }
}

/// The convolution in f32.
pub(super) fn convolve(conv: &ConvLayer, x: &Tensor) -> Result<Tensor, Error> {
    let weight = Tensor::f_from_slice(&conv.weight)?.f_reshape(conv.shape.map(|s| s as i64))?;
    let pair = |v: [usize; 2]| [v[0] as i64, v[1] as i64];
    let geometry = conv.conv;
    Ok(x.f_conv2d(
        &weight,
        Some(&Tensor::f_from_slice(&conv.bias)?),
        pair(geometry.stride),
        pair(geometry.padding),
        pair(geometry.dilation),
        1,
    )?)
}

/// Mean over cells and pixels of `a - b`, one a channel; `[n, channels]` counts as one pixel.
fn mean_difference(a: &[Tensor], b: &[Tensor]) -> Result<Vec<f64>, Error> {
    let (mut sums, mut count): (Vec<f64>, f64) = (vec![], 0.0);
    for (a, b) in a.iter().zip(b) {
        let size = a.size();
        let difference = (a - b).f_reshape([size[0], size[1], -1])?;
        let batch = difference.f_sum_dim_intlist(&[0i64, 2][..], false, Kind::Double)?;
        let batch = Vec::<f64>::try_from(batch)?;
        sums.resize(batch.len(), 0.0);
        sums.iter_mut().zip(batch).for_each(|(s, v)| *s += v);
        count += (size[0] * difference.size()[2]) as f64;
    }
    Ok(sums.into_iter().map(|s| s / count).collect())
}

fn to_steps(name: &str, value: f64) -> Result<i32, Error> {
    let steps = value.round_ties_even();
    if steps.abs() < f64::from(1 << 30) {
        return Ok(steps as i32);
    }
    Err(Error::new(
        ErrorKind::Unsupported,
        format!("int8: node {name}: a constant of {steps} steps does not fit; export f32 alone"),
    ))
}
