use crate::{Error, ErrorKind};
use serde::Deserialize;
use toml::{Table, Value};

/// A key of the recipe with the values that it takes.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Axis {
    /// Dotted, as for `--set`; or `epochs` or `learning_rate`, which know of stages and steps.
    pub key: String,
    /// At least one, each another.
    pub values: Vec<Value>,
}

impl Axis {
    /// Reads `key=v1,v2,…`; a value is TOML or a plain word, and its own commas stand in brackets or quotes.
    pub(crate) fn parse(given: &str) -> Result<Self, Error> {
        let refuse = |why: &str| Error::new(ErrorKind::Grid, format!("--over {given}: {why}"));
        let (key, values) = given
            .split_once('=')
            .filter(|(key, _)| !key.trim().is_empty())
            .ok_or_else(|| refuse("give KEY=V1,V2, such as optimisation.batch=16,32"))?;
        let values = at_commas(values).into_iter().map(|text| {
            let text = text.trim();
            let plain = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
            match format!("value = {text}").parse::<Table>() {
                Ok(mut table) => table.remove("value").ok_or_else(|| refuse("a value is not TOML")),
                Err(_) if !text.is_empty() && text.chars().all(plain) => Ok(Value::String(text.into())),
                Err(_) if text.is_empty() => Err(refuse("a value is missing beside a comma")),
                Err(_) => Err(refuse(&format!("the value {text} is not TOML; quote text"))),
            }
        });
        let axis = Self {
            key: key.trim().to_owned(),
            values: values.collect::<Result<_, _>>()?,
        };
        axis.check()?;
        Ok(axis)
    }

    /// Refuses an axis without values, and one that names a value twice.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let is_twice = |(i, value): &(usize, &Value)| self.values[..*i].contains(value);
        let twice = self.values.iter().enumerate().find(is_twice);
        let message = if self.values.is_empty() {
            "has no values: give at least one".to_owned()
        } else if let Some((_, value)) = twice {
            format!("names {value} twice: each value makes a point of its own")
        } else {
            return Ok(());
        };
        Err(Error::new(
            ErrorKind::Grid,
            format!("--over {}: {message}", self.key),
        ))
    }
}

/// Splits at the commas that stand outside of brackets and quotes.
fn at_commas(text: &str) -> Vec<&str> {
    let (mut parts, mut begin, mut depth, mut quote) = (Vec::new(), 0, 0usize, None);
    for (i, c) in text.char_indices() {
        match (quote, c) {
            (Some(q), c) if q == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                parts.push(&text[begin..i]);
                begin = i + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[begin..]);
    parts
}
