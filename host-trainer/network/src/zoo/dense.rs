//! Our small dense network: 3x3 convolutions without depth-wise ones, which have no fast int8 path.

use super::request::Request;
use crate::{Conv, Error, ErrorKind, Graph, Initialisation, Pool};
use serde::{Deserialize, Serialize};

/// One 3x3 convolution with batch norm and ReLU.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// Output channels.
    pub channels: usize,
    /// Stride of the convolution.
    #[serde(default = "one")]
    pub stride: usize,
    /// Whether a 2x2 maximum at stride 2 follows.
    #[serde(default)]
    pub max_pool: bool,
}

fn one() -> usize {
    1
}

/// The options of the dense network, as a recipe writes them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DenseSpec {
    /// Convolutions from the picture to the head.
    pub stages: Vec<Stage>,
    /// Rate of the dropout before the linear layer, in 0..1.
    pub dropout: f64,
}

impl Default for DenseSpec {
    fn default() -> Self {
        let stages = [(24, 2), (32, 1), (48, 2), (64, 1), (96, 2), (96, 1), (128, 2)];
        let stage = |(channels, stride)| Stage {
            channels,
            stride,
            max_pool: false,
        };
        Self {
            stages: stages.map(stage).into(),
            dropout: 0.2,
        }
    }
}

/// Builds the network for pictures of `3 x size x size` and so many labels.
pub fn dense(spec: &DenseSpec, size: usize, labels: usize) -> Result<Graph, Error> {
    build(spec, &Request::plain(size, labels))
}

/// Builds the network as it is asked for.
pub(super) fn build(spec: &DenseSpec, request: &Request) -> Result<Graph, Error> {
    if spec.stages.is_empty() {
        return Err(Error::new(
            ErrorKind::Graph,
            "a dense network needs at least one stage",
        ));
    }
    let (mut b, mut x) = request.begin(Initialisation::LeCun)?;
    for (i, stage) in spec.stages.iter().enumerate() {
        let name = |part: &str| format!("stage{}.{part}", i + 1);
        b.block(&format!("stage{}", i + 1));
        x = b.conv(
            &name("conv"),
            x,
            Conv::same(stage.channels, 3).stride(stage.stride),
        )?;
        x = b.batch_norm(&name("norm"), x)?;
        x = b.relu(&name("relu"), x)?;
        if stage.max_pool {
            x = b.max_pool(&name("pool"), x, Pool::square(2, 2, 0))?;
        }
    }
    request.finish(b, x, |b, x, outputs, of_head| {
        let x = b.global_average_pool("head.pool", x)?;
        let x = b.flatten("head.flatten", x)?;
        let x = b.dropout("head.dropout", x, of_head.unwrap_or(spec.dropout))?;
        b.linear("head.linear", x, outputs)
    })
}
