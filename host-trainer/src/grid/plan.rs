use super::Axis;
use super::learning_rate::{set_largest, unused_common_rate};
use crate::train::{Override, Recipe};
use crate::{Error, ErrorKind};
use blastscope_shared::package::sha256_hex;
use toml::Value;

/// One combination of values.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Point {
    /// `key=value,key=value`: its folder.
    pub name: String,
    /// Keys and values, in the order of the axes.
    pub values: Vec<(String, String)>,
    /// The recipe with these values, checked.
    pub recipe: Recipe,
}

/// Keys with one value each.
type Combination<'a> = Vec<(&'a str, &'a Value)>;

/// Longest name of a folder; file systems take 255 bytes.
const LONGEST: usize = 120;

/// Every combination of the values of `axes`, the last axis fastest. Refuses a combination that is no recipe, a key
/// that changes nothing, and combinations that come to the same.
pub(crate) fn points(base: &Recipe, axes: &[Axis]) -> Result<Vec<Point>, Error> {
    for (i, axis) in axes.iter().enumerate() {
        axis.check()?;
        if axes[..i].iter().any(|a| a.key == axis.key) {
            let message = format!(
                "--over {}: the key is varied twice: give its values at once",
                axis.key
            );
            return Err(Error::new(ErrorKind::Grid, message));
        }
    }
    let mut combinations: Vec<Combination<'_>> = vec![Vec::new()];
    for axis in axes {
        let mut longer = Vec::new();
        for before in &combinations {
            let with = |value| [&before[..], &[(axis.key.as_str(), value)]].concat();
            longer.extend(axis.values.iter().map(with));
        }
        combinations = longer;
    }
    let points: Vec<Point> = combinations
        .iter()
        .map(|c| point(base, c))
        .collect::<Result<_, _>>()?;
    for (i, point) in points.iter().enumerate() {
        if let Some(same) = points[..i].iter().find(|p| p.recipe == point.recipe) {
            let message = format!(
                "{} and {} are the same recipe: leave one out",
                same.name, point.name
            );
            return Err(Error::new(ErrorKind::Grid, message));
        }
    }
    Ok(points)
}

fn point(base: &Recipe, values: &[(&str, &Value)]) -> Result<Point, Error> {
    let named: Vec<(String, String)> = values.iter().map(|(k, v)| ((*k).to_owned(), shown(v))).collect();
    let name = folder_name(&named);
    let refuse = |why: String| Error::new(ErrorKind::Grid, format!("the point {name}: {why}"));
    let said = |e: Error| refuse(e.to_string().replace("--set ", "--over "));
    let text = base.to_toml()?;
    let mut table: toml::Table = text
        .parse()
        .map_err(|e: toml::de::Error| refuse(e.to_string()).caused_by(e))?;
    let is_special = |key: &str| matches!(key, "epochs" | "learning_rate");
    for (key, value) in values.iter().filter(|v| !is_special(v.0)) {
        Override::parse(&format!("{key}={value}"))
            .and_then(|one| one.apply(&mut table))
            .map_err(said)?;
    }
    let text = toml::to_string(&table).map_err(|e| refuse(e.to_string()).caused_by(e))?;
    let mut recipe = Recipe::parse(&text).map_err(said)?;
    for (key, value) in values {
        match (*key, value) {
            ("epochs", Value::Integer(n)) if *n >= 1 => {
                recipe.set_epochs(*n as usize).map_err(said)?;
            }
            ("epochs", _) => return Err(refuse(format!("epochs={value}: give a number from 1 on"))),
            ("learning_rate", Value::Float(rate)) if *rate > 0.0 => set_largest(&mut recipe, *rate),
            ("learning_rate", Value::Integer(1)) => set_largest(&mut recipe, 1.0),
            ("learning_rate", _) => {
                return Err(refuse(format!(
                    "learning_rate={value}: give a number above 0, up to 1"
                )));
            }
            ("optimisation.learning_rate", _) => {
                if let Some(why) = unused_common_rate(&recipe) {
                    return Err(refuse(format!(
                        "{key} changes nothing, since {why}: vary learning_rate"
                    )));
                }
            }
            _ => {}
        }
    }
    recipe.check().map_err(said)?;
    Ok(Point {
        name,
        values: named,
        recipe,
    })
}

/// A value for tables: text without its quotes.
fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A name that every file system and shell takes; where that changes it or it is too long, a hash keeps it apart.
fn folder_name(values: &[(String, String)]) -> String {
    let plain: Vec<String> = values.iter().map(|(k, v)| format!("{k}={v}")).collect();
    let plain = plain.join(",");
    if plain.is_empty() {
        return "recipe".into();
    }
    let safe = |c: char| c.is_ascii_alphanumeric() || "._-=,+".contains(c);
    let name: String = plain
        .chars()
        .map(|c| if safe(c) { c } else { '_' })
        .take(LONGEST)
        .collect();
    if name == plain {
        return name;
    }
    format!("{name}-{}", &sha256_hex(plain.as_bytes())[..8])
}
