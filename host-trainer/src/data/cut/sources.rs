//! The list of sources that `cut` takes, as it stands in its TOML file.

use super::label_rule::{LabelNames, LabelRule, NamedLabels};
use crate::nearest::with_nearest;
use crate::{Error, ErrorKind};
use blastscope_shared::class::{LabelSet, Role, Roles};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use toml::Spanned;

/// Labels with their roles, and where cells of them come from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SourceList {
    /// Labels, in the order of the network's outputs.
    pub labels: LabelSet,
    /// What each label stands for in a count.
    pub roles: Roles,
    /// One or more, with different names.
    pub sources: Vec<Source>,
}

/// Pictures of one data set that were taken alike.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Source {
    /// Short and unique; stands with each cell.
    pub name: String,
    /// The data set as people name it.
    pub title: String,
    /// Licence of the data.
    pub licence: String,
    /// How it is cited.
    pub citation: String,
    /// Folder of the pictures below the data root.
    pub folder: String,
    /// What a picture shows.
    pub kind: Kind,
    /// CSV file in the folder, with a column `file`; without one, the label is the folder that a picture lies in.
    #[serde(default)]
    pub index: Option<String>,
    /// Column of the index that holds the label.
    #[serde(default = "label_column")]
    pub label_column: String,
    /// Column of the index that tells the subjects apart, for `group = "column"`.
    #[serde(default)]
    pub group_column: Option<String>,
    /// How subjects are known; no default, since a wrong one leaks.
    #[serde(default)]
    pub group: Option<GroupRule>,
    /// Scale of the pictures: one for all, or one a size.
    #[serde(default)]
    pub nanometres_per_pixel: Option<PixelSizes>,
    /// Whether red cells tell the scale of each field.
    #[serde(default)]
    pub pixel_size: Option<MeasuredBy>,
    /// Label of each value in the data; pictures of other values are left out.
    #[serde(default)]
    pub labels: BTreeMap<String, LabelNames>,
    /// Only pictures of these widths and heights.
    #[serde(default)]
    pub size_filter: Option<Vec<[u32; 2]>>,
    /// Which pictures of the index are left out.
    #[serde(default)]
    pub skip: Option<Skip>,
    /// Folder below the data root with a YOLO file a picture.
    #[serde(default)]
    pub boxes: Option<String>,
    /// Label of the found cells that a box of a class stands around.
    #[serde(default)]
    pub box_labels: BTreeMap<String, LabelNames>,
    /// Label of found cells that no box of `box_labels` touches; without it they are left out.
    #[serde(default)]
    pub unmatched: Option<LabelNames>,
    /// Boxes that are cut as ellipses, whether or not the finder finds a cell there.
    #[serde(default)]
    pub ellipses: Option<Ellipses>,
    /// Least score of the finder, 0 to 1; that of the device by default.
    #[serde(default)]
    pub least_score: Option<f32>,
    /// Pictures whose 64-bit difference hashes are at most so many bits apart are of one group.
    #[serde(default)]
    pub join_alike: Option<u32>,
    /// How many times as wide a picture is drawn before it is cut, 0.25 to 4: for pictures that were squeezed.
    #[serde(default)]
    pub widen: Option<f32>,
    /// At most so many pictures, spread evenly.
    #[serde(default)]
    pub limit: Option<usize>,
}

fn label_column() -> String {
    "label".into()
}

/// What a picture shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// One cell on black.
    Masked,
    /// One cell in the middle, with its background.
    Centre,
    /// A field with any number of cells.
    Fields,
}

/// How subjects are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum GroupRule {
    /// A column of the index names them.
    Column,
    /// Each picture is a group of its own.
    File,
    /// All pictures of the source are one group.
    Source,
}

/// Nanometres a pixel.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(crate) enum PixelSizes {
    /// Of all pictures.
    One(u32),
    /// By size, as `"360x363"`.
    BySize(BTreeMap<String, u32>),
}

/// What the scale of a field is measured by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum MeasuredBy {
    /// The median red cell that lies alone; the stated scale where a field shows too few.
    RedCells,
}

/// Pictures that are left out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Skip {
    /// A column of the index.
    pub column: String,
    /// What it holds for them.
    pub when: SkipWhen,
}

/// What a column holds for pictures that are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SkipWhen {
    Empty,
    NotEmpty,
}

/// Boxes that are cut as ellipses.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ellipses {
    /// YOLO classes.
    pub classes: BTreeSet<u32>,
    /// Their label.
    pub label: LabelNames,
    /// At most so many of the source, spread evenly over its pictures.
    pub limit: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    labels: BTreeMap<Spanned<String>, Role>,
    #[serde(default)]
    source: Vec<Source>,
}

