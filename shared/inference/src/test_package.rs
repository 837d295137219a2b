//! A model package for tests: a network that adds up how much cell there is, signed by a fresh key.
//! Larger and paler cells are blasts to it, which suits the synthetic camera.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use blastscope_shared::Error;
use blastscope_shared::calibration::Calibration;
use blastscope_shared::class::LabelSet;
use blastscope_shared::package::{DataSource, FORMAT, Golden, Manifest, NumberFormat, PREPROCESSING, build};
use blastscope_shared::preprocess::{CellCrop, InputSpec};
use blastscope_shared::random::SplitMix64;
use prost::Message;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tract_onnx::pb;
use tract_onnx::prelude::*;

/// Side of the network's input, pixels.
pub const SIZE: u32 = 48;
/// Scale of its input, nanometres a pixel: the window is 19 µm across.
pub const SCALE: u32 = 400;

/// A package on disk with the key that it was signed with.
pub struct TestPackage {
    /// The package.
    pub package: PathBuf,
    /// The public key.
    pub key: PathBuf,
}

impl TestPackage {
    /// Writes a sound package into a folder.
    pub fn write(folder: &Path) -> Self {
        Self::write_with(folder, |_| {}, |_| {})
    }

    /// Writes a package with a changed manifest or golden part; the signature is sound.
    pub fn write_with(folder: &Path, change: impl Fn(&mut Manifest), spoil: impl Fn(&mut Golden)) -> Self {
        let pair = minisign::KeyPair::generate_unencrypted_keypair().unwrap();
        let mut manifest = manifest();
        change(&mut manifest);
        let (labels, outputs) = (manifest.labels.len(), manifest.outputs());
        let networks: BTreeMap<NumberFormat, Vec<u8>> = NumberFormat::ALL
            .map(|p| (p, network(p, labels, outputs)))
            .into_iter()
            .collect();
        let inputs = golden_inputs();
        let logits = networks
            .iter()
            .map(|(p, bytes)| (*p, run(bytes, &inputs)))
            .collect();
        let mut golden = Golden { inputs, logits };
        spoil(&mut golden);
        let bytes = build(manifest, &networks, &golden, "# A package for tests\n", |text| {
            let text = std::io::Cursor::new(text);
            let signature = minisign::sign(Some(&pair.pk), &pair.sk, text, None, None);
            Ok::<_, Error>(signature.unwrap().to_string())
        });
        let (package, key) = (folder.join("test.bsm"), folder.join("test.pub"));
        std::fs::write(&package, bytes.unwrap()).unwrap();
        std::fs::write(&key, pair.pk.to_box().unwrap().to_string()).unwrap();
        Self { package, key }
    }
}

fn manifest() -> Manifest {
    Manifest {
        format: FORMAT,
        name: "test".into(),
        version: "1.0.0".into(),
        created: "2026-11-20".into(),
        labels: LabelSet::lymphoblast(),
        roles: BTreeMap::new(),
        input: InputSpec::masked_cell(SIZE, SCALE),
        preprocessing: PREPROCESSING.into(),
        calibration: Calibration {
            temperature: 1.0,
            threshold: 0.5,
            abstain: [0.4, 0.6],
        },
        performance: None,
        errors: None,
        unknown: None,
        precisions: vec![],
        stain: None,
        golden_tolerance: [(NumberFormat::F32, 1e-3), (NumberFormat::Int8, 1e-2)].into(),
        subjects: vec!["nobody".into()],
        metrics: serde_json::json!({}),
        data: vec![DataSource {
            name: "none".into(),
            licence: "none".into(),
            citation: "none".into(),
            cells: 0,
        }],
        parts: BTreeMap::new(),
    }
}

fn golden_inputs() -> Vec<CellCrop> {
    let mut random = SplitMix64::new(16);
    let mut crop = |share: f32| {
        let mut value = || {
            if random.unit() < share {
                128 + (random.next_u64() >> 57) as u8
            } else {
                0
            }
        };
        CellCrop::from_planes(SIZE, (0..3 * SIZE * SIZE).map(|_| value()).collect()).unwrap()
    };
    (0..16u8).map(|i| crop(f32::from(i) / 15.0)).collect()
}

