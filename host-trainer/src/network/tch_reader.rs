//! The training reader: variables and forward pass in libtorch.

use super::frozen::Frozen;
use super::in_place::overwriting;
use super::masked;
use crate::libtorch_ffi::{channels_last, send};
use crate::{Error, ErrorKind};
use blastscope_network::parameters::{self, Parameter, Role};
use blastscope_network::{Array, Graph, Node, NodeId, Op, Pool, Weights};
use blastscope_shared::random::SplitMix64;
use std::collections::BTreeMap;
use tch::{Device, Kind, Tensor};

/// What a pass through the network is for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Pass {
    /// Running statistics, nothing dropped out.
    Evaluation,
    /// Statistics of the batch, which move the running ones; dropout.
    Training,
    /// Statistics of the batch, which enter the running ones with this weight; nothing dropped out.
    Statistics(f64),
}

/// A graph with its variables on a device.
#[derive(Debug)]
pub struct Network {
    graph: Graph,
    device: Device,
    parameters: Vec<Parameter>,
    variables: BTreeMap<String, Tensor>,
    frozen: Frozen,
    /// Nodes that may overwrite what they are computed from.
    overwriting: Vec<bool>,
}

impl Network {
    /// Fresh variables, drawn by our own generator: a seed means the same on every device and every libtorch.
    pub fn new(graph: &Graph, device: Device, seed: u64) -> Result<Self, Error> {
        let parameters = parameters::of_graph(graph);
        let mut variables = BTreeMap::new();
        for (i, p) in parameters.iter().enumerate() {
            let count = p.shape.iter().product();
            let values: Vec<f32> = match p.role {
                Role::Weight { fan_in } => {
                    let bound = 1.0 / (fan_in as f32).sqrt();
                    let mut random = SplitMix64::keyed(&[seed, i as u64]);
                    (0..count).map(|_| random.range(-bound, bound)).collect()
                }
                Role::NormalWeight { deviation, .. } => {
                    let mut random = SplitMix64::keyed(&[seed, i as u64]);
                    (0..count).map(|_| random.normal() * deviation).collect()
                }
                Role::BoundedWeight { bound, .. } => {
                    let mut random = SplitMix64::keyed(&[seed, i as u64]);
                    (0..count).map(|_| random.range(-bound, bound)).collect()
                }
                Role::Scale | Role::RunningVariance => vec![1.0; count],
                Role::Shift | Role::RunningMean => vec![0.0; count],
            };
            let there = Tensor::f_from_slice(&values)?
                .f_reshape(sizes(&p.shape))?
                .f_to_device(device)?;
            variables.insert(p.name.clone(), there.f_set_requires_grad(p.role.is_trained())?);
        }
        Ok(Self {
            graph: graph.clone(),
            device,
            parameters,
            variables,
            frozen: Frozen::default(),
            overwriting: overwriting(graph),
        })
    }

    /// The graph that was read.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Where the variables lie.
    pub fn device(&self) -> Device {
        self.device
    }

    /// Logits `[n, labels]` of pictures `[n, 3, height, width]` in 0..=1. Training uses the statistics
    /// of the batch, updates the running ones and drops out.
    pub fn forward(&self, pictures: &Tensor, train: bool) -> Result<Tensor, Error> {
        let mut out = self.forward_to(pictures, train, &[self.graph.output()])?;
        out.pop()
            .ok_or_else(|| Error::new(ErrorKind::Torch, "the network has no output"))
    }

    /// Replaces the running statistics of all norms by the mean over some batches of pictures, each with
    /// what the network computes as it is: an average of weights has other statistics than the average
    /// of statistics (Izmailov et al. 2018). Without batches, nothing changes.
    pub fn estimate_statistics<E: From<Error>>(
        &self,
        batches: impl IntoIterator<Item = Result<Tensor, E>>,
    ) -> Result<(), E> {
        tch::no_grad(|| {
            for (i, pictures) in batches.into_iter().enumerate() {
                let pass = Pass::Statistics(1.0 / (i as f64 + 1.0));
                self.walk(&pictures?, pass, &[self.graph.output()])?;
            }
            Ok(())
        })
    }

    /// The values of some nodes, in the order asked for.
    pub fn forward_to(
        &self,
        pictures: &Tensor,
        train: bool,
        wanted: &[NodeId],
    ) -> Result<Vec<Tensor>, Error> {
        let pass = if train { Pass::Training } else { Pass::Evaluation };
        self.walk(pictures, pass, wanted)
    }

