//! `--set key=value`: single values of a recipe in place of those of its file.

use crate::{Error, ErrorKind};
use toml::{Table, Value};

/// One value to set.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Override {
    /// As it was given.
    given: String,
    key: Vec<String>,
    value: Value,
}

impl Override {
    /// Reads `key=value`: the key dotted, with a number for a place in a list (`stages.0.epochs`); the
    /// value as TOML, a plain word also without quotes.
    pub(crate) fn parse(given: &str) -> Result<Self, Error> {
        let refuse = |why: &str| Error::new(ErrorKind::Recipe, format!("--set {given}: {why}"));
        let (key, value) = given
            .split_once('=')
            .ok_or_else(|| refuse("give KEY=VALUE, such as optimisation.batch=16"))?;
        let key: Vec<String> = key.split('.').map(|k| k.trim().to_owned()).collect();
        if key.iter().any(String::is_empty) {
            return Err(refuse(
                "the key is not whole; give one such as optimisation.batch",
            ));
        }
        let value = value.trim();
        let plain = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
        let value = match format!("value = {value}").parse::<Table>() {
            Ok(mut table) => table.remove("value"),
            Err(_) if !value.is_empty() && value.chars().all(plain) => Some(Value::String(value.to_owned())),
            Err(_) if value.is_empty() => Some(Value::String(String::new())),
            Err(_) => None,
        };
        let value = value.ok_or_else(|| refuse("the value is not TOML; quote text, as in name=\"a b\""))?;
        Ok(Self {
            given: given.to_owned(),
            key,
            value,
        })
    }

    /// Sets the value in the table of a recipe. Tables that are not there are made: whether the recipe
    /// knows them is seen when it is read.
    pub(crate) fn apply(&self, recipe: &mut Table) -> Result<(), Error> {
        let mut root = Value::Table(std::mem::take(recipe));
        let done = set(&mut root, &self.key, &self.value);
        if let Value::Table(table) = root {
            *recipe = table;
        }
        done.map_err(|why| Error::new(ErrorKind::Recipe, format!("--set {}: {why}", self.given)))
    }

    /// As it was given.
    pub(crate) fn given(&self) -> &str {
        &self.given
    }
}

/// Sets what a key names in a table, or in a list by its place.
fn set(value: &mut Value, key: &[String], new: &Value) -> Result<(), String> {
    let Some((step, rest)) = key.split_first() else {
        *value = new.clone();
        return Ok(());
    };
    match value {
        Value::Table(table) => {
            let child = table.entry(step.clone());
            set(child.or_insert_with(|| Value::Table(Table::new())), rest, new)
        }
        Value::Array(list) => {
            let count = list.len();
            let place = step.parse::<usize>().ok();
            match place.and_then(|i| list.get_mut(i)) {
                Some(child) => set(child, rest, new),
                None => Err(format!(
                    "{step:?} is not a position in a list of {count}: positions count from 0"
                )),
            }
        }
        _ => Err(format!("there is nothing below a plain value for {step:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        toml::toml! {
            name = "x"
            [optimisation]
            batch = 8
            [[stages]]
            epochs = 3
        }
    }

    #[test]
    fn values_are_set_at_any_depth_and_in_lists() {
        let mut table = table();
        for given in [
            "optimisation.batch = 16",
            "stages.0.epochs=5",
            "split.unit=image",
            "pretrained.weights=\"\"",
            "network.head={ kind = \"single\" }",
            "name=\"a b\"",
        ] {
            Override::parse(given).unwrap().apply(&mut table).unwrap();
        }
        assert_eq!(table["optimisation"]["batch"].as_integer(), Some(16));
        assert_eq!(table["stages"][0]["epochs"].as_integer(), Some(5));
        assert_eq!(table["split"]["unit"].as_str(), Some("image"));
        assert_eq!(table["pretrained"]["weights"].as_str(), Some(""));
        assert_eq!(table["network"]["head"]["kind"].as_str(), Some("single"));
        assert_eq!(table["name"].as_str(), Some("a b"));
    }

    #[test]
    fn what_cannot_be_set_is_refused_and_leaves_the_recipe_whole() {
        for (given, word) in [
            ("batch", "KEY=VALUE"),
            ("optimisation..batch=1", "not whole"),
            ("name=a b", "quote text"),
            ("optimisation.batch=[1", "is not TOML"),
        ] {
            let error = Override::parse(given).unwrap_err().to_string();
            assert!(error.contains(word) && error.contains("--set"), "{error}");
        }
        for (given, word) in [
            ("stages.1.epochs=5", "list of 1"),
            ("name.first=1", "plain value"),
        ] {
            let mut changed = table();
            let error = Override::parse(given)
                .unwrap()
                .apply(&mut changed)
                .unwrap_err()
                .to_string();
            assert!(error.contains(word), "{error}");
            assert_eq!(changed, table());
        }
    }
}
