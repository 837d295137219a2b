//! One network of a package in tract.

use crate::onnx::{OnnxNetwork, input};
use crate::{Error, ErrorKind, Result};
use blastscope_shared::package::{Golden, NumberFormat, Package};
use blastscope_shared::preprocess::CellCrop;
use std::time::{Duration, Instant};
use tract_onnx::prelude::*;
use tract_onnx::tract_hir::infer::Factoid;

/// A loaded network: `1 x 3 x size x size` values in 0..=1 in, one row of numbers out. Shared by all threads.
#[derive(Debug, Clone)]
pub struct Network {
    precision: NumberFormat,
    size: usize,
    outputs: usize,
    onnx: OnnxNetwork,
}

/// One thread's way to run a [`Network`].
pub struct NetworkRunner {
    size: usize,
    outputs: usize,
    state: TypedSimpleState,
}

impl Network {
    /// Loads one precision of a package. Refuses a network whose input or output is not what the
    /// manifest says.
    pub fn load(package: &Package, precision: NumberFormat) -> Result<Self> {
        let manifest = package.manifest();
        let (size, outputs) = (manifest.input.size as usize, manifest.outputs());
        let refuse = |m: String| Error::new(ErrorKind::Network, format!("{}: {m}", precision.part()));
        let mut bytes = package.network(precision).ok_or_else(|| {
            let held: Vec<_> = manifest.precisions.iter().map(|p| p.name()).collect();
            refuse(format!(
                "the package holds only {}: choose that precision",
                held.join(" and ")
            ))
        })?;
        let failed =
            |e: TractError| refuse("the network does not load: export it again".into()).with_source(e);
        let model = onnx().model_for_read(&mut bytes).map_err(failed)?;
        if model.inputs.len() != 1 || model.outputs.len() != 1 {
            let (i, o) = (model.inputs.len(), model.outputs.len());
            return Err(refuse(format!(
                "{i} inputs and {o} outputs instead of one each: export it again"
            )));
        }
        let declared = model.input_fact(0).map_err(failed)?.clone();
        let wanted = InferenceFact::dt_shape(f32::datum_type(), [1, 3, size, size]);
        if declared.shape.concretize() != wanted.shape.concretize()
            || declared.datum_type.concretize() != Some(f32::datum_type())
        {
            return Err(refuse(format!(
                "takes {declared:?} instead of 1x3x{size}x{size} of f32, which its manifest states: export it again"
            )));
        }
        let model = model.into_optimized().map_err(failed)?;
        let given = model.output_fact(0).map_err(failed)?;
        if given.shape.as_concrete() != Some(&[1, outputs]) || given.datum_type != f32::datum_type() {
            return Err(refuse(format!(
                "gives {given:?} instead of 1x{outputs} of f32, which its manifest states: export it again"
            )));
        }
        let plan = model.into_runnable().map_err(failed)?;
        Ok(Self {
            precision,
            size,
            outputs,
            onnx: plan.into(),
        })
    }

    /// The number format of this network.
    pub fn number_format(&self) -> NumberFormat {
        self.precision
    }

    /// A way to run it on this thread.
    pub fn runner(&self) -> Result<NetworkRunner> {
        let state = self.onnx.spawn().map_err(|e| {
            Error::new(
                ErrorKind::Network,
                "the network does not start: restart the device",
            )
            .with_source(e)
        })?;
        Ok(NetworkRunner {
            size: self.size,
            outputs: self.outputs,
            state,
        })
    }

    /// Runs the golden inputs, refuses when an output is not the promised one, and tells the time of
    /// one cell: the shortest of several passes, since other programs only ever add to it.
    pub fn check(&self, golden: &Golden, tolerance: f32) -> Result<Duration> {
        let mut runner = self.runner()?;
        let mut shortest = Duration::MAX;
        let begun = Instant::now();
        for pass in 0..PASSES {
            let start = Instant::now();
            let logits = golden
                .inputs
                .iter()
                .map(|crop| runner.logits(crop))
                .collect::<Result<Vec<_>>>()?;
            let enough = begun.elapsed() > MEASURE_WITHIN;
            let cells = u32::try_from(golden.inputs.len()).unwrap_or(u32::MAX).max(1);
            shortest = shortest.min(start.elapsed() / cells);
            if pass == 0 {
                golden
                    .check(self.precision, &logits, tolerance)
                    .map_err(|e| Error::new(ErrorKind::Network, e.to_string()))?;
            }
            if enough {
                break;
            }
        }
        Ok(shortest)
    }
}

/// A network that takes longer than this is slow enough to know: it is not measured again.
const MEASURE_WITHIN: Duration = Duration::from_millis(200);
/// Passes over the golden inputs when a network is measured.
const PASSES: usize = 5;

impl NetworkRunner {
    /// One row for one cell: a logit a label, then the point of the package's reference for unknown cells, where it has one.
    pub fn logits(&mut self, crop: &CellCrop) -> Result<Vec<f32>> {
        if crop.size() as usize != self.size {
            let message = format!("a crop of {} px for a network of {} px", crop.size(), self.size);
            return Err(Error::new(ErrorKind::Network, message));
        }
        let failed =
            |e: TractError| Error::new(ErrorKind::Network, "the network failed on a cell").with_source(e);
        let input = input(crop).map_err(failed)?;
        let outputs = self.state.run(tvec!(input)).map_err(failed)?;
        let row = outputs
            .first()
            .ok_or_else(|| Error::new(ErrorKind::Network, "the network gave no output: export it again"))?;
        let view = row.to_plain_array_view::<f32>().map_err(failed)?;
        let logits: Vec<f32> = view.iter().copied().collect();
        if logits.len() != self.outputs {
            let message = format!(
                "{} numbers instead of {}: export it again",
                logits.len(),
                self.outputs
            );
            return Err(Error::new(ErrorKind::Network, message));
        }
        Ok(logits)
    }
}