    fn walk(&self, pictures: &Tensor, pass: Pass, wanted: &[NodeId]) -> Result<Vec<Tensor>, Error> {
        let expected = sizes(&self.graph.input().with_batch(0));
        let got = pictures.size();
        if got.len() != 4 || got[1..] != expected[1..] {
            return Err(Error::new(
                ErrorKind::Cells,
                format!(
                    "pictures of {got:?} for a network that takes [n, {}, {}, {}]",
                    expected[1], expected[2], expected[3]
                ),
            ));
        }
        let last = self.graph.last_uses();
        let mut values: Vec<Option<Tensor>> = vec![];
        for (id, node) in self.graph.iter() {
            let inputs = node
                .inputs
                .iter()
                .filter_map(|i| values[i.index()].as_ref())
                .collect::<Vec<_>>();
            let value = match inputs.first() {
                None => pictures.shallow_clone(),
                Some(x) if self.overwriting[id.index()] && !wanted.contains(&node.inputs[0]) => {
                    overwrite(node, x)?
                }
                Some(x) if self.frozen.holds(node) => self.apply(node, x, &inputs, Pass::Evaluation)?,
                Some(x) => self.apply(node, x, &inputs, pass)?,
            };
            values.push(Some(value));
            for (i, end) in last.iter().enumerate().take(id.index()) {
                if *end == id && !wanted.iter().any(|w| w.index() == i) {
                    values[i] = None;
                }
            }
        }
        let asked = wanted.iter().map(|id| {
            let value = values.get(id.index()).and_then(|v| v.as_ref());
            let missing = || {
                Error::new(
                    ErrorKind::Network,
                    "a node that was asked for is not of this graph",
                )
            };
            value.map(Tensor::shallow_clone).ok_or_else(missing)
        });
        asked.collect()
    }

    /// Lays the weights of convolutions out with their channels side by side, which CUDA is faster with. To be
    /// done before anything holds the variables.
    pub fn lay_channels_last(&mut self) -> Result<(), Error> {
        for variable in self.variables.values_mut().filter(|v| v.dim() == 4) {
            let trained = variable.requires_grad();
            let laid = channels_last(&variable.f_detach()?)?;
            *variable = laid.f_set_requires_grad(trained)?;
        }
        Ok(())
    }

    pub(super) fn frozen(&self) -> &Frozen {
        &self.frozen
    }

    pub(super) fn set_frozen(&mut self, frozen: Frozen) {
        self.frozen = frozen;
    }

    pub(super) fn variable(&self, node: &Node, suffix: &str) -> Result<&Tensor, Error> {
        let name = format!("{}.{suffix}", node.name);
        let missing = || Error::new(ErrorKind::Network, format!("weights {name} are missing"));
        self.variables.get(&name).ok_or_else(missing)
    }

    pub(super) fn apply(
        &self,
        node: &Node,
        x: &Tensor,
        inputs: &[&Tensor],
        pass: Pass,
    ) -> Result<Tensor, Error> {
        let bias = |has: bool| has.then(|| self.variable(node, "bias")).transpose();
        let pair = |v: [usize; 2]| [v[0] as i64, v[1] as i64];
        let value = match node.op {
            Op::Input => x.shallow_clone(),
            Op::Conv(c) => trailed(x, c.trailing)?.f_conv2d(
                self.variable(node, "weight")?,
                bias(c.bias)?,
                pair(c.stride),
                pair(c.padding),
                pair(c.dilation),
                c.groups as i64,
            )?,
            Op::BatchNorm { eps, momentum } => x.f_batch_norm(
                Some(self.variable(node, "weight")?),
                Some(self.variable(node, "bias")?),
                Some(self.variable(node, "running_mean")?),
                Some(self.variable(node, "running_var")?),
                pass != Pass::Evaluation,
                if let Pass::Statistics(weight) = pass {
                    weight
                } else {
                    momentum
                },
                eps,
                true,
            )?,
            Op::Relu => x.f_relu()?,
            Op::Relu6 => x.f_relu6()?,
            Op::Selu6 => x.f_selu()?.f_clamp_max(6.0)?,
            Op::Silu => x.f_silu()?,
            Op::Sigmoid => x.f_sigmoid()?,
            Op::Add => {
                let mut sum = x.shallow_clone();
                for other in &inputs[1..] {
                    sum = sum.f_add(other)?;
                }
                sum
            }
            Op::Mul => match inputs {
                [_, y] => x.f_mul(y)?,
                _ => {
                    return Err(Error::new(
                        ErrorKind::Network,
                        format!("node {}: takes two inputs", node.name),
                    ));
                }
            },
            Op::Concat => Tensor::f_cat(inputs, 1)?,
            Op::MaxPool(Pool {
                kernel,
                stride,
                padding,
            }) => x.f_max_pool2d(pair(kernel), pair(stride), pair(padding), [1, 1], false)?,
            Op::AvgPool(Pool {
                kernel,
                stride,
                padding,
            }) => x.f_avg_pool2d(pair(kernel), pair(stride), pair(padding), false, false, None)?,
            Op::ZeroPaddedAvgPool(Pool {
                kernel,
                stride,
                padding,
            }) => x.f_avg_pool2d(pair(kernel), pair(stride), pair(padding), false, true, None)?,
            Op::GlobalAveragePool => x.f_mean_dim(&[2i64, 3][..], true, Kind::Float)?,
            Op::Flatten => x.f_flatten(1, -1)?,
            Op::Dropout { rate } => x.f_dropout(rate, pass == Pass::Training)?,
            Op::StochasticDepth { rate } if pass == Pass::Training && rate > 0.0 => {
                let kept = 1.0 - rate;
                let picture = [x.size()[0], 1, 1, 1];
                let noise = Tensor::f_empty(picture, (x.kind(), x.device()))?.f_bernoulli_float_(kept)?;
                x.f_mul(&noise.f_div_scalar(kept)?)?
            }
            Op::StochasticDepth { .. } => x.shallow_clone(),
            Op::Normalise { mean, sd } => {
                let colours = |v: [f64; 3]| -> Result<Tensor, Error> {
                    let values = v.map(|v| v as f32);
                    let there = send(&Tensor::f_from_slice(&values)?, x.device())?;
                    Ok(there.f_reshape([1, 3, 1, 1])?)
                };
                x.f_sub(&colours(mean)?)?.f_div(&colours(sd)?)?
            }
            Op::CellMask => masked::cell(x)?,
            Op::LogArea => masked::log_area(x)?,
            Op::MaskedStatistics { eps } => match inputs {
                [_, mask] => masked::statistics(x, mask, eps)?,
                _ => {
                    return Err(Error::new(
                        ErrorKind::Network,
                        format!("node {}: takes a map and a mask", node.name),
                    ));
                }
            },
            Op::Linear { bias: has, .. } => x.f_linear(self.variable(node, "weight")?, bias(has)?)?,
        };
        Ok(value)
    }

