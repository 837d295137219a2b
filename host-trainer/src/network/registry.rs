//! Networks by name, as recipes and checkpoints name them.

use super::dense::{DenseSpec, dense};
use super::graph::Graph;
use super::{Error, ErrorKind};

/// The names that [`by_name`] knows.
pub const NAMES: [&str; 1] = ["dense"];

/// The network of this name for pictures of `3 x size x size`; `options` is its table in the recipe.
pub fn by_name(name: &str, size: usize, labels: usize, options: &toml::Table) -> Result<Graph, Error> {
    match name {
        "dense" => dense(&read::<DenseSpec>(name, options)?, size, labels),
        _ => Err(Error::new(
            ErrorKind::Unknown,
            format!("network {name:?} is unknown: use one of {}", NAMES.join(", ")),
        )),
    }
}

fn read<T: serde::de::DeserializeOwned>(name: &str, options: &toml::Table) -> Result<T, Error> {
    options.clone().try_into().map_err(|e: toml::de::Error| {
        Error::new(
            ErrorKind::Unknown,
            format!("options of network {name:?}: {}", e.message()),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Shape, account};

    #[test]
    fn every_listed_name_builds_with_its_defaults() {
        for name in NAMES {
            let graph = by_name(name, 96, 2, &toml::Table::new()).unwrap();
            assert_eq!(graph.labels(), 2);
            assert_eq!(graph.input(), Shape::Map([3, 96, 96]));
            assert!(account::count(&graph).parameters < 500_000);
        }
    }

    #[test]
    fn a_recipe_describes_the_stages() {
        let options = toml::toml! {
            dropout = 0.1
            stages = [{ channels = 8, stride = 2 }, { channels = 12, max_pool = true }]
        };
        let graph = by_name("dense", 32, 3, &options).unwrap();
        let pool = graph.nodes().iter().find(|n| n.name == "stage2.pool").unwrap();
        assert_eq!(pool.shape, Shape::Map([12, 8, 8]));
    }

    #[test]
    fn unknown_names_and_options_are_refused_with_those_that_exist() {
        let none = toml::Table::new();
        let error = by_name("resnet", 96, 2, &none).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unknown);
        assert!(error.to_string().contains("dense"), "{error}");
        let error = by_name("dense", 96, 2, &toml::toml! { width = 3 }).unwrap_err();
        assert!(error.to_string().contains("width"), "{error}");
        let error = by_name("dense", 96, 2, &toml::toml! { stages = [] }).unwrap_err();
        assert!(error.to_string().contains("at least one stage"), "{error}");
    }
}
