//! The quantised network: what the int8 ONNX file holds.

use crate::{Array, Conv, Pool};

/// How int8 stands for a real value: `(q - zero_point) * scale`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantum {
    /// Size of one step.
    pub scale: f32,
    /// The int8 that stands for 0.
    pub zero_point: i8,
}

impl Quantum {
    /// Input pixels: value / 255, without error.
    pub const PIXEL: Self = Self {
        scale: 1.0 / 255.0,
        zero_point: i8::MIN,
    };

    /// Values from 0 (a ReLU went before) to `most`.
    pub fn positive(most: f32) -> Self {
        Self {
            scale: most / 255.0,
            zero_point: i8::MIN,
        }
    }

    /// Values of either sign up to `most`.
    pub fn signed(most: f32) -> Self {
        Self {
            scale: most / 127.0,
            zero_point: 0,
        }
    }
}

/// A convolution in integers.
#[derive(Debug, Clone, PartialEq)]
pub struct QuantizedConv {
    /// Node of the graph.
    pub name: String,
    /// Geometry.
    pub conv: Conv,
    /// Output channels, input channels, height, width.
    pub weight_shape: [usize; 4],
    /// Weights; real weights are these times `weight_scale`.
    pub weight: Vec<i8>,
    /// One scale for all weights.
    pub weight_scale: f32,
    /// Constants in steps of input scale times weight scale.
    pub bias: Vec<i32>,
    /// Steps of the input.
    pub input: Quantum,
    /// Steps of the output; a ReLU is folded in by the zero point.
    pub output: Quantum,
}

impl QuantizedConv {
    /// One step of the accumulator in steps of the output, in f32 as the runtimes compute it.
    pub fn multiplier(&self) -> f32 {
        self.input.scale * self.weight_scale / self.output.scale
    }
}

/// A step of the integer chain.
#[derive(Debug, Clone, PartialEq)]
pub enum Layer {
    /// Convolution.
    Conv(QuantizedConv),
    /// Largest value of each window; the steps stay.
    MaxPool {
        /// Node of the graph.
        name: String,
        /// Window.
        pool: Pool,
    },
}

impl Layer {
    /// Node of the graph.
    pub fn name(&self) -> &str {
        match self {
            Self::Conv(c) => &c.name,
            Self::MaxPool { name, .. } => name,
        }
    }
}

/// An int8 network: pixels, an integer chain, then in f32 the mean of each channel and a linear map.
#[derive(Debug, Clone, PartialEq)]
pub struct QuantizedNetwork {
    /// Channels, height, width of the picture.
    pub input: [usize; 3],
    /// The integer chain, with at least one convolution.
    pub layers: Vec<Layer>,
    /// Steps of the last integer values.
    pub last: Quantum,
    /// Linear weights, labels x channels.
    pub head_weight: Array,
    /// Linear constants, one a label.
    pub head_bias: Vec<f32>,
}

impl QuantizedNetwork {
    /// Number of logits.
    pub fn labels(&self) -> usize {
        self.head_bias.len()
    }

    /// How far a logit moves when the mean of each channel moves one step up or down by chance: the root of
    /// the sum of squares, the largest over the labels.
    pub fn logit_quantum(&self) -> f32 {
        let channels = self.head_weight.values.len() / self.labels().max(1);
        let largest = self
            .head_weight
            .values
            .chunks(channels.max(1))
            .map(|row| row.iter().map(|w| w * w).sum::<f32>().sqrt())
            .fold(0.0, f32::max);
        largest * self.last.scale
    }
}
