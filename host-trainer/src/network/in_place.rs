//! Which activations may be written over what they are computed from: a third of the memory traffic of a small
//! network, and none of its numbers, depends on it.

use blastscope_network::{Graph, Op};

/// For each node, whether it may overwrite its input: nobody else takes that, and what made it does not look
/// at it again on the way back.
pub(super) fn overwriting(graph: &Graph) -> Vec<bool> {
    let may = |op: &Op| matches!(op, Op::Relu | Op::Relu6);
    let forgets = |op: &Op, inputs: usize| match op {
        Op::BatchNorm { .. } | Op::Conv(_) | Op::Linear { .. } => true,
        // Of one input it would be the input itself.
        Op::Add => inputs > 1,
        _ => false,
    };
    let nodes = graph.iter().map(|(_, node)| match node.inputs.as_slice() {
        [input] if may(&node.op) => {
            let maker = graph.node(*input);
            forgets(&maker.op, maker.inputs.len()) && graph.users(*input).count() == 1
        }
        _ => false,
    });
    nodes.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Network;
    use blastscope_network::by_name;
    use blastscope_network::zoo::{DenseSpec, dense};
    use tch::{Device, Kind, Tensor};

    #[test]
    fn values_that_are_asked_for_are_kept_and_gradients_are_those_of_a_copy() {
        tch::set_num_threads(1);
        let graph = dense(&DenseSpec::default(), 32, 2).unwrap();
        assert_eq!(overwriting(&graph).iter().filter(|o| **o).count(), 7);
        let network = Network::new(&graph, Device::Cpu, 3).unwrap();
        let x = Tensor::rand([4, 3, 32, 32], (Kind::Float, Device::Cpu));
        let gradients = |wanted: &[_]| -> Vec<Vec<f32>> {
            network.trainable().iter_mut().for_each(|(_, v)| v.zero_grad());
            tch::manual_seed(1);
            let out = network.forward_to(&x, true, wanted).unwrap().pop().unwrap();
            out.square().sum(Kind::Float).backward();
            let of = |v: &Tensor| Vec::try_from(v.grad().flatten(0, -1)).unwrap();
            network.trainable().iter().map(|(_, v)| of(v)).collect()
        };
        // Asked for, every value is kept: nothing is overwritten then.
        let all: Vec<_> = graph.iter().map(|(id, _)| id).collect();
        assert_eq!(gradients(&all), gradients(&[graph.output()]));
        let norm = graph.iter().find(|(_, n)| n.name == "stage1.norm").unwrap().0;
        let kept = network.forward_to(&x, true, &[norm]).unwrap().remove(0);
        assert!(
            kept.min().double_value(&[]) < 0.0,
            "the norm as it was before the activation"
        );
    }

    #[test]
    fn what_others_take_too_is_not_overwritten() {
        // The sum of a residual block goes on past the activation of the next one.
        let graph = by_name("resnet18", 32, 2, &toml::Table::new()).unwrap();
        let over = overwriting(&graph);
        for (id, node) in graph.iter() {
            if over[id.index()] {
                assert_eq!(graph.users(node.inputs[0]).count(), 1, "{}", node.name);
            }
        }
        assert!(over.iter().any(|o| *o));
        let densenet = by_name("densenet121", 32, 2, &toml::Table::new()).unwrap();
        let input_is_norm = |id: usize| {
            let (_, node) = densenet.iter().nth(id).unwrap();
            matches!(densenet.node(node.inputs[0]).op, Op::BatchNorm { .. })
        };
        let over = overwriting(&densenet);
        assert!((0..over.len()).filter(|i| over[*i]).all(input_is_norm));
    }
}
