//! The networks that recipes name, one file a family, and what all of them share: the request, the head, the
//! normalisation. Nodes that own tensors are named as torchvision (timm for Xception and MobileNetV1, its MobileNetV2
//! for EfficientNet-Lite) names them, so that public weights need no map.

mod alexnet;
mod dense;
mod densenet;
mod efficientnet;
mod efficientnet_lite;
mod head;
mod inception;
mod layers;
mod lightweight;
mod masked_statistics;
mod mobilenet_v1;
mod mobilenet_v2;
mod normalisation;
mod published;
mod registry;
mod request;
mod resnet;
mod vgg;
mod xception;

pub use dense::{DenseSpec, Stage, dense};
pub use head::pad_single_logit;
pub use published::{Beside, CUSTOMARY_LABELS, Figure, Published, Source};
pub use registry::{Entry, NETWORKS, by_name, customary_size, names, outputs};

use serde::Deserialize;

/// The option of networks that have no other of their own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ClassifierOptions {
    /// Part dropped out in the network's own classifier, in 0..1; as published where absent.
    dropout: Option<f64>,
}

#[cfg(test)]
mod tests;
