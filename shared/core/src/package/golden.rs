//! Golden cells: inputs with the outputs that a device must compute before a package is used.

use super::GOLDEN;
use super::manifest::{Manifest, NumberFormat};
use crate::preprocess::CellCrop;
use crate::{Error, ErrorKind};
use std::collections::BTreeMap;

/// Inputs with the outputs that a network must give for them.
#[derive(Debug, Clone, PartialEq)]
pub struct Golden {
    /// Cells.
    pub inputs: Vec<CellCrop>,
    /// Logits of each network, one row a cell.
    pub logits: BTreeMap<NumberFormat, Vec<Vec<f32>>>,
}

impl Golden {
    /// Refuses when `logits` of a network are further from the golden ones than `tolerance`.
    pub fn check(&self, precision: NumberFormat, logits: &[Vec<f32>], tolerance: f32) -> Result<(), Error> {
        let mismatch = |m: String| Error::new(ErrorKind::GoldenMismatch, m);
        let expected = self
            .logits
            .get(&precision)
            .ok_or_else(|| mismatch(format!("no golden outputs for {}", precision.name())))?;
        if logits.len() != expected.len() {
            return Err(mismatch(format!(
                "{} golden outputs, {} computed",
                expected.len(),
                logits.len()
            )));
        }
        for (i, (want, got)) in expected.iter().zip(logits).enumerate() {
            let same =
                want.len() == got.len() && want.iter().zip(got).all(|(a, b)| (a - b).abs() <= tolerance);
            if !same {
                return Err(mismatch(format!(
                    "golden cell {i}: the {} network gives {got:?} instead of {want:?} (tolerance {tolerance}): \
                     this device does not compute it right; use another precision or export the model again",
                    precision.name()
                )));
            }
        }
        Ok(())
    }

    /// The safetensors part of a package.
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        use safetensors::tensor::{Dtype, TensorView, serialize};
        let malformed =
            |e: safetensors::SafeTensorError| Error::new(ErrorKind::Malformed, format!("{GOLDEN}: {e}"));
        let count = self.inputs.len();
        let size = self.inputs.first().map_or(0, |c| c.size() as usize);
        let pixels: Vec<u8> = self
            .inputs
            .iter()
            .flat_map(|c| c.planes().iter().copied())
            .collect();
        let rows: Vec<(String, usize, Vec<u8>)> = self
            .logits
            .iter()
            .map(|(p, rows)| {
                let bytes = rows.iter().flatten().flat_map(|v| v.to_le_bytes()).collect();
                (
                    format!("logits_{}", p.name()),
                    rows.first().map_or(0, Vec::len),
                    bytes,
                )
            })
            .collect();
        let mut tensors = vec![(
            "input".to_owned(),
            TensorView::new(Dtype::U8, vec![count, 3, size, size], &pixels).map_err(malformed)?,
        )];
        for (name, width, bytes) in &rows {
            let view = TensorView::new(Dtype::F32, vec![count, *width], bytes).map_err(malformed)?;
            tensors.push((name.clone(), view));
        }
        serialize(tensors, None).map_err(malformed)
    }

    /// Reads the safetensors part; refuses what does not fit the manifest.
    pub(super) fn from_bytes(bytes: &[u8], manifest: &Manifest) -> Result<Self, Error> {
        let malformed = |m: String| Error::new(ErrorKind::Malformed, format!("{GOLDEN}: {m}"));
        let tensors = safetensors::SafeTensors::deserialize(bytes).map_err(|e| malformed(e.to_string()))?;
        let tensor = |name: &str| {
            tensors
                .tensor(name)
                .map_err(|e| malformed(format!("{name}: {e}")))
        };
        let input = tensor("input")?;
        let size = manifest.input.size;
        let side = size as usize;
        if input.dtype() != safetensors::Dtype::U8
            || input.shape().len() != 4
            || input.shape()[1..] != [3, side, side]
        {
            return Err(malformed(format!(
                "input is not n x 3 x {side} x {side} of 8 bits"
            )));
        }
        let count = input.shape()[0];
        if count == 0 {
            return Err(malformed("no golden inputs".into()));
        }
        let inputs = input
            .data()
            .chunks_exact(3 * side * side)
            .map(|c| CellCrop::from_planes(size, c.to_vec()))
            .collect::<Result<_, _>>()?;
        let mut logits = BTreeMap::new();
        for &precision in &manifest.precisions {
            let name = format!("logits_{}", precision.name());
            let rows = tensor(&name)?;
            if rows.dtype() != safetensors::Dtype::F32 || rows.shape() != [count, manifest.outputs()] {
                return Err(malformed(format!(
                    "{name} is not {count} x {} of f32",
                    manifest.outputs()
                )));
            }
            let values: Vec<f32> = rows
                .data()
                .chunks_exact(4)
                .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
                .collect();
            logits.insert(
                precision,
                values.chunks(manifest.outputs()).map(<[f32]>::to_vec).collect(),
            );
        }
        Ok(Self { inputs, logits })
    }
}
