//! VGG without batch norm (Simonyan and Zisserman 2015), torchvision's `vgg16` and `vgg19`.

use super::ClassifierOptions;
use super::request::Request;
use crate::{Builder, Conv, Error, Graph, Initialisation, NodeId, Pool};

/// Convolutions of each stage.
pub(super) struct Plan([usize; 5]);

impl Plan {
    pub(super) const VGG16: Self = Self([2, 2, 3, 3, 3]);
    pub(super) const VGG19: Self = Self([2, 2, 4, 4, 4]);
}

/// Length of the two hidden layers of the classifier, here and in AlexNet.
pub(super) const HIDDEN: usize = 4096;

/// Builds one of the family. torchvision averages the features to 7x7, which is what they are at 224 px;
/// here the classifier takes them as they come.
pub(super) fn vgg(plan: &Plan, own: &ClassifierOptions, request: &Request) -> Result<Graph, Error> {
    let (mut b, mut x) = request.begin(Initialisation::He)?;
    let mut index = 0;
    for (stage, (convs, channels)) in plan.0.into_iter().zip([64, 128, 256, 512, 512]).enumerate() {
        b.block(&format!("stage{}", stage + 1));
        for _ in 0..convs {
            x = conv_relu(&mut b, &mut index, x, Conv::same(channels, 3))?;
        }
        x = b.max_pool(&format!("features.{index}"), x, Pool::square(2, 2, 0))?;
        index += 1;
    }
    request.finish(b, x, |b, x, outputs, of_head| {
        let rate = of_head.or(own.dropout).unwrap_or(0.5);
        let mut x = b.flatten("flatten", x)?;
        for first in [0, 3] {
            x = b.linear(&format!("classifier.{first}"), x, HIDDEN)?;
            x = b.relu(&format!("classifier.{}", first + 1), x)?;
            x = b.dropout(&format!("classifier.{}", first + 2), x, rate)?;
        }
        b.linear("classifier.6", x, outputs)
    })
}

/// A convolution with bias and its ReLU, numbered on in `features`.
pub(super) fn conv_relu(b: &mut Builder, index: &mut usize, x: NodeId, conv: Conv) -> Result<NodeId, Error> {
    let conv = Conv { bias: true, ..conv };
    let x = b.conv(&format!("features.{index}"), x, conv)?;
    let x = b.relu(&format!("features.{}", *index + 1), x)?;
    *index += 2;
    Ok(x)
}
