//! ONNX messages, as few as our networks need.

use prost::Message;
use tract_onnx::pb::attribute_proto::AttributeType;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::tensor_shape_proto::{Dimension, dimension};
use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto, TensorShapeProto,
    TypeProto, ValueInfoProto, type_proto,
};

/// Name of the network's input.
pub(super) const INPUT: &str = "input";
/// Name of the network's output.
pub(super) const LOGITS: &str = "logits";

/// An ONNX graph under construction.
#[derive(Default)]
pub(super) struct OnnxGraph(GraphProto);

impl OnnxGraph {
    /// Adds a node of one output that bears the output's name.
    pub(super) fn node(&mut self, op: &str, output: &str, inputs: &[&str], attributes: Vec<AttributeProto>) {
        self.0.node.push(NodeProto {
            op_type: op.into(),
            name: output.into(),
            input: inputs.iter().map(ToString::to_string).collect(),
            output: vec![output.into()],
            attribute: attributes,
            ..NodeProto::default()
        });
    }

    /// Adds f32 constants; no sizes make a scalar.
    pub(super) fn f32(&mut self, name: &str, shape: &[usize], values: &[f32]) -> String {
        let mut raw = Vec::with_capacity(size_of_val(values));
        values
            .iter()
            .for_each(|v| raw.extend_from_slice(&v.to_le_bytes()));
        self.tensor(name, DataType::Float, shape, raw)
    }

    /// Adds int8 constants; no sizes make a scalar.
    pub(super) fn i8(&mut self, name: &str, shape: &[usize], values: &[i8]) -> String {
        let raw = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.tensor(name, DataType::Int8, shape, raw)
    }

    /// Adds int32 constants; no sizes make a scalar.
    pub(super) fn i32(&mut self, name: &str, shape: &[usize], values: &[i32]) -> String {
        let raw = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.tensor(name, DataType::Int32, shape, raw)
    }

    fn tensor(&mut self, name: &str, kind: DataType, shape: &[usize], raw_data: Vec<u8>) -> String {
        self.0.initializer.push(TensorProto {
            name: name.into(),
            dims: dims(shape),
            data_type: kind as i32,
            raw_data,
            ..TensorProto::default()
        });
        name.into()
    }

    /// The bytes of the model, with its input and output of f32.
    pub(super) fn finish(self, input: &[usize], output: &[usize]) -> Vec<u8> {
        self.into_model(input, output).encode_to_vec()
    }

    /// How many bytes [`Self::finish`] would give if all constants that lack their numbers had them. protobuf
    /// writes a part as one byte of tag, its length and its content; only lengths change.
    pub(super) fn finished_len(self, input: &[usize], output: &[usize]) -> usize {
        let mut model = self.into_model(input, output);
        let constants = model.graph.as_mut().map(|g| std::mem::take(&mut g.initializer));
        let with_numbers = |t: TensorProto| {
            let values: usize = t.dims.iter().map(|d| *d as usize).product();
            let raw = match t.raw_data.len() {
                0 => part(values * size_of::<f32>()),
                _ => 0,
            };
            part(t.encoded_len() + raw)
        };
        let constants: usize = constants.into_iter().flatten().map(with_numbers).sum();
        let graph = model.graph.take().map_or(0, |g| g.encoded_len());
        model.encoded_len() + part(graph + constants)
    }

    fn into_model(mut self, input: &[usize], output: &[usize]) -> ModelProto {
        self.0.name = "blastscope".into();
        self.0.input = vec![value(INPUT, input)];
        self.0.output = vec![value(LOGITS, output)];
        ModelProto {
            ir_version: 8,
            opset_import: vec![OperatorSetIdProto {
                domain: String::new(),
                version: 14,
            }],
            producer_name: "blastscope-train".into(),
            producer_version: env!("CARGO_PKG_VERSION").into(),
            graph: Some(self.0),
            ..ModelProto::default()
        }
    }
}

/// Length of a part of so many bytes with its tag and length; the tags of all parts here take one byte.
fn part(content: usize) -> usize {
    1 + prost::length_delimiter_len(content) + content
}

/// An attribute of one integer.
pub(super) fn int(name: &str, i: i64) -> AttributeProto {
    AttributeProto {
        name: name.into(),
        r#type: AttributeType::Int as i32,
        i,
        ..AttributeProto::default()
    }
}

/// An attribute of one f32.
pub(super) fn float(name: &str, f: f32) -> AttributeProto {
    AttributeProto {
        name: name.into(),
        r#type: AttributeType::Float as i32,
        f,
        ..AttributeProto::default()
    }
}

/// An attribute of sizes.
pub(super) fn ints(name: &str, values: &[usize]) -> AttributeProto {
    AttributeProto {
        name: name.into(),
        r#type: AttributeType::Ints as i32,
        ints: dims(values),
        ..AttributeProto::default()
    }
}

fn dims(shape: &[usize]) -> Vec<i64> {
    shape.iter().map(|s| *s as i64).collect()
}

fn value(name: &str, shape: &[usize]) -> ValueInfoProto {
    let dimension = |size: i64| Dimension {
        value: Some(dimension::Value::DimValue(size)),
        ..Dimension::default()
    };
    let tensor = type_proto::Tensor {
        elem_type: DataType::Float as i32,
        shape: Some(TensorShapeProto {
            dim: dims(shape).into_iter().map(dimension).collect(),
        }),
    };
    ValueInfoProto {
        name: name.into(),
        r#type: Some(TypeProto {
            value: Some(type_proto::Value::TensorType(tensor)),
            ..TypeProto::default()
        }),
        ..ValueInfoProto::default()
    }
}
