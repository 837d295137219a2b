//! The networks of a package from one trained graph.

use super::agreement::Agreement;
use super::last_integers::LastIntegers;
use crate::network::LibtorchArithmetic;
use crate::{Error, ErrorKind};
use blastscope_inference::OnnxNetwork;
use blastscope_network::onnx::{write_f32, write_int8};
use blastscope_network::quantise::{Chain, QuantizedNetwork, quantise};
use blastscope_network::{Graph, Shape, Weights};
use blastscope_shared::preprocess::CellCrop;

/// What export made of a trained network.
#[derive(Debug, Clone)]
pub(crate) struct Exported {
    /// Channels, height, width.
    pub input: [usize; 3],
    /// Labels, two for a network with one logit.
    pub labels: usize,
    /// `network-f32.onnx`.
    pub f32: Vec<u8>,
    /// The int8 form, or why there is none.
    pub integers: Result<Integers, String>,
}

/// The int8 form of a network.
#[derive(Debug, Clone)]
pub(crate) struct Integers {
    /// `network-int8.onnx`.
    pub onnx: Vec<u8>,
    /// The int8 network as data.
    pub quantized: QuantizedNetwork,
    /// int8 (simulated) against f32 (in tract), on the calibration cells.
    pub agreement: Agreement,
}

/// Cells on which tract must compute the int8 network as the simulator does.
const PROOF_CELLS: usize = 8;

/// Writes a network in f32, and in int8 where it is a chain of dense convolutions: the one form that int8
/// is faster in. The int8 one is calibrated on training cells and compared. Refuses when tract does not
/// compute the int8 file as it was simulated, to one step.
pub(crate) fn export(
    graph: &Graph,
    weights: &Weights,
    calibration_cells: &[CellCrop],
) -> Result<Exported, Error> {
    let f32 = write_f32(graph, weights)?;
    let Shape::Map(input) = graph.input() else {
        return Err(Error::new(ErrorKind::Network, "the input is not a picture"));
    };
    let integers = match Chain::read(graph, weights) {
        Ok(_) => Ok(integers(graph, weights, &f32, calibration_cells)?),
        Err(e) => Err(e.to_string()),
    };
    Ok(Exported {
        input,
        labels: graph.labels(),
        f32,
        integers,
    })
}

fn integers(graph: &Graph, weights: &Weights, f32: &[u8], cells: &[CellCrop]) -> Result<Integers, Error> {
    let (quantized, _) = quantise(graph, weights, cells, &LibtorchArithmetic)?;
    let onnx = write_int8(&quantized);
    prove(&onnx, &quantized, &cells[..PROOF_CELLS.min(cells.len())])?;
    let single = OnnxNetwork::load(f32)?.all_logits(cells)?;
    let agreement = Agreement::between(&single, &quantized.simulate(cells, &LibtorchArithmetic)?.logits);
    Ok(Integers {
        onnx,
        quantized,
        agreement,
    })
}

fn prove(int8: &[u8], quantized: &QuantizedNetwork, cells: &[CellCrop]) -> Result<(), Error> {
    let expected = quantized.simulate(cells, &LibtorchArithmetic)?.last;
    let got = LastIntegers::of(int8, cells)?.values;
    let steps = expected.iter().zip(&got).map(|(a, b)| a.abs_diff(*b)).max();
    if expected.len() == got.len() && steps <= Some(1) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Inference,
        format!(
            "tract computes the int8 network otherwise than it was simulated ({} values for {}, up to {} steps apart): \
             export f32 alone, and report it",
            got.len(),
            expected.len(),
            steps.unwrap_or(0)
        ),
    ))
}
