//! MobileNetV1 (Howard et al. 2017), timm's `mobilenetv1_100`: ReLU6 after every norm.

use super::ClassifierOptions;
use super::layers::{EPS, conv_norm, depthwise};
use super::request::Request;
use crate::{Conv, Error, Graph, Initialisation, Op, Shape};

/// Output channels, blocks and first stride of each stage.
const STAGES: [(usize, usize, usize); 5] = [(64, 1, 1), (128, 2, 2), (256, 2, 2), (512, 6, 2), (1024, 2, 2)];

/// Builds the network.
pub(super) fn mobilenet_v1(own: &ClassifierOptions, request: &Request) -> Result<Graph, Error> {
    let (mut b, x) = request.begin(Initialisation::He)?;
    b.block("stem");
    let stem = Conv::same(32, 3).stride(2);
    let mut x = conv_norm(&mut b, ["conv_stem", "bn1"], x, stem, EPS, Some(Op::Relu6))?;
    for (stage, (outputs, count, stride)) in STAGES.into_iter().enumerate() {
        for i in 0..count {
            let block = format!("blocks.{stage}.{i}");
            b.block(&block);
            let name = |part: &str| format!("{block}.{part}");
            let inputs = b.shape(x).map_or(0, Shape::channels);
            let step = depthwise(inputs, 3, if i == 0 { stride } else { 1 });
            for (conv_name, norm_name, conv) in [
                ("conv_dw", "bn1", step),
                ("conv_pw", "bn2", Conv::same(outputs, 1)),
            ] {
                let names = [name(conv_name), name(norm_name)];
                x = conv_norm(&mut b, [&names[0], &names[1]], x, conv, EPS, Some(Op::Relu6))?;
            }
        }
    }
    request.finish_pooled(b, x, "classifier", own.dropout.unwrap_or(0.0))
}
