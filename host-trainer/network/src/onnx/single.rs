//! The single-precision network.

use super::geometry::{conv_attributes, pool_attributes};
use super::masked;
use super::proto::{INPUT, LOGITS, OnnxGraph, float, int};
use crate::fold_batch_norm::{fold_batch_norm, folded_graph};
use crate::{Array, Error, Graph, Node, NodeId, Op, Weights, parameters};

/// The bytes of a single-precision ONNX model of the network in evaluation, norms folded.
pub fn write_f32(graph: &Graph, weights: &Weights) -> Result<Vec<u8>, Error> {
    let (graph, weights) = fold_batch_norm(graph, weights)?;
    let onnx = write_folded(&graph, &weights)?;
    Ok(onnx.finish(&graph.input().with_batch(1), &[1, graph.labels()]))
}

/// The exact length of [`write_f32`]'s result, for any weights: the same messages are made with constants of
/// the right sizes that hold no numbers, whose bytes are then added.
pub fn f32_len(graph: &Graph) -> Result<usize, Error> {
    let graph = folded_graph(graph)?;
    let hollow = |p: parameters::Parameter| {
        let array = Array {
            shape: p.shape,
            values: vec![],
        };
        (p.name, array)
    };
    let weights = Weights(parameters::of_graph(&graph).into_iter().map(hollow).collect());
    let onnx = write_folded(&graph, &weights)?;
    Ok(onnx.finished_len(&graph.input().with_batch(1), &[1, graph.labels()]))
}

fn write_folded(graph: &Graph, weights: &Weights) -> Result<OnnxGraph, Error> {
    let mut onnx = OnnxGraph::default();
    for (id, node) in graph.iter() {
        let inputs: Vec<String> = node.inputs.iter().map(|i| value_name(graph, *i)).collect();
        write_node(&mut onnx, graph, node, &value_name(graph, id), &inputs, weights)?;
    }
    Ok(onnx)
}

fn value_name(graph: &Graph, id: NodeId) -> String {
    let node = graph.node(id);
    match node.op {
        Op::Input => INPUT.into(),
        _ if id == graph.output() => LOGITS.into(),
        _ => format!("{}.out", node.name),
    }
}

fn write_node(
    onnx: &mut OnnxGraph,
    graph: &Graph,
    node: &Node,
    out: &str,
    inputs: &[String],
    weights: &Weights,
) -> Result<(), Error> {
    let x = inputs.first().map_or(INPUT, String::as_str);
    let constant = |onnx: &mut OnnxGraph, suffix: &str| -> Result<String, Error> {
        let name = format!("{}.{suffix}", node.name);
        let array = weights.get(&name)?;
        Ok(onnx.f32(&name, &array.shape, &array.values))
    };
    match node.op {
        Op::Input => {}
        Op::Conv(conv) => {
            let mut all = vec![x.to_owned(), constant(onnx, "weight")?];
            if conv.bias {
                all.push(constant(onnx, "bias")?);
            }
            let all: Vec<&str> = all.iter().map(String::as_str).collect();
            onnx.node("Conv", out, &all, conv_attributes(&conv));
        }
        Op::BatchNorm { eps, .. } => {
            let (w, b) = (constant(onnx, "weight")?, constant(onnx, "bias")?);
            let (m, v) = (constant(onnx, "running_mean")?, constant(onnx, "running_var")?);
            let eps = vec![float("epsilon", eps as f32)];
            onnx.node("BatchNormalization", out, &[x, &w, &b, &m, &v], eps);
        }
        Op::Relu => onnx.node("Relu", out, &[x], vec![]),
        Op::Relu6 => {
            let low = onnx.f32(&format!("{}.low", node.name), &[], &[0.0]);
            let high = onnx.f32(&format!("{}.high", node.name), &[], &[6.0]);
            onnx.node("Clip", out, &[x, &low, &high], vec![]);
        }
        Op::Selu6 => {
            let selu = format!("{}.selu", node.name);
            onnx.node("Selu", &selu, &[x], vec![]);
            // SELU stays above -1.76: the lower bound changes nothing, and makes Clip complete.
            let low = onnx.f32(&format!("{}.low", node.name), &[], &[-2.0]);
            let high = onnx.f32(&format!("{}.high", node.name), &[], &[6.0]);
            onnx.node("Clip", out, &[&selu, &low, &high], vec![]);
        }
        Op::Silu => {
            let gate = format!("{}.gate", node.name);
            onnx.node("Sigmoid", &gate, &[x], vec![]);
            onnx.node("Mul", out, &[x, &gate], vec![]);
        }
        Op::Sigmoid => onnx.node("Sigmoid", out, &[x], vec![]),
        Op::Add => {
            let mut sum = x.to_owned();
            for (i, other) in inputs.iter().enumerate().skip(1) {
                let last = i + 1 == inputs.len();
                let next = if last {
                    out.to_owned()
                } else {
                    format!("{}.sum{i}", node.name)
                };
                onnx.node("Add", &next, &[&sum, other], vec![]);
                sum = next;
            }
        }
        Op::Mul => {
            let both: Vec<&str> = inputs.iter().map(String::as_str).collect();
            onnx.node("Mul", out, &both, vec![]);
        }
        Op::Concat => {
            let all: Vec<&str> = inputs.iter().map(String::as_str).collect();
            onnx.node("Concat", out, &all, vec![int("axis", 1)]);
        }
        Op::MaxPool(pool) => onnx.node("MaxPool", out, &[x], pool_attributes(&pool)),
        Op::AvgPool(pool) => onnx.node("AveragePool", out, &[x], pool_attributes(&pool)),
        Op::ZeroPaddedAvgPool(pool) => {
            let mut attributes = pool_attributes(&pool);
            attributes.push(int("count_include_pad", 1));
            onnx.node("AveragePool", out, &[x], attributes);
        }
        Op::GlobalAveragePool => onnx.node("GlobalAveragePool", out, &[x], vec![]),
        Op::Flatten => onnx.node("Flatten", out, &[x], vec![int("axis", 1)]),
        Op::Dropout { .. } | Op::StochasticDepth { .. } => onnx.node("Identity", out, &[x], vec![]),
        Op::Normalise { mean, sd } => {
            let mut colours = |suffix: &str, values: [f64; 3]| {
                let name = format!("{}.{suffix}", node.name);
                onnx.f32(&name, &[1, 3, 1, 1], &values.map(|v| v as f32))
            };
            let (mean, sd) = (colours("mean", mean), colours("sd", sd));
            let centred = format!("{}.centred", node.name);
            onnx.node("Sub", &centred, &[x, &mean], vec![]);
            onnx.node("Div", out, &[&centred, &sd], vec![]);
        }
        Op::CellMask => masked::cell(onnx, out, x),
        Op::LogArea => masked::log_area(onnx, out, x),
        Op::MaskedStatistics { eps } => {
            if let [map, mask] = node
                .inputs
                .iter()
                .map(|i| graph.node(*i).shape)
                .collect::<Vec<_>>()[..]
            {
                masked::statistics(onnx, out, [x, &inputs[1]], [map, mask], eps);
            }
        }
        Op::Linear { bias, .. } => {
            let mut all = vec![x.to_owned(), constant(onnx, "weight")?];
            if bias {
                all.push(constant(onnx, "bias")?);
            }
            let all: Vec<&str> = all.iter().map(String::as_str).collect();
            onnx.node("Gemm", out, &all, vec![int("transB", 1)]);
        }
    }
    Ok(())
}
