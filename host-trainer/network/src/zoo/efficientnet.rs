//! EfficientNet (Tan and Le 2019) and EfficientNetV2 (Tan and Le 2021), torchvision's `efficientnet_b0`,
//! `efficientnet_b3`, `efficientnet_v2_s` and `efficientnet_v2_m`.

use super::layers::{EPS, depthwise, multiple_of_8, numbered};
use super::request::Request;
use crate::{Builder, Conv, Error, Graph, Initialisation, NodeId, Op, Shape};
use serde::Deserialize;

/// Size of the first version: its multipliers of width and depth.
pub(super) struct V1Size {
    width: f64,
    depth: f64,
    dropout: f64,
}

impl V1Size {
    pub(super) const B0: Self = Self {
        width: 1.0,
        depth: 1.0,
        dropout: 0.2,
    };
    pub(super) const B3: Self = Self {
        width: 1.2,
        depth: 1.4,
        dropout: 0.3,
    };
}

/// Size of the second version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum V2Size {
    S,
    M,
}

/// Options of the first version; as published where absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct V1Options {
    /// Share dropped out before the linear map, in 0..1.
    dropout: Option<f64>,
    /// Share of residuals left out at the last block, in 0..1; the first block leaves out none.
    stochastic_depth: Option<f64>,
}

/// Options of the second version; as published where absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct V2Options {
    /// Share dropped out before the linear map, in 0..1.
    dropout: Option<f64>,
    /// Share of residuals left out at the last block, in 0..1; the first block leaves out none.
    stochastic_depth: Option<f64>,
    /// What follows the expansion of a block.
    activation: Activation,
}

/// What follows the expansion of a block.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Activation {
    /// x * sigmoid(x), as published.
    #[default]
    Silu,
    /// min(6, SELU(x)) (Muntasa et al. 2025).
    Selu6,
}

/// Blocks of one width; the first of them has the stride.
#[derive(Debug, Clone, Copy)]
struct Stage {
    /// Whether expansion and filter are one convolution, without squeeze and excitation.
    fused: bool,
    expansion: usize,
    kernel: usize,
    stride: usize,
    outputs: usize,
    count: usize,
}

/// What differs between the sizes and versions.
struct Family {
    stem: usize,
    stages: Vec<Stage>,
    last: usize,
    eps: f64,
    dropout: f64,
    stochastic_depth: f64,
    expanded: Op,
}

/// Share of residuals left out at the last block, as published, in both versions.
const STOCHASTIC_DEPTH: f64 = 0.2;

/// Builds one of the first version.
pub(super) fn efficientnet(size: &V1Size, own: &V1Options, request: &Request) -> Result<Graph, Error> {
    let wide = |channels: usize| multiple_of_8(channels as f64 * size.width);
    // Expansion, kernel, stride, output channels, blocks.
    let stages = [
        (1, 3, 1, 16, 1),
        (6, 3, 2, 24, 2),
        (6, 5, 2, 40, 2),
        (6, 3, 2, 80, 3),
        (6, 5, 1, 112, 3),
        (6, 5, 2, 192, 4),
        (6, 3, 1, 320, 1),
    ]
    .map(|(expansion, kernel, stride, outputs, count)| Stage {
        fused: false,
        expansion,
        kernel,
        stride,
        outputs: wide(outputs),
        count: (f64::from(count) * size.depth).ceil() as usize,
    });
    let family = Family {
        stem: wide(32),
        stages: stages.into(),
        last: 4 * wide(320),
        eps: EPS,
        dropout: own.dropout.unwrap_or(size.dropout),
        stochastic_depth: own.stochastic_depth.unwrap_or(STOCHASTIC_DEPTH),
        expanded: Op::Silu,
    };
    family.build(request)
}

/// Builds one of the second version.
pub(super) fn efficientnet_v2(size: V2Size, own: &V2Options, request: &Request) -> Result<Graph, Error> {
    // Fused, expansion, stride, output channels, blocks.
    let stages: &[(bool, usize, usize, usize, usize)] = match size {
        V2Size::S => &[
            (true, 1, 1, 24, 2),
            (true, 4, 2, 48, 4),
            (true, 4, 2, 64, 4),
            (false, 4, 2, 128, 6),
            (false, 6, 1, 160, 9),
            (false, 6, 2, 256, 15),
        ],
        V2Size::M => &[
            (true, 1, 1, 24, 3),
            (true, 4, 2, 48, 5),
            (true, 4, 2, 80, 5),
            (false, 4, 2, 160, 7),
            (false, 6, 1, 176, 14),
            (false, 6, 2, 304, 18),
            (false, 6, 1, 512, 5),
        ],
    };
    let stage = |&(fused, expansion, stride, outputs, count): &_| Stage {
        fused,
        expansion,
        kernel: 3,
        stride,
        outputs,
        count,
    };
    let published = match size {
        V2Size::S => 0.2,
        V2Size::M => 0.3,
    };
    let family = Family {
        stem: 24,
        stages: stages.iter().map(stage).collect(),
        last: 1280,
        eps: 1e-3,
        dropout: own.dropout.unwrap_or(published),
        stochastic_depth: own.stochastic_depth.unwrap_or(STOCHASTIC_DEPTH),
        expanded: match own.activation {
            Activation::Silu => Op::Silu,
            Activation::Selu6 => Op::Selu6,
        },
    };
    family.build(request)
}

