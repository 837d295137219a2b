//! The "optimised light-weight CNN" of Alkhouli et al. 2024: three convolutions, two maxima, one hidden layer.

use super::request::Request;
use crate::{Conv, Error, ErrorKind, Graph, Initialisation, Pool};
use serde::Deserialize;

/// Options of the network's own; the defaults are the paper's, and ours where it is silent.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LightweightOptions {
    /// Output channels of the convolutions, one entry each.
    channels: Vec<usize>,
    /// Height and width of the kernels.
    kernel: usize,
    /// Zeros on either side of the picture; the paper is silent, Keras adds none.
    padding: usize,
    /// Convolutions, counted from 1, after which the maximum of 2x2 follows; the paper is silent.
    pool_after: Vec<usize>,
    /// Length of the hidden layer.
    units: usize,
    /// Share dropped out after it, in 0..1.
    dropout: f64,
}

impl Default for LightweightOptions {
    fn default() -> Self {
        Self {
            channels: vec![64; 3],
            kernel: 6,
            padding: 0,
            pool_after: vec![1, 2],
            units: 128,
            dropout: 0.1,
        }
    }
}

/// Builds the network.
pub(super) fn lightweight(own: &LightweightOptions, request: &Request) -> Result<Graph, Error> {
    if let Some(strange) = own
        .pool_after
        .iter()
        .find(|i| **i == 0 || **i > own.channels.len())
    {
        let convs = own.channels.len();
        return Err(Error::new(
            ErrorKind::Graph,
            format!("network.pool_after: {strange} is not one of the {convs} convolutions, counted from 1"),
        ));
    }
    let (mut b, mut x) = request.begin(Initialisation::Xavier)?;
    for (i, &channels) in own.channels.iter().enumerate() {
        let place = i + 1;
        b.block(&format!("stage{place}"));
        let conv = Conv {
            padding: [own.padding; 2],
            bias: true,
            ..Conv::same(channels, own.kernel)
        };
        x = b.conv(&format!("stage{place}.conv"), x, conv)?;
        x = b.relu(&format!("stage{place}.relu"), x)?;
        if own.pool_after.contains(&place) {
            x = b.max_pool(&format!("stage{place}.pool"), x, Pool::square(2, 2, 0))?;
        }
    }
    request.finish(b, x, |b, x, outputs, of_head| {
        let x = b.flatten("head.flatten", x)?;
        let x = b.linear("head.dense", x, own.units)?;
        let x = b.relu("head.relu", x)?;
        let x = b.dropout("head.dropout", x, of_head.unwrap_or(own.dropout))?;
        let x = b.batch_norm("head.norm", x)?;
        b.linear("head.linear", x, outputs)
    })
}
