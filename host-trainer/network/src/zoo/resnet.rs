//! Residual networks (He et al. 2016), torchvision's `resnet18` and `resnet50`: the stride of a bottleneck
//! is that of its 3x3 convolution.

use super::ClassifierOptions;
use super::layers::{EPS, conv_norm, numbered};
use super::request::Request;
use crate::{Builder, Conv, Error, Graph, Initialisation, NodeId, Op, Pool, Shape};

/// Which of the family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// Blocks of two 3x3 convolutions.
    D18,
    /// Blocks of 1x1, 3x3 and 1x1 convolutions, four times as wide at their ends.
    D50,
}

/// Builds one of the family.
pub(super) fn resnet(depth: Depth, own: &ClassifierOptions, request: &Request) -> Result<Graph, Error> {
    let blocks = match depth {
        Depth::D18 => [2, 2, 2, 2],
        Depth::D50 => [3, 4, 6, 3],
    };
    let (mut b, x) = request.begin(Initialisation::He)?;
    b.block("stem");
    let stem = Conv::same(64, 7).stride(2);
    let x = conv_norm(&mut b, ["conv1", "bn1"], x, stem, EPS, Some(Op::Relu))?;
    let mut x = b.max_pool("maxpool", x, Pool::square(3, 2, 1))?;
    for (stage, (count, width)) in blocks.into_iter().zip([64, 128, 256, 512]).enumerate() {
        for i in 0..count {
            let stride = if stage > 0 && i == 0 { 2 } else { 1 };
            let name = format!("layer{}.{i}", stage + 1);
            b.block(&name);
            x = residual(&mut b, &name, x, width, stride, depth)?;
        }
    }
    request.finish_pooled(b, x, "fc", own.dropout.unwrap_or(0.0))
}

fn residual(
    b: &mut Builder,
    name: &str,
    x: NodeId,
    width: usize,
    stride: usize,
    depth: Depth,
) -> Result<NodeId, Error> {
    let three = Conv::same(width, 3);
    let convs = match depth {
        Depth::D18 => vec![three.stride(stride), three],
        Depth::D50 => vec![
            Conv::same(width, 1),
            three.stride(stride),
            Conv::same(width * 4, 1),
        ],
    };
    let outputs = convs[convs.len() - 1].outputs;
    let mut y = x;
    for (i, conv) in convs.iter().enumerate() {
        let names = [format!("{name}.conv{}", i + 1), format!("{name}.bn{}", i + 1)];
        let activation = (i + 1 < convs.len()).then_some(Op::Relu);
        y = conv_norm(b, [&names[0], &names[1]], y, *conv, EPS, activation)?;
    }
    let mut kept = x;
    if stride != 1 || b.shape(x).map(Shape::channels) != Some(outputs) {
        let conv = Conv::same(outputs, 1).stride(stride);
        kept = numbered(b, &format!("{name}.downsample"), x, conv, EPS, None)?;
    }
    let sum = b.add(&format!("{name}.add"), &[y, kept])?;
    b.relu(&format!("{name}.relu"), sum)
}
