//! The last int8 values of a network in tract, where two runtimes can be compared to one step.

use crate::durable_file;
use crate::{Error, ErrorKind};
use blastscope_inference::OnnxNetwork;
use blastscope_shared::package::{NumberFormat, Package, TrustedKey};
use blastscope_shared::preprocess::CellCrop;
use prost::Message;
use safetensors::SafeTensorError;
use safetensors::tensor::{Dtype, TensorView, serialize};
use std::path::Path;
use tract_onnx::pb::{ModelProto, ValueInfoProto};

/// The values before the f32 head of an int8 ONNX file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastIntegers {
    /// Cells, channels, height, width.
    pub shape: Vec<usize>,
    /// Row-major.
    pub values: Vec<i8>,
}

impl LastIntegers {
    /// Runs the network on cells in tract.
    pub fn of(onnx: &[u8], cells: &[CellCrop]) -> Result<Self, Error> {
        let runner = OnnxNetwork::load(&cut_before_head(onnx)?)?;
        let mut found = Self {
            shape: vec![],
            values: vec![],
        };
        for cell in cells {
            let (shape, values) = runner.first_output(cell)?;
            found.shape = shape;
            found.values.extend(values.iter().map(|v| *v as i8));
        }
        match found.shape.first_mut() {
            Some(batch) => *batch = cells.len(),
            None => return Err(Error::new(ErrorKind::Cells, "no cells to run the network on")),
        }
        Ok(found)
    }

    /// Writes those of a package's golden cells as `last_int8` of a `.safetensors` file.
    pub fn write(package: &[u8], trusted: &[TrustedKey], out: &Path) -> Result<(), Error> {
        let package = Package::open(package, trusted)?;
        let onnx = package
            .network(NumberFormat::Int8)
            .ok_or_else(|| malformed("no int8 network"))?;
        let found = Self::of(onnx, &package.golden()?.inputs)?;
        let bytes: Vec<u8> = found.values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let view = TensorView::new(Dtype::I8, found.shape, &bytes).map_err(unwritable)?;
        let file = serialize([("last_int8", view)], None).map_err(unwritable)?;
        durable_file::write(out, &file)
    }
}

fn malformed(why: &str) -> Error {
    Error::new(ErrorKind::Package, why)
}

fn unwritable(source: SafeTensorError) -> Error {
    let message = "the last integers cannot be brought into the form .safetensors";
    Error::with_source(ErrorKind::Package, message, source)
}

/// The same network with what `DequantizeLinear` takes as its output.
fn cut_before_head(onnx: &[u8]) -> Result<Vec<u8>, Error> {
    let mut model = ModelProto::decode(onnx)
        .map_err(|e| Error::with_source(ErrorKind::Package, "not an ONNX file", e))?;
    let graph = model
        .graph
        .as_mut()
        .ok_or_else(|| malformed("an ONNX file without graph"))?;
    let head = graph.node.iter().find(|n| n.op_type == "DequantizeLinear");
    let last = head.and_then(|n| n.input.first()).cloned();
    let last = last.ok_or_else(|| malformed("an ONNX file without integer values"))?;
    graph.output = vec![ValueInfoProto {
        name: last,
        ..ValueInfoProto::default()
    }];
    Ok(model.encode_to_vec())
}