impl Family {
    fn build(&self, request: &Request) -> Result<Graph, Error> {
        let (mut b, x) = request.begin(Initialisation::He)?;
        b.block("features.0");
        let stem = Conv::same(self.stem, 3).stride(2);
        let mut x = numbered(&mut b, "features.0", x, stem, self.eps, Some(Op::Silu))?;
        let blocks: usize = self.stages.iter().map(|s| s.count).sum();
        let mut before: usize = 0;
        for (i, stage) in self.stages.iter().enumerate() {
            for j in 0..stage.count {
                let stride = if j == 0 { stage.stride } else { 1 };
                let name = format!("features.{}.{j}", i + 1);
                b.block(&name);
                let y = self.block(&mut b, &name, x, &Stage { stride, ..*stage })?;
                x = if stride == 1 && b.shape(x) == b.shape(y) {
                    let rate = self.stochastic_depth * before as f64 / blocks as f64;
                    let y = b.push(&format!("{name}.depth"), Op::StochasticDepth { rate }, &[y])?;
                    b.add(&format!("{name}.add"), &[y, x])?
                } else {
                    y
                };
                before += 1;
            }
        }
        let name = format!("features.{}", self.stages.len() + 1);
        b.block(&name);
        let x = numbered(
            &mut b,
            &name,
            x,
            Conv::same(self.last, 1),
            self.eps,
            Some(Op::Silu),
        )?;
        request.finish_pooled(b, x, "classifier.1", self.dropout)
    }

    /// One block without its residual: expand, filter, squeeze and excite, project; fused blocks expand and
    /// filter in one, and do all in one where they do not expand.
    fn block(&self, b: &mut Builder, name: &str, x: NodeId, stage: &Stage) -> Result<NodeId, Error> {
        let inputs = b.shape(x).map_or(0, Shape::channels);
        let width = inputs * stage.expansion;
        let expands = stage.expansion > 1;
        let project = Conv::same(stage.outputs, 1);
        let mut index = 0;
        let mut step = || {
            index += 1;
            format!("{name}.block.{}", index - 1)
        };
        let mut x = x;
        if stage.fused {
            let filter = |outputs| Conv::same(outputs, stage.kernel).stride(stage.stride);
            if !expands {
                return numbered(b, &step(), x, filter(stage.outputs), self.eps, Some(Op::Silu));
            }
            x = numbered(b, &step(), x, filter(width), self.eps, Some(self.expanded))?;
            return numbered(b, &step(), x, project, self.eps, None);
        }
        if expands {
            x = numbered(b, &step(), x, Conv::same(width, 1), self.eps, Some(self.expanded))?;
        }
        let filter = depthwise(width, stage.kernel, stage.stride);
        x = numbered(b, &step(), x, filter, self.eps, Some(Op::Silu))?;
        x = squeeze_excite(b, &step(), x, (inputs / 4).max(1))?;
        numbered(b, &step(), x, project, self.eps, None)
    }
}

/// A gate for each channel, from the means of all of them (Hu et al. 2018).
fn squeeze_excite(b: &mut Builder, name: &str, x: NodeId, squeezed: usize) -> Result<NodeId, Error> {
    let channels = b.shape(x).map_or(0, Shape::channels);
    let full = |outputs| Conv {
        bias: true,
        ..Conv::same(outputs, 1)
    };
    let gate = b.global_average_pool(&format!("{name}.pool"), x)?;
    let gate = b.conv(&format!("{name}.fc1"), gate, full(squeezed))?;
    let gate = b.push(&format!("{name}.silu"), Op::Silu, &[gate])?;
    let gate = b.conv(&format!("{name}.fc2"), gate, full(channels))?;
    let gate = b.push(&format!("{name}.sigmoid"), Op::Sigmoid, &[gate])?;
    b.multiply(&format!("{name}.multiply"), x, gate)
}