    /// What gradients change, by name in order of computation. The tensors are the variables themselves.
    pub fn trainable(&self) -> Vec<(String, Tensor)> {
        self.named(|role| role.is_trained())
    }

    /// All variables, running statistics included. The tensors are the variables themselves.
    pub fn state(&self) -> Vec<(String, Tensor)> {
        self.named(|_| true)
    }

    fn named(&self, keep: impl Fn(Role) -> bool) -> Vec<(String, Tensor)> {
        let kept = self.parameters.iter().filter(|p| keep(p.role));
        kept.filter_map(|p| Some((p.name.clone(), self.variables.get(&p.name)?.shallow_clone())))
            .collect()
    }

    /// A copy of all variables as plain numbers.
    pub fn weights(&self) -> Result<Weights, Error> {
        let mut weights = BTreeMap::new();
        for p in &self.parameters {
            let Some(variable) = self.variables.get(&p.name) else {
                continue;
            };
            let flat = variable.f_detach()?.f_to_device(Device::Cpu)?.f_flatten(0, -1)?;
            let array = Array {
                shape: p.shape.clone(),
                values: Vec::try_from(&flat)?,
            };
            weights.insert(p.name.clone(), array);
        }
        Ok(Weights(weights))
    }

    /// Sets all variables in place; refuses weights that are not exactly those of the graph, and changes nothing then.
    pub fn load(&mut self, weights: &Weights) -> Result<(), Error> {
        weights.check(&self.graph)?;
        for p in &self.parameters {
            if let Some(variable) = self.variables.get(&p.name) {
                let source =
                    Tensor::f_from_slice(&weights.get(&p.name)?.values)?.f_reshape(sizes(&p.shape))?;
                tch::no_grad(|| variable.shallow_clone().f_copy_(&source))?;
            }
        }
        Ok(())
    }
}

/// A map with further zeros below and to the right.
fn trailed(x: &Tensor, [below, right]: [usize; 2]) -> Result<Tensor, Error> {
    if [below, right] == [0, 0] {
        return Ok(x.shallow_clone());
    }
    Ok(x.f_constant_pad_nd([0, right as i64, 0, below as i64])?)
}

/// An activation written over its input.
fn overwrite(node: &Node, x: &Tensor) -> Result<Tensor, Error> {
    let mut x = x.shallow_clone();
    match node.op {
        Op::Relu => Ok(x.f_relu_()?),
        Op::Relu6 => Ok(x.f_relu6_()?),
        _ => Err(Error::new(
            ErrorKind::Network,
            format!("node {}: keeps its input", node.name),
        )),
    }
}

