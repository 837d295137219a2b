//! The int8 network: `QuantizeLinear`, a chain of `QLinearConv` and int8 `MaxPool`, an f32 head. This is
//! the one form that tract runs in integers.

use super::geometry::{conv_attributes, pool_attributes};
use super::proto::{INPUT, LOGITS, OnnxGraph, int};
use crate::quantise::{Layer, QuantizedConv, QuantizedNetwork, Quantum};

/// The bytes of an int8 ONNX model.
pub fn write_int8(network: &QuantizedNetwork) -> Vec<u8> {
    let mut onnx = OnnxGraph::default();
    let mut x = String::from("input.int8");
    let mut steps = write_quantum(&mut onnx, "input", Quantum::PIXEL);
    onnx.node("QuantizeLinear", &x, &[INPUT, &steps[0], &steps[1]], vec![]);
    for layer in &network.layers {
        let out = format!("{}.int8", layer.name());
        match layer {
            Layer::Conv(conv) => steps = write_conv(&mut onnx, conv, &x, &steps, &out),
            Layer::MaxPool { pool, .. } => onnx.node("MaxPool", &out, &[&x], pool_attributes(pool)),
        }
        x = out;
    }
    onnx.node(
        "DequantizeLinear",
        "head.real",
        &[&x, &steps[0], &steps[1]],
        vec![],
    );
    onnx.node("GlobalAveragePool", "head.mean", &["head.real"], vec![]);
    onnx.node("Flatten", "head.flat", &["head.mean"], vec![int("axis", 1)]);
    let weight = onnx.f32(
        "head.weight",
        &network.head_weight.shape,
        &network.head_weight.values,
    );
    let bias = onnx.f32("head.bias", &[network.labels()], &network.head_bias);
    onnx.node(
        "Gemm",
        LOGITS,
        &["head.flat", &weight, &bias],
        vec![int("transB", 1)],
    );
    let [c, h, w] = network.input;
    onnx.finish(&[1, c, h, w], &[1, network.labels()])
}

/// Scale and zero point as scalars.
fn write_quantum(onnx: &mut OnnxGraph, name: &str, quantum: Quantum) -> [String; 2] {
    [
        onnx.f32(&format!("{name}.scale"), &[], &[quantum.scale]),
        onnx.i8(&format!("{name}.zero"), &[], &[quantum.zero_point]),
    ]
}

fn write_conv(
    onnx: &mut OnnxGraph,
    conv: &QuantizedConv,
    x: &str,
    input: &[String; 2],
    out: &str,
) -> [String; 2] {
    let name = &conv.name;
    let weight = onnx.i8(&format!("{name}.weight"), &conv.weight_shape, &conv.weight);
    let weight_scale = onnx.f32(&format!("{name}.weight.scale"), &[], &[conv.weight_scale]);
    let weight_zero = onnx.i8(&format!("{name}.weight.zero"), &[], &[0]);
    let bias = onnx.i32(&format!("{name}.bias"), &[conv.bias.len()], &conv.bias);
    let output = write_quantum(onnx, &format!("{name}.output"), conv.output);
    let inputs = [
        x,
        &input[0],
        &input[1],
        &weight,
        &weight_scale,
        &weight_zero,
        &output[0],
        &output[1],
        &bias,
    ];
    onnx.node("QLinearConv", out, &inputs, conv_attributes(&conv.conv));
    output
}
