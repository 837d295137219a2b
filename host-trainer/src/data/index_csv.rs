use super::listed::Listed;
use crate::{Error, ErrorKind};
use blastscope_shared::class::LabelSet;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Component, Path};

/// One line of `index.csv`; further columns are passed over.
#[derive(Deserialize)]
struct Line {
    file: String,
    label: String,
    subject: String,
    #[serde(default)]
    subject_group: Option<String>,
    #[serde(default)]
    sha256_of_original: Option<String>,
}

/// Lists the pictures named in `index.csv` of a folder.
pub(super) fn list_index(root: &Path, labels: &LabelSet) -> Result<Vec<Listed>, Error> {
    let index = root.join("index.csv");
    let refuse = |line: u64, why: String| {
        Error::new(ErrorKind::Data, format!("{} line {line}: {why}", index.display()))
    };
    let mut reader = csv::Reader::from_path(&index).map_err(|e| refuse(1, e.to_string()).caused_by(e))?;
    let mut cells = Vec::new();
    let mut lines: BTreeMap<String, u64> = BTreeMap::new();
    let headers = reader
        .headers()
        .map_err(|e| refuse(1, e.to_string()).caused_by(e))?
        .clone();
    let mut record = csv::StringRecord::new();
    while reader
        .read_record(&mut record)
        .map_err(|e| refuse(e.position().map_or(0, csv::Position::line), e.to_string()).caused_by(e))?
    {
        let number = record.position().map_or(0, csv::Position::line);
        let line: Line = record.deserialize(Some(&headers)).map_err(|e| {
            let why = format!("{e}; the columns file, label and subject are needed");
            refuse(number, why)
        })?;
        let inside = Path::new(&line.file)
            .components()
            .all(|c| matches!(c, Component::Normal(_)));
        if line.file.is_empty() || !inside {
            let why = format!("file {:?}: give a path below the folder of the index", line.file);
            return Err(refuse(number, why));
        }
        if line.subject.is_empty() {
            return Err(refuse(number, format!("{} has no subject", line.file)));
        }
        if let Some(first) = lines.insert(line.file.clone(), number) {
            let why = format!("{} is on line {first} already: remove one", line.file);
            return Err(refuse(number, why));
        }
        let label = labels.index_of(&line.label).ok_or_else(|| {
            let known = labels.names().join(" and ");
            refuse(
                number,
                format!("{}: unknown label {:?}; known are {known}", line.file, line.label),
            )
        })?;
        let given = |s: Option<String>| s.filter(|s| !s.is_empty());
        let digest = given(line.sha256_of_original).map(|d| d.to_lowercase());
        if let Some(d) = &digest
            && (d.len() != 64 || !d.bytes().all(|b| b.is_ascii_hexdigit()))
        {
            return Err(refuse(number, format!("{}: {d:?} is not a sha256", line.file)));
        }
        if !root.join(&line.file).is_file() {
            let why = format!("{} is not there: copy it or remove the line", line.file);
            return Err(refuse(number, why));
        }
        cells.push(Listed {
            file: line.file,
            label,
            subject: line.subject,
            group: given(line.subject_group),
            digest,
        });
    }
    cells.sort_by(|a, b| a.file.cmp(&b.file));
    Ok(cells)
}
