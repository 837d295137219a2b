//! What training draws from libtorch's stream of random numbers.

use super::Network;
use super::tch_reader::Pass;
use crate::Error;
use blastscope_network::{Node, Op};
use tch::{Kind, Tensor};

impl Network {
    /// Draws from libtorch's stream what `passes` training passes over `pictures` pictures each draw, and
    /// computes nothing else: after the seed of an epoch is set, its stream stands as if they had been made.
    pub fn repeat_draws(&self, passes: usize, pictures: usize) -> Result<(), Error> {
        let draws = |n: &&Node| matches!(n.op, Op::Dropout { .. } | Op::StochasticDepth { .. });
        let drawing: Vec<(&Node, Tensor)> = self
            .graph()
            .nodes()
            .iter()
            .filter(|n| draws(n) && !self.frozen().holds(n))
            .map(|node| {
                let shape = self.graph().input_shape(node).with_batch(pictures);
                let shape: Vec<i64> = shape.into_iter().map(|s| s as i64).collect();
                Ok((node, Tensor::f_zeros(shape, (Kind::Float, self.device()))?))
            })
            .collect::<Result<_, Error>>()?;
        tch::no_grad(|| {
            for _ in 0..passes {
                for (node, x) in &drawing {
                    let _ = self.apply(node, x, &[x], Pass::Training)?;
                }
            }
            Ok(())
        })
    }
}
