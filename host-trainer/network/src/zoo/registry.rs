//! Networks by name, as recipes and checkpoints name them.

use super::alexnet::alexnet;
use super::dense;
use super::densenet::densenet121;
use super::efficientnet::{V1Size, V2Size, efficientnet, efficientnet_v2};
use super::efficientnet_lite::{LiteSize, efficientnet_lite};
use super::head::Head;
use super::inception::inception_v3;
use super::lightweight::lightweight;
use super::mobilenet_v1::mobilenet_v1;
use super::mobilenet_v2::mobilenet_v2;
use super::published::{Beside, Figure, Published, Source, keras, lite, torchvision};
use super::request::{Request, SHARED_OPTIONS};
use super::resnet::{Depth, resnet};
use super::vgg::{Plan, vgg};
use super::xception::xception;
use crate::{Error, ErrorKind, Graph};
use strsim::levenshtein;

/// A network of the registry.
#[derive(Debug)]
pub struct Entry {
    /// Its name in recipes and checkpoints.
    pub name: &'static str,
    /// Height and width of the picture that it is usually given, in pixels: of the published numbers where
    /// there are some.
    pub customary_size: usize,
    build: fn(&Own, &Request) -> Result<Graph, Error>,
    /// What others say of it at [`Self::customary_size`] and [`super::CUSTOMARY_LABELS`].
    pub published: Option<Published>,
}

/// Every network, in the order of the names.
pub static NETWORKS: [Entry; 21] = [
    Entry {
        name: "alexnet",
        customary_size: 224,
        build: |own, r| alexnet(&own.read()?, r),
        published: Some(torchvision("61100840", "0.714")),
    },
    Entry {
        name: "dense",
        customary_size: 96,
        build: |own, r| dense::build(&own.read()?, r),
        published: None,
    },
    Entry {
        name: "densenet121",
        customary_size: 224,
        build: |own, r| densenet121(&own.read()?, r),
        published: Some(torchvision("7978856", "2.834")),
    },
    Entry {
        name: "efficientnet_b0",
        customary_size: 224,
        build: |own, r| efficientnet(&V1Size::B0, &own.read()?, r),
        published: Some(torchvision("5288548", "0.386")),
    },
    Entry {
        name: "efficientnet_b3",
        customary_size: 300,
        build: |own, r| efficientnet(&V1Size::B3, &own.read()?, r),
        published: Some(torchvision("12233232", "1.827")),
    },
    Entry {
        name: "efficientnet_lite0",
        customary_size: 224,
        build: |own, r| efficientnet_lite(&LiteSize::LITE0, &own.read()?, r),
        published: Some(lite("4.7", "407", 1e6)),
    },
    Entry {
        name: "efficientnet_lite1",
        customary_size: 240,
        build: |own, r| efficientnet_lite(&LiteSize::LITE1, &own.read()?, r),
        published: Some(lite("5.4", "631", 1e6)),
    },
    Entry {
        name: "efficientnet_lite2",
        customary_size: 260,
        build: |own, r| efficientnet_lite(&LiteSize::LITE2, &own.read()?, r),
        published: Some(lite("6.1", "899", 1e6)),
    },
    Entry {
        name: "efficientnet_lite3",
        customary_size: 280,
        build: |own, r| efficientnet_lite(&LiteSize::LITE3, &own.read()?, r),
        published: Some(lite("8.2", "1.44", 1e9)),
    },
    Entry {
        name: "efficientnet_lite4",
        customary_size: 300,
        build: |own, r| efficientnet_lite(&LiteSize::LITE4, &own.read()?, r),
        published: Some(lite("13.0", "2.64", 1e9)),
    },
    Entry {
        name: "efficientnet_v2_m",
        customary_size: 480,
        build: |own, r| efficientnet_v2(V2Size::M, &own.read()?, r),
        published: Some(torchvision("54139356", "24.582")),
    },
    Entry {
        name: "efficientnet_v2_s",
        customary_size: 384,
        build: |own, r| efficientnet_v2(V2Size::S, &own.read()?, r),
        published: Some(torchvision("21458488", "8.366")),
    },
    Entry {
        name: "inception_v3",
        customary_size: 299,
        build: |own, r| inception_v3(&own.read()?, r),
        published: Some(Published {
            beside: Beside::AuxiliaryClassifier,
            ..torchvision("27161264", "5.713")
        }),
    },
    Entry {
        name: "lightweight_cnn",
        customary_size: 96,
        build: |own, r| lightweight(&own.read()?, r),
        published: None,
    },
    Entry {
        name: "mobilenet_v1",
        customary_size: 224,
        build: |own, r| mobilenet_v1(&own.read()?, r),
        published: Some(keras(
            "4.3",
            Figure {
                digits: "569",
                unit: 1e6,
                source: Source::MobileNets,
            },
        )),
    },
    Entry {
        name: "mobilenet_v2",
        customary_size: 224,
        build: |own, r| mobilenet_v2(&own.read()?, r),
        published: Some(torchvision("3504872", "0.301")),
    },
    Entry {
        name: "resnet18",
        customary_size: 224,
        build: |own, r| resnet(Depth::D18, &own.read()?, r),
        published: Some(torchvision("11689512", "1.814")),
    },
    Entry {
        name: "resnet50",
        customary_size: 224,
        build: |own, r| resnet(Depth::D50, &own.read()?, r),
        published: Some(torchvision("25557032", "4.089")),
    },
    Entry {
        name: "vgg16",
        customary_size: 224,
        build: |own, r| vgg(&Plan::VGG16, &own.read()?, r),
        published: Some(torchvision("138357544", "15.47")),
    },
    Entry {
        name: "vgg19",
        customary_size: 224,
        build: |own, r| vgg(&Plan::VGG19, &own.read()?, r),
        published: Some(torchvision("143667240", "19.632")),
    },
    Entry {
        name: "xception",
        customary_size: 299,
        build: |own, r| xception(&own.read()?, r),
        published: Some(keras(
            "22.9",
            Figure {
                digits: "8.4",
                unit: 1e9,
                source: Source::Timm,
            },
        )),
    },
];

