use blastscope_shared::class::LabelSet;
use serde::{Deserialize, Serialize};

/// How the pictures of a data folder are laid out, and the order of the network's outputs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DataChoice {
    /// The layout.
    #[serde(default)]
    pub layout: Layout,
    /// Labels in the order of the network's outputs; by default those of the layout, in its order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<LabelSet>,
}

/// A layout of pictures in folders.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Layout {
    /// C-NMC 2019 as it is handed out (`fold_<n>/{all,hem}/UID_….bmp`), or any folder with an `index.csv`.
    #[default]
    #[serde(rename = "c-nmc")]
    CNmc,
    /// The four-class set: `Benign`, `Early`, `Pre`, `Pro`, a folder each; no subjects.
    #[serde(rename = "all-4")]
    All4,
    /// ALL-IDB1, whole fields: `img/Im001_1.jpg` with blasts, `_0` without, `xyc/Im001_1.xyc` their
    /// centroids; no subjects.
    #[serde(rename = "all-idb1")]
    AllIdb1,
    /// ALL-IDB2, cut cells: `img/Im001_1.tif`, `_1` a blast, `_0` none; no subjects.
    #[serde(rename = "all-idb2")]
    AllIdb2,
    /// A folder a class, its name the label; no subjects.
    #[serde(rename = "folders")]
    Folders,
    /// Cells that `cut` took from several sources: a pack, never a folder.
    #[serde(rename = "cells")]
    Cells,
}

impl Layout {
    /// As recipes name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::CNmc => "c-nmc",
            Self::All4 => "all-4",
            Self::AllIdb1 => "all-idb1",
            Self::AllIdb2 => "all-idb2",
            Self::Folders => "folders",
            Self::Cells => "cells",
        }
    }
}

impl DataChoice {
    /// The labels, where they are known without a look at the data: all but for plain folders.
    pub(crate) fn known_labels(&self) -> Option<LabelSet> {
        self.labels.clone().or_else(|| self.layout_labels())
    }

    /// The labels of the layout in its own order.
    pub(super) fn layout_labels(&self) -> Option<LabelSet> {
        match self.layout {
            Layout::CNmc => Some(LabelSet::lymphoblast()),
            Layout::All4 => of_names(&["benign", "early", "pre", "pro"]),
            Layout::AllIdb1 | Layout::AllIdb2 => of_names(&["blast", "normal"]),
            Layout::Folders | Layout::Cells => None,
        }
    }
}

fn of_names(names: &[&str]) -> Option<LabelSet> {
    LabelSet::new(names.iter().map(|n| (*n).to_owned()).collect()).ok()
}
