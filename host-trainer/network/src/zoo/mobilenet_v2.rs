//! MobileNetV2 (Sandler et al. 2018), torchvision's `mobilenet_v2`.

use super::layers::{EPS, depthwise, norm, numbered};
use super::request::Request;
use crate::{Builder, Conv, Error, Graph, Initialisation, NodeId, Op, Shape};
use serde::Deserialize;

/// Options of the network's own.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct MobileNetV2Options {
    /// Share dropped out before the linear map, in 0..1.
    pub(super) dropout: f64,
    /// Whether the first bottleneck, which widens nothing, has its 1x1 convolution nevertheless, as in the
    /// ONNX model zoo.
    pub(super) first_expansion: bool,
}

impl Default for MobileNetV2Options {
    fn default() -> Self {
        Self {
            dropout: 0.2,
            first_expansion: false,
        }
    }
}

/// Expansion, output channels, bottlenecks and first stride of each stage.
const STAGES: [(usize, usize, usize, usize); 7] = [
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
];

/// Builds the network.
pub(super) fn mobilenet_v2(own: &MobileNetV2Options, request: &Request) -> Result<Graph, Error> {
    let (mut b, x) = request.begin(Initialisation::He)?;
    b.block("features.0");
    let stem = Conv::same(32, 3).stride(2);
    let mut x = numbered(&mut b, "features.0", x, stem, EPS, Some(Op::Relu6))?;
    let mut block = 1;
    for (expansion, outputs, count, stride) in STAGES {
        for i in 0..count {
            let name = format!("features.{block}");
            b.block(&name);
            let widened = expansion != 1 || own.first_expansion;
            let stride = if i == 0 { stride } else { 1 };
            let layer = Bottleneck {
                expansion: widened.then_some(expansion),
                filter: depthwise(0, 3, stride),
                outputs,
                eps: EPS,
            };
            x = layer.build(&mut b, &name, x)?;
            block += 1;
        }
    }
    request.finish_bottlenecks(b, x, &format!("features.{block}"), EPS, own.dropout)
}

/// Widen (without expansion: not), filter, narrow; the input is added where the shapes allow it. ReLU6 follows all
/// but the last.
pub(super) struct Bottleneck {
    /// How many times wider the filter is than the input; without, no convolution widens.
    pub(super) expansion: Option<usize>,
    /// Kernel, stride and padding of the filter, which sees each channel alone.
    pub(super) filter: Conv,
    /// Channels of the output.
    pub(super) outputs: usize,
    /// What the norms add to the variance.
    pub(super) eps: f64,
}

impl Bottleneck {
    /// Adds its nodes, `NAME.conv.N`.
    pub(super) fn build(&self, b: &mut Builder, name: &str, x: NodeId) -> Result<NodeId, Error> {
        let inputs = b.shape(x).map_or(0, Shape::channels);
        let width = inputs * self.expansion.unwrap_or(1);
        let mut steps = vec![Conv {
            outputs: width,
            groups: width,
            ..self.filter
        }];
        if self.expansion.is_some() {
            steps.insert(0, Conv::same(width, 1));
        }
        let mut y = x;
        for (i, conv) in steps.iter().enumerate() {
            y = numbered(
                b,
                &format!("{name}.conv.{i}"),
                y,
                *conv,
                self.eps,
                Some(Op::Relu6),
            )?;
        }
        let last = steps.len();
        y = b.conv(&format!("{name}.conv.{last}"), y, Conv::same(self.outputs, 1))?;
        y = norm(b, &format!("{name}.conv.{}", last + 1), y, self.eps)?;
        if self.filter.stride == [1; 2] && inputs == self.outputs {
            return b.add(&format!("{name}.add"), &[x, y]);
        }
        Ok(y)
    }
}