/// Height and width that are customary for networks beyond the registry.
const CUSTOMARY_SIZE: usize = 224;
/// Largest picture for which a network that refuses a smaller one is tried.
const LARGEST_TRIED: usize = 1024;

/// The network of this name for pictures of `3 x size x size`; `options` is its table in the recipe. It
/// has as many outputs as there are labels, or as the option `head` says ([`outputs`]). Refuses unknown
/// names and options with those that exist, and pictures that are too small with the smallest size.
pub fn by_name(name: &str, size: usize, labels: usize, options: &toml::Table) -> Result<Graph, Error> {
    let mut own = options.clone();
    let request = Request::read(size, labels, &mut own)?;
    let entry = find(name).ok_or_else(|| unknown(name))?;
    let own = Own { name, table: &own };
    (entry.build)(&own, &request).map_err(|e| match e.kind() {
        ErrorKind::Graph => too_small(entry, &request, &own).unwrap_or(e),
        _ => e,
    })
}

/// The names that [`by_name`] knows.
pub fn names() -> impl Iterator<Item = &'static str> {
    NETWORKS.iter().map(|entry| entry.name)
}

/// [`Entry::customary_size`] of the network of this name; 224 where there is none.
pub fn customary_size(name: &str) -> usize {
    find(name).map_or(CUSTOMARY_SIZE, |entry| entry.customary_size)
}

/// Number of outputs of a network with these options for so many labels: 1 where the head is single.
pub fn outputs(options: &toml::Table, labels: usize) -> Result<usize, Error> {
    options
        .get("head")
        .map_or(Ok(Head::default()), Head::read)?
        .outputs(labels)
}

/// The options of the network's own, as its table in the recipe has them.
struct Own<'a> {
    name: &'a str,
    table: &'a toml::Table,
}

impl Own<'_> {
    fn read<T: serde::de::DeserializeOwned>(&self) -> Result<T, Error> {
        self.table.clone().try_into().map_err(|e: toml::de::Error| {
            Error::new(
                ErrorKind::Unknown,
                format!(
                    "options of network {:?}: {}; every network also has {}",
                    self.name,
                    e.message(),
                    SHARED_OPTIONS.join(", ")
                ),
            )
        })
    }
}

fn find(name: &str) -> Option<&'static Entry> {
    NETWORKS.iter().find(|entry| entry.name == name)
}

/// The refusal of a name, with the one that was most likely meant: it takes fewer changes than half of its letters.
fn unknown(name: &str) -> Error {
    let close = names().min_by_key(|known| levenshtein(name, known));
    let meant = close
        .filter(|known| levenshtein(name, known) * 2 < known.len())
        .map_or(String::new(), |known| format!(" did you mean {known:?}?"));
    let all: Vec<&str> = names().collect();
    Error::new(
        ErrorKind::Unknown,
        format!(
            "network {name:?} is unknown:{meant} use one of {}",
            all.join(", ")
        ),
    )
}

/// The refusal of a network that builds for a larger picture: the smallest one, found by halving.
fn too_small(entry: &Entry, request: &Request, own: &Own) -> Option<Error> {
    let builds = |size: usize| {
        let larger = Request {
            size,
            ..request.clone()
        };
        (entry.build)(own, &larger).is_ok()
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
            "network {:?} takes pictures of at least {taken} px, not {}: raise input.size",
            entry.name, request.size
        ),
    ))
}

#[cfg(test)]
#[path = "registry_tests.rs"]
mod tests;
