//! The head `masked-statistics`: mean and standard deviation of each channel over the cell, at several strides, into
//! one linear map. What lies outside the outline of the cell, black in its crop, counts for nothing, and a linear map
//! is all that few cells must teach.

use crate::{Builder, Error, ErrorKind, Graph, HEAD, NodeId, Op, Shape};
use serde::{Deserialize, Serialize};

/// Added to the variances: the deviation of a channel without variance is 1e-4, and its gradient finite.
const EPS: f64 = 1e-8;

/// The numbers of the head.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct MaskedStatistics {
    /// Strides of the maps, in this order: how many pixels of the picture lie in one of the map. Of each, the last
    /// map before the stride changes.
    pub(super) strides: Vec<usize>,
    /// Part dropped out before the linear maps, in 0..1.
    pub(super) dropout: f64,
    /// Whether the logarithm of the cell's share of the picture is one more feature.
    pub(super) area: bool,
    /// Numbers of a hidden layer with ReLU before the logits; 0: none.
    pub(super) hidden: usize,
    /// Length of a second linear map of the same features, whose output stands behind the logits; 0: none.
    pub(super) embedding: usize,
}

impl Default for MaskedStatistics {
    fn default() -> Self {
        Self {
            strides: vec![4, 8, 16, 32],
            dropout: 0.0,
            area: true,
            hidden: 0,
            embedding: 0,
        }
    }
}

impl MaskedStatistics {
    /// What is required of the numbers, if they do not have it.
    pub(super) fn fault(&self) -> Option<&'static str> {
        let sound = |(i, s): (usize, &usize)| s.is_power_of_two() && !self.strides[..i].contains(s);
        let strides = !self.strides.is_empty() && self.strides.iter().enumerate().all(sound);
        (!strides || !(0.0..1.0).contains(&self.dropout))
            .then_some("strides of 1, 2, 4, 8, 16 or 32, each once, and dropout in 0..1")
    }

    /// The graph for pictures of `size x size` pixels whose trunk ends where the builder stands: statistics of the last
    /// map at each stride, then linear maps.
    pub(super) fn finish(&self, mut b: Builder, size: usize, outputs: usize) -> Result<Graph, Error> {
        let maps = self.maps(&b, size)?;
        // What only larger strides need is not built.
        if let Some(last) = maps.iter().max() {
            b.truncate(*last);
        }
        b.block(HEAD);
        let picture = b.input();
        let mask = b.push("head.mask", Op::CellMask, &[picture])?;
        let mut parts = vec![];
        for (stride, map) in self.strides.iter().zip(maps) {
            let name = format!("head.statistics{stride}");
            parts.push(b.push(&name, Op::MaskedStatistics { eps: EPS }, &[map, mask])?);
        }
        if self.area {
            parts.push(b.push("head.area", Op::LogArea, &[mask])?);
        }
        let mut x = match parts[..] {
            [only] => only,
            _ => b.concat("head.features", &parts)?,
        };
        if self.dropout > 0.0 {
            x = b.dropout("head.dropout", x, self.dropout)?;
        }
        let mut y = x;
        if self.hidden > 0 {
            y = b.linear("head.hidden", y, self.hidden)?;
            y = b.relu("head.relu", y)?;
        }
        let mut y = b.linear("head.linear", y, outputs)?;
        if self.embedding > 0 {
            let beside = b.linear("head.embedding", x, self.embedding)?;
            y = b.concat("head.outputs", &[y, beside])?;
        }
        b.build(y)
    }

    /// The last output of a block at each stride; refuses strides that the network does not have and pictures that
    /// they do not divide.
    fn maps(&self, b: &Builder, size: usize) -> Result<Vec<NodeId>, Error> {
        let refuse = |why: String| Error::new(ErrorKind::Unknown, format!("network.head: {why}"));
        let whole = self.strides.iter().copied().max().unwrap_or(1);
        if !size.is_multiple_of(whole) {
            let (below, above) = (size / whole * whole, size.next_multiple_of(whole));
            let near = if below == 0 {
                above.to_string()
            } else {
                format!("{below} or {above}")
            };
            return Err(refuse(format!(
                "kind \"masked-statistics\" with stride {whole} takes pictures whose side is a multiple of {whole}, \
                 not {size}: set input.size to {near}"
            )));
        }
        // The picture itself has no features.
        let ends: Vec<(NodeId, usize)> = b
            .block_ends()
            .into_iter()
            .skip(1)
            .filter_map(|id| match b.shape(id)? {
                Shape::Map([_, side, _]) => Some((id, side)),
                Shape::Vector(_) => None,
            })
            .collect();
        let strides = || ends.iter().map(|(_, side)| size / side);
        let each = self.strides.iter().map(|stride| {
            let found = ends.iter().rev().find(|(_, side)| side * stride == size);
            found.map(|(id, _)| *id).ok_or_else(|| {
                let mut known: Vec<String> = strides().map(|s| s.to_string()).collect();
                known.dedup();
                let known = known.join(", ");
                refuse(format!(
                    "the network has no map at stride {stride}: use strides of {known}"
                ))
            })
        });
        each.collect()
    }
}

#[cfg(test)]
#[path = "masked_statistics_tests.rs"]
mod tests;