fn sizes(shape: &[usize]) -> Vec<i64> {
    shape.iter().map(|s| *s as i64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use blastscope_network::zoo::{DenseSpec, dense};

    fn small() -> Graph {
        let mut spec = DenseSpec::default();
        spec.stages.truncate(2);
        dense(&spec, 16, 2).unwrap()
    }

    fn network(seed: u64) -> Network {
        tch::set_num_threads(1);
        Network::new(&small(), Device::Cpu, seed).unwrap()
    }

    #[test]
    fn a_seed_gives_the_same_network_and_another_seed_another_one() {
        let (a, b, c) = (network(1), network(1), network(2));
        assert_eq!(a.weights().unwrap(), b.weights().unwrap());
        assert_ne!(a.weights().unwrap(), c.weights().unwrap());
    }

    #[test]
    fn loaded_weights_give_the_same_logits_and_keep_the_variables() {
        let (a, mut b) = (network(3), network(4));
        let x = Tensor::rand([4, 3, 16, 16], (Kind::Float, Device::Cpu));
        let _ = a.forward(&x, true).unwrap();
        let handle = b.trainable().remove(0).1;
        b.load(&a.weights().unwrap()).unwrap();
        let (ya, yb) = (a.forward(&x, false).unwrap(), b.forward(&x, false).unwrap());
        assert_eq!((ya - yb).abs().max().double_value(&[]), 0.0);
        assert_eq!(handle.data_ptr(), b.trainable()[0].1.data_ptr());
        assert!(handle.requires_grad());
    }

    #[test]
    fn weights_of_another_network_are_refused_and_every_difference_is_listed() {
        let mut a = network(5);
        let before = a.weights().unwrap();
        let mut other = before.clone();
        let moved = other.0.remove("stage1.conv.weight").unwrap();
        other.0.insert("stem.weight".into(), moved);
        other.0.get_mut("head.linear.bias").unwrap().shape = vec![3];
        other.0.get_mut("stage2.norm.bias").unwrap().values[0] = f32::NAN;
        let error = a.load(&other).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Network);
        let text = error.to_string();
        for part in [
            "stage1.conv.weight is missing",
            "stem.weight is unknown",
            "head.linear.bias is [3] instead of [2]",
            "stage2.norm.bias holds",
        ] {
            assert!(text.contains(part), "{text}");
        }
        assert_eq!(a.weights().unwrap(), before);
    }

    #[test]
    fn training_moves_the_running_statistics_and_evaluation_does_not() {
        let a = network(6);
        let x = Tensor::rand([8, 3, 16, 16], (Kind::Float, Device::Cpu));
        let before = a.weights().unwrap();
        let _ = a.forward(&x, false).unwrap();
        assert_eq!(a.weights().unwrap(), before);
        let y = a.forward(&x, true).unwrap();
        let after = a.weights().unwrap();
        assert_ne!(
            after.0["stage1.norm.running_mean"],
            before.0["stage1.norm.running_mean"]
        );
        assert_eq!(after.0["stage1.conv.weight"], before.0["stage1.conv.weight"]);
        y.sum(Kind::Float).backward();
        assert!(a.trainable().iter().all(|(_, v)| v.grad().defined()));
        assert_eq!(a.state().len(), a.trainable().len() + 4);
    }

    #[test]
    fn estimated_statistics_are_the_mean_over_the_batches_and_move_no_weight() {
        let a = network(8);
        let batches: Vec<Tensor> = (0..3)
            .map(|i| Tensor::rand([6, 3, 16, 16], (Kind::Float, Device::Cpu)) * (i + 1))
            .collect();
        let first = |x: &Tensor| {
            let conv = a.graph().iter().nth(1).unwrap().0;
            let out = a.forward_to(x, false, &[conv]).unwrap().remove(0);
            Vec::<f32>::try_from(out.mean_dim(&[0i64, 2, 3][..], false, Kind::Float)).unwrap()
        };
        let means: Vec<Vec<f32>> = batches.iter().map(first).collect();
        let before = a.weights().unwrap();
        a.estimate_statistics(batches.iter().map(|b| Ok::<_, Error>(b.shallow_clone())))
            .unwrap();
        let after = a.weights().unwrap();
        for (c, got) in after.0["stage1.norm.running_mean"].values.iter().enumerate() {
            let wanted = means.iter().map(|m| m[c]).sum::<f32>() / 3.0;
            assert!((got - wanted).abs() < 1e-4, "channel {c}: {got} for {wanted}");
        }
        assert_eq!(after.0["stage1.norm.weight"], before.0["stage1.norm.weight"]);
        a.estimate_statistics(std::iter::empty::<Result<_, Error>>())
            .unwrap();
        assert_eq!(a.weights().unwrap(), after);
    }

    #[test]
    fn pictures_of_another_size_are_refused() {
        let x = Tensor::zeros([1, 3, 20, 16], (Kind::Float, Device::Cpu));
        let error = network(7).forward(&x, false).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cells);
    }
}
