//! Xception (Chollet 2017), timm's `legacy_xception`.

use super::ClassifierOptions;
use super::layers::{EPS, conv_norm, depthwise, norm, unpadded};
use super::request::Request;
use crate::{Builder, Conv, Error, Graph, Initialisation, NodeId, Op, Pool, Shape};

/// A block: its separable convolutions, its stride and whether a ReLU comes before the first of them.
struct Block<'a> {
    outputs: &'a [usize],
    stride: usize,
    relu_first: bool,
}

/// Builds the network.
pub(super) fn xception(own: &ClassifierOptions, request: &Request) -> Result<Graph, Error> {
    let (mut b, x) = request.begin(Initialisation::He)?;
    b.block("stem");
    let first = unpadded(32, 3).stride(2);
    let x = conv_norm(&mut b, ["conv1", "bn1"], x, first, EPS, Some(Op::Relu))?;
    let mut x = conv_norm(&mut b, ["conv2", "bn2"], x, unpadded(64, 3), EPS, Some(Op::Relu))?;
    for i in 1..=12 {
        let (outputs, stride): (&[usize], _) = match i {
            1 => (&[128, 128], 2),
            2 => (&[256, 256], 2),
            3 => (&[728, 728], 2),
            12 => (&[728, 1024], 2),
            _ => (&[728, 728, 728], 1),
        };
        let block = Block {
            outputs,
            stride,
            relu_first: i > 1,
        };
        let name = format!("block{i}");
        b.block(&name);
        x = residual(&mut b, &name, x, &block)?;
    }
    b.block("exit");
    for (i, outputs) in [(3, 1536), (4, 2048)] {
        x = separable(&mut b, &format!("conv{i}"), x, outputs)?;
        x = norm(&mut b, &format!("bn{i}"), x, EPS)?;
        x = b.relu(&format!("act{i}"), x)?;
    }
    request.finish_pooled(b, x, "fc", own.dropout.unwrap_or(0.0))
}

/// Separable convolutions beside a 1x1 convolution where the shape changes, beside nothing where not.
fn residual(b: &mut Builder, name: &str, x: NodeId, block: &Block<'_>) -> Result<NodeId, Error> {
    let mut y = x;
    let mut index = 0;
    let mut next = || {
        index += 1;
        format!("{name}.rep.{}", index - 1)
    };
    for (i, &outputs) in block.outputs.iter().enumerate() {
        if i > 0 || block.relu_first {
            y = b.relu(&next(), y)?;
        }
        y = separable(b, &next(), y, outputs)?;
        y = norm(b, &next(), y, EPS)?;
    }
    let mut kept = x;
    if block.stride != 1 {
        y = b.max_pool(&next(), y, Pool::square(3, block.stride, 1))?;
        let outputs = b.shape(y).map_or(0, Shape::channels);
        let names = [format!("{name}.skip"), format!("{name}.skipbn")];
        let conv = Conv::same(outputs, 1).stride(block.stride);
        kept = conv_norm(b, [&names[0], &names[1]], x, conv, EPS, None)?;
    }
    b.add(&format!("{name}.add"), &[y, kept])
}

/// Each channel alone, then all of them at each pixel.
fn separable(b: &mut Builder, name: &str, x: NodeId, outputs: usize) -> Result<NodeId, Error> {
    let inputs = b.shape(x).map_or(0, Shape::channels);
    let x = b.conv(&format!("{name}.conv1"), x, depthwise(inputs, 3, 1))?;
    b.conv(&format!("{name}.pointwise"), x, Conv::same(outputs, 1))
}
