//! EfficientNet-Lite (Liu 2020, "Higher accuracy on vision models with EfficientNet-Lite"; the code of the authors
//! is `tensorflow/tpu`, `models/official/efficientnet/lite`): EfficientNet (Tan and Le 2019) with ReLU6 and without
//! squeeze and excitation, whose stem, last convolution, first and last stage do not grow. Nodes are named as those
//! of `mobilenet_v2`, whose bottlenecks it has.

use super::layers::{multiple_of_8, numbered};
use super::mobilenet_v2::Bottleneck;
use super::request::Request;
use crate::{Builder, Conv, Error, Graph, Initialisation, NodeId, Op, Shape};
use serde::Deserialize;

/// Size of the network: its multipliers of width and depth.
pub(super) struct LiteSize {
    width: f64,
    depth: f64,
    dropout: f64,
}

impl LiteSize {
    pub(super) const LITE0: Self = Self::new(1.0, 1.0, 0.2);
    pub(super) const LITE1: Self = Self::new(1.0, 1.1, 0.2);
    pub(super) const LITE2: Self = Self::new(1.1, 1.2, 0.3);
    pub(super) const LITE3: Self = Self::new(1.2, 1.4, 0.3);
    pub(super) const LITE4: Self = Self::new(1.4, 1.8, 0.3);

    const fn new(width: f64, depth: f64, dropout: f64) -> Self {
        Self {
            width,
            depth,
            dropout,
        }
    }
}

/// Options of the network's own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LiteOptions {
    /// Share dropped out before the linear map, in 0..1; as published where absent.
    dropout: Option<f64>,
    /// Where the zeros around a map stand.
    padding: Padding,
}

/// Where the zeros around a map stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Padding {
    /// As TensorFlow's `SAME`, which the published weights were trained with: no more than needed, the odd one
    /// below and to the right.
    #[default]
    Same,
    /// Half the kernel on all sides, as PyTorch's networks have it.
    Symmetric,
}

impl Padding {
    /// The convolution with its zeros around this input.
    fn around(self, b: &Builder, x: NodeId, conv: Conv) -> Conv {
        let (Self::Same, Some(Shape::Map([_, h, w]))) = (self, b.shape(x)) else {
            return conv;
        };
        let [rows, columns] = [0, 1].map(|i| {
            let (size, kernel, stride) = ([h, w][i], conv.kernel[i], conv.stride[i]);
            ((size.div_ceil(stride) - 1) * stride + kernel).saturating_sub(size)
        });
        Conv {
            padding: [rows / 2, columns / 2],
            trailing: [rows % 2, columns % 2],
            ..conv
        }
    }
}

/// What a norm adds to the variance.
const EPS: f64 = 1e-3;

/// Expansion, kernel, output channels, bottlenecks and first stride of each stage.
const STAGES: [(usize, usize, usize, usize, usize); 7] = [
    (1, 3, 16, 1, 1),
    (6, 3, 24, 2, 2),
    (6, 5, 40, 2, 2),
    (6, 3, 80, 3, 2),
    (6, 5, 112, 3, 1),
    (6, 5, 192, 4, 2),
    (6, 3, 320, 1, 1),
];

/// Builds the network.
pub(super) fn efficientnet_lite(
    size: &LiteSize,
    own: &LiteOptions,
    request: &Request,
) -> Result<Graph, Error> {
    let (mut b, x) = request.begin(Initialisation::He)?;
    b.block("features.0");
    let stem = own.padding.around(&b, x, Conv::same(32, 3).stride(2));
    let mut x = numbered(&mut b, "features.0", x, stem, EPS, Some(Op::Relu6))?;
    let mut block = 1;
    for (stage, (expansion, kernel, outputs, count, stride)) in STAGES.into_iter().enumerate() {
        let fixed = stage == 0 || stage + 1 == STAGES.len();
        let depth = if fixed { 1.0 } else { size.depth };
        for i in 0..(count as f64 * depth).ceil() as usize {
            let name = format!("features.{block}");
            b.block(&name);
            let filter = Conv::same(0, kernel).stride(if i == 0 { stride } else { 1 });
            let layer = Bottleneck {
                expansion: (expansion != 1).then_some(expansion),
                // What widens the map keeps its size.
                filter: own.padding.around(&b, x, filter),
                outputs: multiple_of_8(outputs as f64 * size.width),
                eps: EPS,
            };
            x = layer.build(&mut b, &name, x)?;
            block += 1;
        }
    }
    request.finish_bottlenecks(
        b,
        x,
        &format!("features.{block}"),
        EPS,
        own.dropout.unwrap_or(size.dropout),
    )
}

#[cfg(test)]
#[path = "efficientnet_lite_tests.rs"]
mod tests;
