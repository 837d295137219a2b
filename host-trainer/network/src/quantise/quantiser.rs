//! Layer after layer: the f32 chain and the integer chain walk the calibration cells side by side.

use super::arithmetic::Arithmetic;
use super::chain::{Chain, ChainLayer, ConvLayer};
use super::network::{Layer, QuantizedConv, QuantizedNetwork, Quantum};
use super::{activations, equalise, rounding};
use crate::{Error, ErrorKind, Graph, Weights};
use blastscope_shared::preprocess::CellCrop;
use serde::Serialize;

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

/// Quantises a trained network on training cells (16 or more, 512 are used at most), computed by `arithmetic`.
pub fn quantise<A: Arithmetic>(
    graph: &Graph,
    weights: &Weights,
    cells: &[CellCrop],
    arithmetic: &A,
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
    equalise(&mut chain);
    let mut walk = Walk::start(arithmetic, &chain, cells)?;
    let (mut layers, mut reports) = (vec![], vec![]);
    for layer in &chain.layers {
        layers.push(match layer {
            ChainLayer::Conv(conv) => {
                let (quantized, report) = walk.conv(conv)?;
                reports.push(report);
                Layer::Conv(quantized)
            }
            ChainLayer::MaxPool { name, pool } => {
                walk.each(|maps| arithmetic.max_pool(maps, pool))?;
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
struct Walk<'a, A: Arithmetic> {
    arithmetic: &'a A,
    real: Vec<A::Maps>,
    integer: Vec<A::Maps>,
    quantum: Quantum,
}

impl<'a, A: Arithmetic> Walk<'a, A> {
    fn start(arithmetic: &'a A, chain: &Chain, cells: &[CellCrop]) -> Result<Self, Error> {
        let count = cells.len().min(MAX_CELLS);
        let chosen: Vec<CellCrop> = (0..count)
            .map(|i| cells[i * cells.len() / count].clone())
            .collect();
        let quantum = Quantum::PIXEL;
        let integer = chosen
            .chunks(BATCH)
            .map(|c| arithmetic.pixels(c, chain.input))
            .collect::<Result<Vec<_>, _>>()?;
        let real = integer.iter().map(|q| arithmetic.real(q, quantum));
        Ok(Self {
            arithmetic,
            real: real.collect::<Result<_, _>>()?,
            integer,
            quantum,
        })
    }

    /// Applies the same to both chains.
    fn each(&mut self, apply: impl Fn(&A::Maps) -> Result<A::Maps, Error>) -> Result<(), Error> {
        for values in self.real.iter_mut().chain(&mut self.integer) {
            *values = apply(values)?;
        }
        Ok(())
    }

    fn conv(&mut self, conv: &ConvLayer) -> Result<(QuantizedConv, LayerReport), Error> {
        let arithmetic = self.arithmetic;
        let rounded = rounding::round(conv, &self.energy()?);
        let before = collect(&self.real, |x| arithmetic.convolve(conv, x))?;
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
        let sums = collect(&self.integer, |q| arithmetic.accumulate(&quantized, q))?;
        let real_sums = collect(&sums, |s| arithmetic.scaled(s, step))?;
        // Empirical bias correction: the integer chain keeps the mean of each channel (Nagel et al. 2019).
        let bias = self.mean_difference(&before, &real_sums)?;
        quantized.bias = bias
            .iter()
            .map(|b| to_steps(&conv.name, *b / step))
            .collect::<Result<_, _>>()?;
        let computed = collect(&real_sums, |s| arithmetic.shifted(s, &bias))?;
        self.real = if conv.relu {
            collect(&before, |x| arithmetic.relu(x))?
        } else {
            before
        };
        quantized.output = activations::choose(arithmetic, &self.real, &computed, conv.relu)?;
        self.quantum = quantized.output;
        let steps: Vec<f64> = quantized.bias.iter().map(|b| f64::from(*b)).collect();
        for (q, sum) in self.integer.iter_mut().zip(sums) {
            *q = arithmetic.requantise(&quantized, &arithmetic.shifted(&sum, &steps)?)?;
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
            let real = self.arithmetic.real(q, self.quantum)?;
            add(&mut sums, &self.arithmetic.channel_power(&real)?);
            cells += self.arithmetic.shape(q)[0] as f64;
        }
        Ok(sums.into_iter().map(|s| s / cells).collect())
    }

    fn signal_to_noise(&self) -> Result<f64, Error> {
        let (mut signal, mut noise) = (0.0, 0.0);
        for (real, q) in self.real.iter().zip(&self.integer) {
            signal += self.arithmetic.power(real)?;
            let integer = self.arithmetic.real(q, self.quantum)?;
            noise += self.arithmetic.power_of_difference(real, &integer)?;
        }
        Ok(10.0 * (signal / noise.max(f64::MIN_POSITIVE)).log10())
    }

    /// The constants with which the mean of each logit is that of the f32 network.
    fn corrected_head_bias(&self, network: &QuantizedNetwork) -> Result<Vec<f32>, Error> {
        let wanted = collect(&self.real, |real| network.head_of_real(real, self.arithmetic))?;
        let got = collect(&self.integer, |q| network.head(q, self.arithmetic))?;
        let differences = self.mean_difference(&wanted, &got)?;
        let bias = network.head_bias.iter().zip(differences);
        Ok(bias.map(|(b, d)| (f64::from(*b) + d) as f32).collect())
    }

    /// Mean over cells and pixels of `a - b`, one a channel.
    fn mean_difference(&self, a: &[A::Maps], b: &[A::Maps]) -> Result<Vec<f64>, Error> {
        let (mut sums, mut count): (Vec<f64>, f64) = (vec![], 0.0);
        for (a, b) in a.iter().zip(b) {
            let (batch, each) = self.arithmetic.channel_difference(a, b)?;
            add(&mut sums, &batch);
            count += each as f64;
        }
        Ok(sums.into_iter().map(|s| s / count).collect())
    }
}

fn collect<M>(all: &[M], apply: impl Fn(&M) -> Result<M, Error>) -> Result<Vec<M>, Error> {
    all.iter().map(apply).collect()
}

/// Adds the sums of a batch.
fn add(sums: &mut Vec<f64>, batch: &[f64]) {
    sums.resize(batch.len(), 0.0);
    sums.iter_mut().zip(batch).for_each(|(s, b)| *s += b);
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
