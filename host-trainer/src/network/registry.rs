//! Networks by name, as recipes and checkpoints name them.

use super::dense::{self, DenseSpec};
use super::graph::Graph;
use super::head::Head;
use super::request::{Request, SHARED_OPTIONS};
use super::zoo::{self, Depth, Plan, V1Size, V2Size};
use super::{Error, ErrorKind};
use crate::nearest::likely;

/// The names that [`by_name`] knows.
pub const NAMES: [&str; 16] = [
    "alexnet",
    "dense",
    "densenet121",
    "efficientnet_b0",
    "efficientnet_b3",
    "efficientnet_v2_m",
    "efficientnet_v2_s",
    "inception_v3",
    "lightweight_cnn",
    "mobilenet_v1",
    "mobilenet_v2",
    "resnet18",
    "resnet50",
    "vgg16",
    "vgg19",
    "xception",
];

/// Largest picture for which a network that refuses a smaller one is tried.
const LARGEST_TRIED: usize = 1024;

/// The network of this name for pictures of `3 x size x size`; `options` is its table in the recipe. It
/// has as many outputs as there are labels, or as the option `head` says ([`outputs`]). Refuses unknown
/// names and options with those that exist, and pictures that are too small with the smallest size.
pub fn by_name(name: &str, size: usize, labels: usize, options: &toml::Table) -> Result<Graph, Error> {
    let mut own = options.clone();
    let request = Request::read(size, labels, &mut own)?;
    build(name, &request, &own).map_err(|e| too_small(name, &request, &own).unwrap_or(e))
}

/// Number of outputs of a network with these options for so many labels: 1 where the head is single.
pub fn outputs(options: &toml::Table, labels: usize) -> Result<usize, Error> {
    options
        .get("head")
        .map_or(Ok(Head::default()), Head::read)?
        .outputs(labels)
}

fn build(name: &str, r: &Request, own: &toml::Table) -> Result<Graph, Error> {
    match name {
        "alexnet" => zoo::alexnet(&read(name, own)?, r),
        "dense" => dense::build(&read::<DenseSpec>(name, own)?, r),
        "densenet121" => zoo::densenet121(&read(name, own)?, r),
        "efficientnet_b0" => zoo::efficientnet(&V1Size::B0, &read::<zoo::V1Options>(name, own)?, r),
        "efficientnet_b3" => zoo::efficientnet(&V1Size::B3, &read::<zoo::V1Options>(name, own)?, r),
        "efficientnet_v2_m" => zoo::efficientnet_v2(V2Size::M, &read::<zoo::V2Options>(name, own)?, r),
        "efficientnet_v2_s" => zoo::efficientnet_v2(V2Size::S, &read::<zoo::V2Options>(name, own)?, r),
        "inception_v3" => zoo::inception_v3(&read(name, own)?, r),
        "lightweight_cnn" => zoo::lightweight(&read::<zoo::LightweightOptions>(name, own)?, r),
        "mobilenet_v1" => zoo::mobilenet_v1(&read(name, own)?, r),
        "mobilenet_v2" => zoo::mobilenet_v2(&read::<zoo::MobileNetV2Options>(name, own)?, r),
        "resnet18" => zoo::resnet(Depth::D18, &read(name, own)?, r),
        "resnet50" => zoo::resnet(Depth::D50, &read(name, own)?, r),
        "vgg16" => zoo::vgg(&Plan::VGG16, &read(name, own)?, r),
        "vgg19" => zoo::vgg(&Plan::VGG19, &read(name, own)?, r),
        "xception" => zoo::xception(&read(name, own)?, r),
        _ => {
            let meant = likely(name, &NAMES).map_or(String::new(), |n| format!(" did you mean {n:?}?"));
            Err(Error::new(
                ErrorKind::Unknown,
                format!(
                    "network {name:?} is unknown:{meant} use one of {}",
                    NAMES.join(", ")
                ),
            ))
        }
    }
}

fn read<T: serde::de::DeserializeOwned>(name: &str, own: &toml::Table) -> Result<T, Error> {
    own.clone().try_into().map_err(|e: toml::de::Error| {
        Error::new(
            ErrorKind::Unknown,
            format!(
                "options of network {name:?}: {}; every network also has {}",
                e.message(),
                SHARED_OPTIONS.join(", ")
            ),
        )
    })
}

/// The refusal of a network that builds for a larger picture: the smallest one, found by halving.
fn too_small(name: &str, request: &Request, own: &toml::Table) -> Option<Error> {
    let builds = |size: usize| {
        let larger = Request {
            size,
            ..request.clone()
        };
        build(name, &larger, own).is_ok()
    };
    let (mut refused, mut taken) = (request.size, LARGEST_TRIED);
    if refused >= taken || !builds(taken) {
        return None;
    }
    while taken - refused > 1 {
        let middle = refused.midpoint(taken);
        if builds(middle) {
            taken = middle;
        } else {
            refused = middle;
        }
    }
    Some(Error::new(
        ErrorKind::Graph,
        format!(
            "network {name:?} takes pictures of at least {taken} px, not {}: raise input.size",
            request.size
        ),
    ))
}

#[cfg(test)]
#[path = "registry_tests.rs"]
mod tests;
