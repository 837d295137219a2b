//! What others say of the networks: parameters and multiply-accumulates at 1000 labels, with the source.

use super::account::Account;

/// Labels of ImageNet, for which all published numbers are.
pub const CUSTOMARY_LABELS: usize = 1000;

/// Height and width of the picture that a network is usually given, in pixels: of the published numbers
/// where there are some.
pub fn customary_size(network: &str) -> usize {
    match network {
        "dense" | "lightweight_cnn" => 96,
        "inception_v3" | "xception" => 299,
        "efficientnet_b3" => 300,
        "efficientnet_v2_s" => 384,
        "efficientnet_v2_m" => 480,
        _ => 224,
    }
}

/// A number as its source prints it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figure {
    /// Its digits.
    pub digits: &'static str,
    /// What they count: 1, a million or a thousand million.
    pub unit: f64,
    /// Who says so.
    pub source: Source,
}

/// A source of published numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// torchvision 0.26, table of all classification weights.
    Torchvision,
    /// Keras Applications, table of models.
    Keras,
    /// Howard et al. 2017, table 8.
    MobileNets,
    /// timm, model card of `legacy_xception.tf_in1k`.
    Timm,
}

impl Source {
    /// All, in the order of the notes.
    pub const ALL: [Self; 4] = [Self::Torchvision, Self::Keras, Self::MobileNets, Self::Timm];

    /// The mark of a note.
    pub fn mark(self) -> char {
        match self {
            Self::Torchvision => 't',
            Self::Keras => 'k',
            Self::MobileNets => 'h',
            Self::Timm => 'x',
        }
    }

    /// Where it stands.
    pub fn place(self) -> &'static str {
        match self {
            Self::Torchvision => {
                "torchvision 0.26, table of all available classification weights, <https://docs.pytorch.org/vision/stable/models.html>"
            }
            Self::Keras => {
                "Keras Applications, table of available models, <https://keras.io/api/applications/>"
            }
            Self::MobileNets => {
                "Howard et al., MobileNets, 2017, <https://arxiv.org/abs/1704.04861>, table 8"
            }
            Self::Timm => {
                "timm, model card of legacy_xception.tf_in1k, <https://huggingface.co/timm/legacy_xception.tf_in1k>"
            }
        }
    }
}

/// What a source counts as parameters beside the trained ones of the network in evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beside {
    /// Nothing.
    Nothing,
    /// Running mean and variance of the batch norms.
    RunningStatistics,
    /// Inception's second classifier, which only training uses and which is not built here: convolutions of
    /// 768 to 128 channels (1x1) and 128 to 768 (5x5) with batch norms, and a linear map to 1000 labels.
    AuxiliaryClassifier,
}

impl Beside {
    /// How many that are in a network.
    pub fn count(self, account: &Account) -> usize {
        match self {
            Self::Nothing => 0,
            Self::RunningStatistics => account.running_statistics,
            Self::AuxiliaryClassifier => {
                let norms = 2 * (128 + 768);
                768 * 128 + 128 * 768 * 25 + norms + (768 + 1) * CUSTOMARY_LABELS
            }
        }
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::RunningStatistics => "running statistics of the batch norms",
            Self::AuxiliaryClassifier => "auxiliary classifier of training, not built here",
        }
    }
}

/// The published numbers of a network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Published {
    /// Its name here.
    pub network: &'static str,
    /// Parameters.
    pub parameters: Figure,
    /// What the parameters count beside ours.
    pub beside: Beside,
    /// Multiply-accumulates.
    pub macs: Figure,
}

impl Figure {
    /// Whether a number, rounded to the printed digits, is this one.
    pub fn agrees(&self, number: f64) -> bool {
        let decimals = self.digits.split_once('.').map_or(0, |(_, d)| d.len());
        format!("{:.decimals$}", number / self.unit) == self.digits
    }
}

const fn torchvision(network: &'static str, parameters: &'static str, macs: &'static str) -> Published {
    let source = Source::Torchvision;
    Published {
        network,
        parameters: Figure {
            digits: parameters,
            unit: 1.0,
            source,
        },
        beside: Beside::Nothing,
        macs: Figure {
            digits: macs,
            unit: 1e9,
            source,
        },
    }
}

const fn keras(network: &'static str, millions: &'static str, macs: Figure) -> Published {
    Published {
        network,
        parameters: Figure {
            digits: millions,
            unit: 1e6,
            source: Source::Keras,
        },
        beside: Beside::RunningStatistics,
        macs,
    }
}

/// Every network that has published numbers at [`customary_size`].
pub const PUBLISHED: [Published; 14] = [
    torchvision("alexnet", "61100840", "0.714"),
    torchvision("densenet121", "7978856", "2.834"),
    torchvision("efficientnet_b0", "5288548", "0.386"),
    torchvision("efficientnet_b3", "12233232", "1.827"),
    torchvision("efficientnet_v2_m", "54139356", "24.582"),
    torchvision("efficientnet_v2_s", "21458488", "8.366"),
    Published {
        beside: Beside::AuxiliaryClassifier,
        ..torchvision("inception_v3", "27161264", "5.713")
    },
    keras(
        "mobilenet_v1",
        "4.3",
        Figure {
            digits: "569",
            unit: 1e6,
            source: Source::MobileNets,
        },
    ),
    torchvision("mobilenet_v2", "3504872", "0.301"),
    torchvision("resnet18", "11689512", "1.814"),
    torchvision("resnet50", "25557032", "4.089"),
    torchvision("vgg16", "138357544", "15.47"),
    torchvision("vgg19", "143667240", "19.632"),
    keras(
        "xception",
        "22.9",
        Figure {
            digits: "8.4",
            unit: 1e9,
            source: Source::Timm,
        },
    ),
];

/// The published numbers of a network.
pub fn published(network: &str) -> Option<&'static Published> {
    PUBLISHED.iter().find(|p| p.network == network)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{account, registry};

    #[test]
    fn every_published_number_is_ours_once_the_stated_difference_is_added() {
        for p in &PUBLISHED {
            let size = customary_size(p.network);
            let graph = registry::by_name(p.network, size, CUSTOMARY_LABELS, &toml::Table::new()).unwrap();
            let account = account::count(&graph);
            let ours = account.parameters + p.beside.count(&account);
            assert!(
                p.parameters.agrees(ours as f64),
                "{}: {ours} parameters",
                p.network
            );
            assert!(
                p.macs.agrees(account.macs as f64),
                "{}: {} MACs",
                p.network,
                account.macs
            );
        }
    }

    #[test]
    fn the_networks_without_published_numbers_are_the_two_that_have_none() {
        let without = |name: &&&str| published(name).is_none();
        let names: Vec<_> = registry::NAMES.iter().filter(without).copied().collect();
        assert_eq!(names, ["dense", "lightweight_cnn"]);
    }

    #[test]
    fn a_figure_agrees_to_its_printed_digits_only() {
        let figure = |digits| Figure {
            digits,
            unit: 1e6,
            source: Source::Keras,
        };
        assert!(figure("4.3").agrees(4_253_864.0));
        assert!(!figure("4.2").agrees(4_253_864.0));
        assert!(figure("569").agrees(568_740_352.0));
    }
}
