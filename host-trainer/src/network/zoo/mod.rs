//! The networks of the published systems, one file a family. Nodes that own tensors are named as
//! torchvision (timm for Xception and MobileNetV1) names them, so that public weights need no map.

mod alexnet;
mod densenet;
mod efficientnet;
mod inception;
mod layers;
mod lightweight;
mod mobilenet_v1;
mod mobilenet_v2;
mod resnet;
mod vgg;
mod xception;

pub(super) use alexnet::alexnet;
pub(super) use densenet::densenet121;
pub(super) use efficientnet::{V1Options, V1Size, V2Options, V2Size, efficientnet, efficientnet_v2};
pub(super) use inception::inception_v3;
pub(super) use lightweight::{LightweightOptions, lightweight};
pub(super) use mobilenet_v1::mobilenet_v1;
pub(super) use mobilenet_v2::{MobileNetV2Options, mobilenet_v2};
pub(super) use resnet::{Depth, resnet};
pub(super) use vgg::{Plan, vgg};
pub(super) use xception::xception;

use serde::Deserialize;

/// The option of networks that have no other of their own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ClassifierOptions {
    /// Share dropped out in the network's own classifier, in 0..1; as published where absent.
    pub(super) dropout: Option<f64>,
}

#[cfg(test)]
mod tests;
