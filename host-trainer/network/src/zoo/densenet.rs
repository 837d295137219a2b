//! Densely connected network (Huang et al. 2017), torchvision's `densenet121`.

use super::ClassifierOptions;
use super::layers::{EPS, conv_norm, norm};
use super::request::Request;
use crate::{Builder, Conv, Error, Graph, Initialisation, NodeId, Op, Pool, Shape};

/// Channels that each layer adds.
const GROWTH: usize = 32;
/// Width of a layer's bottleneck, times the growth.
const BOTTLENECK: usize = 4;
/// Layers of each block.
const LAYERS: [usize; 4] = [6, 12, 24, 16];

/// Builds the network.
pub(super) fn densenet121(own: &ClassifierOptions, request: &Request) -> Result<Graph, Error> {
    let (mut b, x) = request.begin(Initialisation::He)?;
    b.block("stem");
    let names = ["features.conv0", "features.norm0"];
    let stem = Conv::same(64, 7).stride(2);
    let x = conv_norm(&mut b, names, x, stem, EPS, Some(Op::Relu))?;
    let mut x = b.max_pool("features.pool0", x, Pool::square(3, 2, 1))?;
    for (i, layers) in LAYERS.into_iter().enumerate() {
        let name = format!("features.denseblock{}", i + 1);
        b.block(&name);
        for layer in 0..layers {
            x = dense_layer(&mut b, &format!("{name}.denselayer{}", layer + 1), x)?;
        }
        if i + 1 < LAYERS.len() {
            x = transition(&mut b, &format!("features.transition{}", i + 1), x)?;
        }
    }
    let x = norm(&mut b, "features.norm5", x, EPS)?;
    let x = b.relu("features.relu5", x)?;
    request.finish_pooled(b, x, "classifier", own.dropout.unwrap_or(0.0))
}

/// Norm and ReLU before each convolution; the new channels go beside all that were there.
fn dense_layer(b: &mut Builder, name: &str, x: NodeId) -> Result<NodeId, Error> {
    let mut y = x;
    let bottleneck = Conv::same(BOTTLENECK * GROWTH, 1);
    for (i, conv) in [(1, bottleneck), (2, Conv::same(GROWTH, 3))] {
        y = norm(b, &format!("{name}.norm{i}"), y, EPS)?;
        y = b.relu(&format!("{name}.relu{i}"), y)?;
        y = b.conv(&format!("{name}.conv{i}"), y, conv)?;
    }
    b.concat(&format!("{name}.concat"), &[x, y])
}

/// Half the channels at half the size.
fn transition(b: &mut Builder, name: &str, x: NodeId) -> Result<NodeId, Error> {
    b.block(name);
    let half = b.shape(x).map_or(0, Shape::channels) / 2;
    let x = norm(b, &format!("{name}.norm"), x, EPS)?;
    let x = b.relu(&format!("{name}.relu"), x)?;
    let x = b.conv(&format!("{name}.conv"), x, Conv::same(half, 1))?;
    b.avg_pool(&format!("{name}.pool"), x, Pool::square(2, 2, 0))
}
