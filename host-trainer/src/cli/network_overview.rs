use blastscope_network::{Graph, account, onnx};
use serde::Serialize;

/// The figures of one network for one picture.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Overview {
    /// Name in recipes.
    pub name: String,
    /// Channels, height, width of the picture.
    pub input: Vec<usize>,
    /// Number of labels.
    pub labels: usize,
    /// Trained parameters.
    pub parameters: usize,
    /// Multiply-accumulates.
    pub macs: u64,
    /// Most bytes of activations at once.
    pub activation_bytes: usize,
    /// Bytes of the single-precision ONNX file.
    pub onnx_bytes: usize,
}

impl Overview {
    pub(crate) fn of(name: &str, graph: &Graph) -> anyhow::Result<Self> {
        let account = account::count(graph);
        Ok(Self {
            name: name.to_owned(),
            input: graph.input().with_batch(1).split_off(1),
            labels: graph.labels(),
            parameters: account.parameters,
            macs: account.macs,
            activation_bytes: account.peak_activation_bytes,
            onnx_bytes: onnx::f32_len(graph)?,
        })
    }
}
