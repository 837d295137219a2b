//! Networks and cells for tests: every weight and running statistic drawn, cells like blobs on black.

use blastscope_network::parameters::Role;
use blastscope_network::{Array, Builder, Conv, Graph, NodeId, Op, Pool, Weights, parameters};
use blastscope_shared::preprocess::CellCrop;
use blastscope_shared::random::SplitMix64;

/// Weights in which no norm is the identity.
pub(crate) fn weights(graph: &Graph, seed: u64) -> Weights {
    let mut random = SplitMix64::new(seed);
    let draw = |p: parameters::Parameter| {
        let value = |r: &mut SplitMix64| match p.role {
            Role::Weight { fan_in }
            | Role::NormalWeight { fan_in, .. }
            | Role::BoundedWeight { fan_in, .. } => r.normal() * (2.0 / fan_in as f32).sqrt(),
            Role::Scale => r.range(0.3, 2.0),
            Role::Shift | Role::RunningMean => r.range(-0.5, 0.5),
            Role::RunningVariance => r.range(0.2, 3.0),
        };
        let count = p.shape.iter().product::<usize>();
        let values = (0..count).map(|_| value(&mut random)).collect();
        (
            p.name,
            Array {
                shape: p.shape,
                values,
            },
        )
    };
    Weights(parameters::of_graph(graph).into_iter().map(draw).collect())
}

/// Cells of one of two classes: class 1 is larger and redder. Black outside.
pub(crate) fn cells(count: usize, size: u32, seed: u64) -> (Vec<CellCrop>, Vec<usize>) {
    let mut random = SplitMix64::new(seed);
    (0..count)
        .map(|i| (cell(size, i % 2, &mut random), i % 2))
        .unzip()
}

fn cell(size: u32, class: usize, random: &mut SplitMix64) -> CellCrop {
    let shift = if class == 1 { 0.08 } else { 0.0 };
    let middle = size as f32 / 2.0 + random.range(-1.5, 1.5);
    let radius = size as f32 * (random.range(0.22, 0.36) + shift);
    let colour = [
        random.range(90.0, 150.0) + 600.0 * shift,
        random.range(60.0, 110.0),
        random.range(110.0, 170.0),
    ];
    let mut planes = Vec::new();
    for channel in colour {
        for y in 0..size {
            for x in 0..size {
                let (dx, dy) = (x as f32 - middle, y as f32 - middle);
                let inside = dx * dx + dy * dy < radius * radius;
                let value = channel + random.normal() * 12.0 + (dx * 0.7).sin() * 15.0;
                planes.push(if inside { value.clamp(1.0, 255.0) as u8 } else { 0 });
            }
        }
    }
    CellCrop::from_planes(size, planes).unwrap()
}

/// A small graph in which every operation occurs.
pub(crate) fn every_operation(size: usize) -> Graph {
    let mut b = Builder::new([3, size, size]).unwrap();
    let x = b.input();
    let (mean, sd) = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);
    let x = b.push("normalise", Op::Normalise { mean, sd }, &[x]).unwrap();
    let stem = Conv {
        kernel: [5, 3],
        padding: [2, 1],
        stride: [2, 1],
        bias: true,
        ..Conv::same(8, 3)
    };
    let x = b.conv("stem", x, stem).unwrap();
    let x = b.batch_norm("stem.norm", x).unwrap();
    let x = b.push("stem.silu", Op::Silu, &[x]).unwrap();
    let x = b
        .avg_pool(
            "shrink",
            x,
            Pool {
                kernel: [1, 2],
                stride: [1, 2],
                padding: [0, 0],
            },
        )
        .unwrap();
    let grouped = Conv {
        groups: 4,
        dilation: [2, 2],
        padding: [2, 2],
        ..Conv::same(8, 3)
    };
    let y = b.conv("grouped", x, grouped).unwrap();
    let y = b.push("grouped.relu6", Op::Relu6, &[y]).unwrap();
    // A norm that follows no convolution stays in the file.
    let y = b.batch_norm("lone.norm", y).unwrap();
    let z = b
        .conv(
            "gate",
            x,
            Conv {
                bias: true,
                ..Conv::same(8, 1)
            },
        )
        .unwrap();
    let z = b.push("gate.sigmoid", Op::Sigmoid, &[z]).unwrap();
    let sum = b.add("sum", &[x, y, z]).unwrap();
    // One number a channel, as squeeze and excitation has it.
    let squeezed = b.global_average_pool("squeeze", y).unwrap();
    let squeezed = b
        .conv(
            "excite",
            squeezed,
            Conv {
                bias: true,
                ..Conv::same(8, 1)
            },
        )
        .unwrap();
    let excited = b.push("excite.selu6", Op::Selu6, &[squeezed]).unwrap();
    let y = b.multiply("scaled", y, excited).unwrap();
    let y = b.push("deep", Op::StochasticDepth { rate: 0.2 }, &[y]).unwrap();
    let both = b.concat("both", &[sum, y]).unwrap();
    let x = b.relu("both.relu", both).unwrap();
    let x = b.max_pool("pool", x, Pool::square(3, 2, 1)).unwrap();
    let x = b.avg_pool("mean", x, Pool::square(3, 2, 1)).unwrap();
    let x = b
        .push("padded", Op::ZeroPaddedAvgPool(Pool::square(3, 1, 1)), &[x])
        .unwrap();
    let x = b.flatten("flat", x).unwrap();
    let x = b.linear("dense", x, 6).unwrap();
    let x = b.batch_norm("vector.norm", x).unwrap();
    let x = b.linear("logits", x, 3).unwrap();
    b.build(x).unwrap()
}

/// Pool, flatten, dropout, linear.
pub(crate) fn head(mut b: Builder, x: NodeId, labels: usize) -> Graph {
    let x = b.global_average_pool("head.pool", x).unwrap();
    let x = b.flatten("head.flatten", x).unwrap();
    let x = b.dropout("head.dropout", x, 0.3).unwrap();
    let x = b.linear("head.linear", x, labels).unwrap();
    b.build(x).unwrap()
}
