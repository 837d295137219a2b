//! How a network has the colours of its picture.

use crate::{Builder, Error, ErrorKind, NodeId, Op};
use serde::Deserialize;

/// What is done to a picture, value / 255 in 0..=1, before the first layer: each colour (red, green, blue)
/// less its mean, divided by its standard deviation.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Normalisation {
    /// Any number.
    pub(super) mean: [f64; 3],
    /// Above 0.
    pub(super) sd: [f64; 3],
}

impl Normalisation {
    /// The picture as it comes.
    pub(super) const UNIT: Self = Self {
        mean: [0.0; 3],
        sd: [1.0; 3],
    };
    /// As the weights of torchvision and timm expect it: mean and deviation of ImageNet.
    pub(super) const IMAGENET: Self = Self {
        mean: [0.485, 0.456, 0.406],
        sd: [0.229, 0.224, 0.225],
    };
    /// -1..=1.
    pub(super) const SYMMETRIC: Self = Self {
        mean: [0.5; 3],
        sd: [0.5; 3],
    };

    /// Reads the option `normalisation`: a name, or a table of `mean` and `sd`.
    pub(super) fn read(value: &toml::Value) -> Result<Self, Error> {
        let refuse = |why: &str| {
            Err(Error::new(
                ErrorKind::Unknown,
                format!(
                    "network.normalisation {value}: {why}; use \"unit\", \"imagenet\", \"symmetric\" or \
                     {{ mean = [red, green, blue], sd = [red, green, blue] }}"
                ),
            ))
        };
        let read = match value {
            toml::Value::String(name) => match name.as_str() {
                "unit" => Self::UNIT,
                "imagenet" => Self::IMAGENET,
                "symmetric" => Self::SYMMETRIC,
                _ => return refuse("is unknown"),
            },
            _ => match value.clone().try_into::<Self>() {
                Ok(read) => read,
                Err(e) => return refuse(e.message()),
            },
        };
        if read.mean.iter().all(|m| m.is_finite()) && read.sd.iter().all(|s| s.is_finite() && *s > 0.0) {
            return Ok(read);
        }
        refuse("each mean must be a number, each sd one above 0")
    }

    /// The normalised picture.
    pub(super) fn apply(self, b: &mut Builder) -> Result<NodeId, Error> {
        let picture = b.input();
        if self == Self::UNIT {
            return Ok(picture);
        }
        let Self { mean, sd } = self;
        b.push("normalise", Op::Normalise { mean, sd }, &[picture])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Normalisation, Error> {
        let table: toml::Table = text.parse().unwrap();
        Normalisation::read(&table["normalisation"])
    }

    #[test]
    fn names_and_numbers_are_read() {
        assert_eq!(
            read("normalisation = \"imagenet\"").unwrap(),
            Normalisation::IMAGENET
        );
        let own = read("normalisation = { mean = [0.1, 0.2, 0.3], sd = [0.4, 0.5, 0.6] }").unwrap();
        assert_eq!(own.sd, [0.4, 0.5, 0.6]);
    }

    #[test]
    fn others_are_refused_with_those_that_exist() {
        for text in [
            "normalisation = \"caffe\"",
            "normalisation = 3",
            "normalisation = { mean = [0.1, 0.2, 0.3] }",
            "normalisation = { mean = [0.1, 0.2, 0.3], sd = [0.4, 0.5, 0.0] }",
            "normalisation = { mean = [nan, 0.2, 0.3], sd = [0.4, 0.5, 0.6] }",
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(
                error.contains("network.normalisation") && error.contains("symmetric"),
                "{error}"
            );
        }
    }
}