impl SourceList {
    /// Reads a list and checks all that can be checked without the data.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(|e| Error::io("read", path, e))?;
        Self::parse(&text).map_err(|why| {
            let why = why.trim_end();
            Error::new(ErrorKind::Data, format!("{}: {why}", path.display()))
        })
    }

    /// The role of each label by its name.
    pub(super) fn named_roles(&self) -> BTreeMap<String, Role> {
        let names = self.labels.names().iter().cloned();
        names.zip(self.roles.all().iter().copied()).collect()
    }

    /// As [`SourceList::read`], of the text of a file.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let written: Written = toml::from_str(text).map_err(|e| with_nearest(&e.to_string()))?;
        // Tables come sorted; the order of the file is that of the outputs.
        let mut ordered: Vec<_> = written.labels.iter().collect();
        ordered.sort_by_key(|(name, _)| name.span().start);
        let names = ordered.iter().map(|(name, _)| name.get_ref().clone());
        let labels = LabelSet::new(names.collect()).map_err(|e| format!("[labels]: {e}"))?;
        let roles = ordered.iter().map(|(n, role)| (n.get_ref().clone(), **role));
        let roles = Roles::new(&labels, &roles.collect()).map_err(|e| format!("[labels]: {e}"))?;
        let list = Self {
            labels,
            roles,
            sources: written.source,
        };
        if list.sources.is_empty() {
            return Err("no [[source]]: name at least one".into());
        }
        let mut names = BTreeSet::new();
        for source in &list.sources {
            let refuse = |why: String| format!("source {:?}: {why}", source.name);
            if !names.insert(&source.name) {
                return Err(refuse("the name stands twice: give each source its own".into()));
            }
            source.check(&list.labels).map_err(refuse)?;
        }
        Ok(list)
    }
}

impl Source {
    fn check(&self, labels: &LabelSet) -> Result<(), String> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        if self.name.is_empty() || self.name.len() > 32 || !self.name.chars().all(plain) {
            return Err("name: use 1 to 32 of a-z, 0-9, '-' and '_'".into());
        }
        for (key, text) in [
            ("title", &self.title),
            ("licence", &self.licence),
            ("citation", &self.citation),
        ] {
            if text.trim().is_empty() {
                return Err(format!("{key} is empty: say where the cells come from"));
            }
        }
        self.check_groups()?;
        self.check_scale()?;
        self.rule(labels)?;
        let fields_only = [
            ("boxes", self.boxes.is_some()),
            ("pixel_size", self.pixel_size.is_some()),
        ];
        if let Some((key, _)) = fields_only
            .iter()
            .find(|(_, given)| *given && self.kind != Kind::Fields)
        {
            return Err(format!("{key} is for kind = \"fields\": leave it out"));
        }
        match &self.boxes {
            Some(_) if !self.labels.is_empty() => Err(
                "labels and boxes: boxes label each cell, labels a whole picture; give one of them".into(),
            ),
            Some(_) if self.box_labels.is_empty() => {
                Err("boxes without box_labels: say which label the cells of each class have".into())
            }
            None if self.labels.is_empty() => {
                Err("no labels: say which label each value in the data has".into())
            }
            None if !self.box_labels.is_empty() || self.unmatched.is_some() || self.ellipses.is_some() => {
                Err("box_labels, unmatched and ellipses need boxes, the folder of the YOLO files".into())
            }
            _ if self.skip.is_some() && self.index.is_none() => Err("skip needs an index".into()),
            _ if self.least_score.is_some_and(|s| !(0.0..=1.0).contains(&s)) => {
                Err("least_score: give 0 to 1".into())
            }
            _ if self.widen.is_some_and(|w| !(0.25..=4.0).contains(&w)) => {
                Err("widen: give 0.25 to 4".into())
            }
            _ => Ok(()),
        }
    }

    fn check_groups(&self) -> Result<(), String> {
        match self.group {
            None => Err(
                "no group: say how subjects are known, \"column\" (with group_column), \"file\" (each picture by \
                 itself) or \"source\" (all are one)"
                    .into(),
            ),
            Some(GroupRule::Column) if self.index.is_none() || self.group_column.is_none() => {
                Err("group = \"column\" needs index and group_column".into())
            }
            Some(_) => Ok(()),
        }
    }

    fn check_scale(&self) -> Result<(), String> {
        let known = |nm: u32| (1..=100_000).contains(&nm);
        let fine = match &self.nanometres_per_pixel {
            None if self.pixel_size.is_none() => {
                return Err(
                    "no pixel size: give nanometres_per_pixel, or pixel_size = \"red-cells\" for fields"
                        .into(),
                );
            }
            None => true,
            Some(PixelSizes::One(nm)) => known(*nm),
            Some(PixelSizes::BySize(sizes)) => sizes.values().all(|nm| known(*nm)),
        };
        if fine {
            Ok(())
        } else {
            Err("nanometres_per_pixel: give 1 to 100000".into())
        }
    }

    /// The labels by their numbers.
    pub(super) fn rule(&self, labels: &LabelSet) -> Result<LabelRule, String> {
        let named = NamedLabels {
            of_value: &self.labels,
            of_class: &self.box_labels,
            unmatched: self.unmatched.as_ref(),
            ellipse: self.ellipses.as_ref().map(|e| &e.label),
        };
        LabelRule::new(named, labels)
    }

    /// Nanometres a pixel that are stated for pictures of this size; `None` where none are.
    pub(super) fn stated(&self, width: u32, height: u32) -> Option<u32> {
        match self.nanometres_per_pixel.as_ref()? {
            PixelSizes::One(nm) => Some(*nm),
            PixelSizes::BySize(sizes) => sizes.get(&format!("{width}x{height}")).copied(),
        }
    }
}