fn run(network: &[u8], inputs: &[CellCrop]) -> Vec<Vec<f32>> {
    let model = onnx().model_for_read(&mut &*network).unwrap();
    let model = model.into_optimized().unwrap().into_runnable().unwrap();
    let side = SIZE as usize;
    let logits = |crop: &CellCrop| {
        let input = Tensor::from_shape(&[1, 3, side, side], &crop.input()).unwrap();
        let output = model.run(tvec!(input.into_tvalue())).unwrap();
        output[0]
            .to_plain_array_view::<f32>()
            .unwrap()
            .iter()
            .copied()
            .collect()
    };
    inputs.iter().map(logits).collect()
}

/// Mean of each channel, then one linear layer. The int8 one rounds its input to 8 bits first. The first
/// label grows with what there is, the second shrinks, further ones are between. Each number of the point behind the
/// logits is how much there is: the sum of the means of the channels.
fn network(precision: NumberFormat, labels: usize, outputs: usize) -> Vec<u8> {
    let mut nodes = Vec::new();
    let mut weight = vec![14.0, 14.0, 14.0, -14.0, -14.0, -14.0];
    let mut bias = vec![-6.6, 6.6];
    weight.resize(labels * 3, 0.0);
    weight.resize(outputs * 3, 1.0);
    bias.resize(outputs, 0.0);
    let rows = outputs as i64;
    let mut initializers = vec![
        floats("weight", &[rows, 3], &weight),
        floats("bias", &[rows], &bias),
    ];
    let mut pixels = "input";
    if precision == NumberFormat::Int8 {
        initializers.push(floats("scale", &[], &[1.0 / 127.0]));
        initializers.push(pb::TensorProto {
            name: "zero".into(),
            data_type: pb::tensor_proto::DataType::Int8 as i32,
            int32_data: vec![0],
            ..Default::default()
        });
        nodes.push(node("QuantizeLinear", &["input", "scale", "zero"], "quantized"));
        nodes.push(node(
            "DequantizeLinear",
            &["quantized", "scale", "zero"],
            "rounded",
        ));
        pixels = "rounded";
    }
    nodes.push(node("GlobalAveragePool", &[pixels], "pooled"));
    nodes.push(node("Flatten", &["pooled"], "flat"));
    let mut gemm = node("Gemm", &["flat", "weight", "bias"], "logits");
    gemm.attribute.push(pb::AttributeProto {
        name: "transB".into(),
        r#type: pb::attribute_proto::AttributeType::Int as i32,
        i: 1,
        ..Default::default()
    });
    nodes.push(gemm);
    let graph = pb::GraphProto {
        name: "test".into(),
        node: nodes,
        initializer: initializers,
        input: vec![value("input", &[1, 3, i64::from(SIZE), i64::from(SIZE)])],
        output: vec![value("logits", &[1, rows])],
        ..Default::default()
    };
    let opset = pb::OperatorSetIdProto {
        domain: String::new(),
        version: 14,
    };
    pb::ModelProto {
        ir_version: 8,
        opset_import: vec![opset],
        graph: Some(graph),
        ..Default::default()
    }
    .encode_to_vec()
}

fn node(operator: &str, inputs: &[&str], output: &str) -> pb::NodeProto {
    pb::NodeProto {
        name: output.into(),
        op_type: operator.into(),
        input: inputs.iter().map(ToString::to_string).collect(),
        output: vec![output.into()],
        ..Default::default()
    }
}

fn floats(name: &str, dims: &[i64], values: &[f32]) -> pb::TensorProto {
    pb::TensorProto {
        name: name.into(),
        dims: dims.to_vec(),
        data_type: pb::tensor_proto::DataType::Float as i32,
        float_data: values.to_vec(),
        ..Default::default()
    }
}

fn value(name: &str, dims: &[i64]) -> pb::ValueInfoProto {
    use pb::tensor_shape_proto::{Dimension, dimension::Value};
    let dimension = |d: &i64| Dimension {
        value: Some(Value::DimValue(*d)),
        ..Default::default()
    };
    let tensor = pb::type_proto::Tensor {
        elem_type: pb::tensor_proto::DataType::Float as i32,
        shape: Some(pb::TensorShapeProto {
            dim: dims.iter().map(dimension).collect(),
        }),
    };
    pb::ValueInfoProto {
        name: name.into(),
        r#type: Some(pb::TypeProto {
            value: Some(pb::type_proto::Value::TensorType(tensor)),
            ..Default::default()
        }),
        ..Default::default()
    }
}
