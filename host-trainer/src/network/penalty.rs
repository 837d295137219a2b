//! What nodes add to the loss in training.

use super::Network;
use crate::{Error, ErrorKind};
use blastscope_network::{NodeId, Penalty};
use tch::{Kind, Tensor};

impl Network {
    /// Logits of a training pass, and the sum of the penalties of all nodes, as Keras counts them; none
    /// where the graph has none. Weights of frozen blocks cost nothing.
    pub fn forward_with_penalties(&self, pictures: &Tensor) -> Result<(Tensor, Option<Tensor>), Error> {
        let (logits, penalty, _) = self.forward_in_training(pictures, &[])?;
        Ok((logits, penalty))
    }

    /// The same, and the values of some other nodes in the order asked for.
    pub fn forward_in_training(
        &self,
        pictures: &Tensor,
        also: &[NodeId],
    ) -> Result<(Tensor, Option<Tensor>, Vec<Tensor>), Error> {
        let graph = self.graph();
        let output = graph.output();
        let watched = |(id, penalty): &(NodeId, Penalty)| match penalty {
            Penalty::ActivationL1(_) => Some(*id),
            _ => None,
        };
        let mut wanted: Vec<NodeId> = graph.penalties().iter().filter_map(watched).collect();
        wanted.extend(also);
        wanted.push(output);
        let mut values = self.forward_to(pictures, true, &wanted)?;
        let logits = values
            .pop()
            .ok_or_else(|| Error::new(ErrorKind::Torch, "the network has no output"))?;
        let others = values.split_off(values.len() - also.len());
        let mut activations = values.into_iter();
        let mut sum: Option<Tensor> = None;
        for (id, penalty) in graph.penalties() {
            let node = graph.node(*id);
            let weight = |suffix| self.variable(node, suffix);
            let term = match penalty {
                Penalty::ActivationL1(factor) => {
                    let Some(out) = activations.next() else {
                        continue;
                    };
                    let batch = out.size()[0] as f64;
                    out.f_abs()?.f_sum(Kind::Float)?.f_mul_scalar(factor / batch)?
                }
                _ if self.frozen().holds(node) => continue,
                Penalty::KernelL2(factor) => {
                    let squares = weight("weight")?.f_square()?;
                    squares.f_sum(Kind::Float)?.f_mul_scalar(*factor)?
                }
                Penalty::BiasL1(factor) => {
                    let magnitudes = weight("bias")?.f_abs()?;
                    magnitudes.f_sum(Kind::Float)?.f_mul_scalar(*factor)?
                }
            };
            sum = Some(match sum {
                Some(before) => before.f_add(&term)?,
                None => term,
            });
        }
        Ok((logits, sum, others))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use blastscope_network::{Builder, Conv, HEAD};
    use tch::Device;

    /// A network whose hidden linear layer costs by its kernel, its bias and its outputs.
    fn network() -> Network {
        tch::set_num_threads(1);
        let mut b = Builder::new([3, 4, 4]).unwrap();
        let x = b.input();
        b.block("stem");
        let x = b.conv("stem.conv", x, Conv::same(2, 3)).unwrap();
        b.block(HEAD);
        let x = b.flatten("head.flatten", x).unwrap();
        let x = b.linear("head.dense", x, 3).unwrap();
        b.penalise(x, Penalty::KernelL2(0.016));
        b.penalise(x, Penalty::BiasL1(0.006));
        let x = b.relu("head.relu", x).unwrap();
        b.penalise(x, Penalty::ActivationL1(0.5));
        let x = b.linear("head.linear", x, 2).unwrap();
        Network::new(&b.build(x).unwrap(), Device::Cpu, 4).unwrap()
    }

    fn of_head(network: &Network, suffix: &str) -> Vec<f64> {
        let name = format!("head.dense.{suffix}");
        let values = &network.weights().unwrap().0[&name].values;
        values.iter().map(|v| f64::from(*v)).collect()
    }

    #[test]
    fn penalties_are_the_sums_that_keras_makes() {
        let mut network = network();
        let x = Tensor::rand([5, 3, 4, 4], (Kind::Float, Device::Cpu));
        let (logits, penalty) = network.forward_with_penalties(&x).unwrap();
        assert_eq!(logits, network.forward(&x, true).unwrap());
        let relu = network
            .graph()
            .iter()
            .find(|(_, n)| n.name == "head.relu")
            .unwrap()
            .0;
        let out = network.forward_to(&x, true, &[relu]).unwrap().remove(0);
        let activation = 0.5 * out.abs().sum(Kind::Double).double_value(&[]) / 5.0;
        let kernel = 0.016 * of_head(&network, "weight").iter().map(|v| v * v).sum::<f64>();
        let bias = 0.006 * of_head(&network, "bias").iter().map(|v| v.abs()).sum::<f64>();
        let near = |got: &Tensor, wanted: f64| {
            let got = got.double_value(&[]);
            assert!((got - wanted).abs() < 1e-5, "{got} for {wanted}");
        };
        near(&penalty.unwrap(), activation + kernel + bias);
        // Frozen weights cost nothing.
        network.freeze(&[false, false, true]).unwrap();
        near(
            &network.forward_with_penalties(&x).unwrap().1.unwrap(),
            activation,
        );
    }

    #[test]
    fn penalties_reach_the_weights_as_gradients() {
        let network = network();
        let x = Tensor::zeros([2, 3, 4, 4], (Kind::Float, Device::Cpu));
        let (_, penalty) = network.forward_with_penalties(&x).unwrap();
        penalty.unwrap().backward();
        let kernel = network
            .trainable()
            .into_iter()
            .find(|v| v.0 == "head.dense.weight")
            .unwrap()
            .1;
        // Black pictures leave the decay alone: twice 0.016 times the weight.
        let wanted = kernel.detach() * 0.032;
        assert!((kernel.grad() - wanted).abs().max().double_value(&[]) < 1e-7);
    }
}
