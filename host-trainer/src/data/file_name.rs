use crate::{Error, ErrorKind};
use std::path::Path;

/// What the name of a C-NMC picture says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CellName {
    /// `A11` for patients, `H11` for healthy subjects.
    pub subject: String,
    /// `all` or `hem`.
    pub label: String,
}

/// Reads `UID_<P>_<N>_<C>_all` and `UID_H<P>_<N>_<C>_hem`, `H` in either case, whatever the extension.
pub(crate) fn parse_cell_name(path: &Path) -> Result<CellName, Error> {
    let refuse = |why: String| {
        let remedy = "names are UID_<subject>_<image>_<cell>_all and UID_H<subject>_<image>_<cell>_hem; \
                      rename it, remove it, or list the pictures in an index.csv";
        Err(Error::new(
            ErrorKind::Data,
            format!("{}: {why}; {remedy}", path.display()),
        ))
    };
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let parts: Vec<&str> = stem.split('_').collect();
    let [prefix, subject, image, cell, label] = parts[..] else {
        return refuse("the name is not one of C-NMC".into());
    };
    let number = |s: &str| {
        s.bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| s.parse::<u32>().ok())?
    };
    if !prefix.eq_ignore_ascii_case("uid") || number(image).is_none() || number(cell).is_none() {
        return refuse("the name is not one of C-NMC".into());
    }
    let label = label.to_ascii_lowercase();
    if label != "all" && label != "hem" {
        return refuse(format!("unknown label {label:?} in the name"));
    }
    let healthy = subject.strip_prefix(['H', 'h']);
    let Some(id) = number(healthy.unwrap_or(subject)) else {
        return refuse(format!("unknown subject {subject:?} in the name"));
    };
    if healthy.is_some() != (label == "hem") {
        return refuse(format!("subject {subject:?} does not go with label {label:?}"));
    }
    let kind = if healthy.is_some() { 'H' } else { 'A' };
    Ok(CellName {
        subject: format!("{kind}{id}"),
        label,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(name: &str) -> Result<CellName, Error> {
        parse_cell_name(Path::new(name))
    }

    #[test]
    fn subjects_and_labels_are_read_with_h_in_either_case() {
        for (name, subject, label) in [
            ("fold_0/all/UID_11_10_1_all.bmp", "A11", "all"),
            ("UID_H3_1_2_hem.jpg", "H3", "hem"),
            ("UID_h3_1_2_hem.png", "H3", "hem"),
        ] {
            let name = parse(name).unwrap();
            assert_eq!((name.subject.as_str(), name.label.as_str()), (subject, label));
        }
    }

    #[test]
    fn names_that_say_nothing_or_contradict_themselves_are_refused_by_name() {
        for (name, why) in [
            ("UID_11_10_1_aml.bmp", "unknown label \"aml\""),
            ("UID_H11_10_1_all.bmp", "does not go with"),
            ("UID_11_10_1_hem.bmp", "does not go with"),
            ("UID_x_10_1_all.bmp", "unknown subject"),
            ("1.bmp", "not one of C-NMC"),
            ("UID_11_10__all.bmp", "not one of C-NMC"),
        ] {
            let message = parse(name).unwrap_err().to_string();
            assert!(message.contains(why) && message.contains(name), "{message}");
        }
    }
}
