//! What a head computes over the cell, in operators that every runtime has.

use super::geometry::pool_attributes;
use super::proto::{OnnxGraph, int, ints};
use crate::{MASK_EPS, Pool, Shape};

/// ONNX's number of the element type f32.
const FLOAT: i64 = 1;

/// [`crate::Op::CellMask`].
pub(super) fn cell(onnx: &mut OnnxGraph, out: &str, picture: &str) {
    let [brightest, above] = ["brightest", "above"].map(|part| format!("{out}.{part}"));
    let zero = onnx.f32(&format!("{out}.zero"), &[], &[0.0]);
    let over_colours = vec![ints("axes", &[1]), int("keepdims", 1)];
    onnx.node("ReduceMax", &brightest, &[picture], over_colours);
    onnx.node("Greater", &above, &[&brightest, &zero], vec![]);
    onnx.node("Cast", out, &[&above], vec![int("to", FLOAT)]);
}

/// [`crate::Op::LogArea`].
pub(super) fn log_area(onnx: &mut OnnxGraph, out: &str, mask: &str) {
    let [share, sound] = ["share", "sound"].map(|part| format!("{out}.{part}"));
    let eps = onnx.f32(&format!("{out}.eps"), &[], &[MASK_EPS as f32]);
    onnx.node("ReduceMean", &share, &[mask], over_pixels(false));
    onnx.node("Add", &sound, &[&share, &eps], vec![]);
    onnx.node("Log", out, &[&sound], vec![]);
}

/// [`crate::Op::MaskedStatistics`]: sums are means times the pixels of the map, which both sides of the weights'
/// quotient share.
pub(super) fn statistics(
    onnx: &mut OnnxGraph,
    out: &str,
    [map, mask]: [&str; 2],
    [map_shape, mask_shape]: [Shape; 2],
    eps: f64,
) {
    let value = |part: &str| format!("{out}.{part}");
    let constant = |onnx: &mut OnnxGraph, part: &str, v: f64| onnx.f32(&value(part), &[], &[v as f32]);
    let pixels = map_shape.area() as f64;
    let kernel = factor(map_shape, mask_shape);
    let mask = if kernel == [1, 1] {
        mask.to_owned()
    } else {
        let stride = kernel;
        let pool = Pool {
            kernel,
            stride,
            padding: [0, 0],
        };
        onnx.node("AveragePool", &value("mask"), &[mask], pool_attributes(&pool));
        value("mask")
    };
    let small = constant(onnx, "least", MASK_EPS / pixels);
    onnx.node("ReduceMean", &value("share"), &[&mask], over_pixels(true));
    onnx.node("Add", &value("sum"), &[&value("share"), &small], vec![]);
    onnx.node("Div", &value("weights"), &[&mask, &value("sum")], vec![]);
    onnx.node("Mul", &value("weighed"), &[map, &value("weights")], vec![]);
    onnx.node(
        "ReduceMean",
        &value("centre"),
        &[&value("weighed")],
        over_pixels(true),
    );
    onnx.node("Sub", &value("apart"), &[map, &value("centre")], vec![]);
    onnx.node(
        "Mul",
        &value("squares"),
        &[&value("apart"), &value("apart")],
        vec![],
    );
    onnx.node(
        "Mul",
        &value("spread"),
        &[&value("squares"), &value("weights")],
        vec![],
    );
    onnx.node(
        "ReduceMean",
        &value("variance"),
        &[&value("spread")],
        over_pixels(false),
    );
    let eps = constant(onnx, "eps", eps);
    onnx.node("Add", &value("sound"), &[&value("variance"), &eps], vec![]);
    onnx.node("Sqrt", &value("deviation"), &[&value("sound")], vec![]);
    onnx.node(
        "Flatten",
        &value("mean"),
        &[&value("centre")],
        vec![int("axis", 1)],
    );
    let both = [&*value("mean"), &*value("deviation")];
    onnx.node("Concat", out, &both, vec![int("axis", 1)]);
}

fn over_pixels(keep: bool) -> Vec<tract_onnx::pb::AttributeProto> {
    vec![ints("axes", &[2, 3]), int("keepdims", i64::from(keep))]
}

/// How many pixels of the mask, down and across, lie in one of the map.
fn factor(map: Shape, mask: Shape) -> [usize; 2] {
    match (map, mask) {
        (Shape::Map([_, h, w]), Shape::Map([_, y, x])) => [y / h, x / w],
        _ => [1, 1],
    }
}
