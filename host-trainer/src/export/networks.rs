//! Both networks of a package from one trained graph.

use super::agreement::Agreement;
use super::last_integers::LastIntegers;
use super::onnx::{write_f32, write_int8};
use super::tract_runner::TractRunner;
use crate::network::{Error, ErrorKind, Graph, Weights};
use crate::quantize::{LayerReport, QuantizedNetwork, quantize};
use blastscope_shared::preprocess::CellCrop;
use serde::Serialize;

/// What export made of a trained network.
#[derive(Debug, Clone)]
pub struct Exported {
    /// `network-f32.onnx`.
    pub f32: Vec<u8>,
    /// `network-int8.onnx`.
    pub int8: Vec<u8>,
    /// The int8 network as data.
    pub quantized: QuantizedNetwork,
    /// How well it went.
    pub report: ExportReport,
}

/// How well quantisation went.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExportReport {
    /// One entry a convolution.
    pub layers: Vec<LayerReport>,
    /// int8 (simulated) against f32 (in tract), on the calibration cells.
    pub agreement: Agreement,
    /// Size of the f32 file.
    pub f32_bytes: usize,
    /// Size of the int8 file.
    pub int8_bytes: usize,
}

/// Cells on which tract must compute the int8 network as the simulator does.
const PROOF_CELLS: usize = 8;

/// Writes both networks, the int8 one calibrated on training cells, and compares them. Refuses when
/// tract does not compute the int8 file as it was simulated, to one step.
pub fn export(graph: &Graph, weights: &Weights, calibration_cells: &[CellCrop]) -> Result<Exported, Error> {
    let f32 = write_f32(graph, weights)?;
    let (quantized, layers) = quantize(graph, weights, calibration_cells)?;
    let int8 = write_int8(&quantized);
    prove(
        &int8,
        &quantized,
        &calibration_cells[..PROOF_CELLS.min(calibration_cells.len())],
    )?;
    let report = ExportReport {
        layers,
        agreement: compare(&f32, &quantized, calibration_cells)?,
        f32_bytes: f32.len(),
        int8_bytes: int8.len(),
    };
    Ok(Exported {
        f32,
        int8,
        quantized,
        report,
    })
}

impl Exported {
    /// int8 (simulated) against f32 (in tract), on any cells.
    pub fn agreement_on(&self, cells: &[CellCrop]) -> Result<Agreement, Error> {
        compare(&self.f32, &self.quantized, cells)
    }
}

fn compare(f32: &[u8], quantized: &QuantizedNetwork, cells: &[CellCrop]) -> Result<Agreement, Error> {
    let single = TractRunner::load(f32)?.all_logits(cells)?;
    Ok(Agreement::between(&single, &quantized.simulate(cells)?.logits))
}

fn prove(int8: &[u8], quantized: &QuantizedNetwork, cells: &[CellCrop]) -> Result<(), Error> {
    let expected = quantized.simulate(cells)?.last_values()?;
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
