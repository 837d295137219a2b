//! Teachers that have seen what their student is judged by.

use crate::data::{Cell, DataSet};
use crate::train::{Run, RunDescription, TeacherChoice};
use crate::{Error, ErrorKind};
use std::collections::BTreeSet;

/// Refuses a teacher that learnt (trained, or was validated and calibrated) on subjects that its student
/// tests: the student would be told the answers. Names the student's validation subjects that it learnt on:
/// the student's epoch and calibration are then chosen on cells whose answers it may have been told.
pub(super) fn check_leaks(
    teacher: &Run,
    choice: &TeacherChoice,
    student: &RunDescription,
    data: &DataSet,
) -> Result<BTreeSet<String>, Error> {
    let learnt = Learnt::of(teacher.description(), data);
    let tested = learnt.among(&student.subjects.test, data);
    if tested.is_empty() {
        return Ok(learnt.among(&student.subjects.validation, data));
    }
    const SHOWN: usize = 60;
    let more = tested.len().saturating_sub(SHOWN);
    let mut names = tested.into_iter().take(SHOWN).collect::<Vec<_>>().join(", ");
    if more > 0 {
        names += &format!(" and {more} more");
    }
    Err(Error::new(
        ErrorKind::Run,
        format!(
            "leak: the teacher {} learnt from subjects that the student tests: {names}; give the teachers' own \
             --split and --fold, so that their hold-out is the student's test, or other teachers",
            choice.run
        ),
    ))
}

/// Names of what a teacher learnt from: subject groups, their subjects, and pictures.
struct Learnt<'a> {
    names: BTreeSet<&'a str>,
    groups: BTreeSet<&'a str>,
}

impl<'a> Learnt<'a> {
    fn of(teacher: &'a RunDescription, data: &'a DataSet) -> Self {
        let sides = &teacher.subjects;
        let units = sides.train.iter().chain(&sides.validation);
        // A group of other data may be joined otherwise: `H2+H4` there may be H4 alone here.
        let names: BTreeSet<&str> = units
            .flat_map(|u| std::iter::once(u.as_str()).chain(u.split('+')))
            .collect();
        let by_file = |c: &&Cell| names.contains(c.file.as_str());
        let groups = data
            .collection()
            .cells
            .iter()
            .filter(by_file)
            .map(|c| c.group.as_str());
        Self {
            groups: groups.collect(),
            names,
        }
    }

    /// The groups of one side of the student's fold that the teacher learnt from.
    fn among(&self, side: &[String], data: &DataSet) -> BTreeSet<String> {
        let cells = data.cells_of(side).into_iter().map(|i| data.cell(i));
        let known = |c: &&Cell| {
            let named = [&c.group, &c.subject, &c.file];
            named.iter().any(|n| self.names.contains(n.as_str())) || self.groups.contains(c.group.as_str())
        };
        cells.filter(known).map(|c| c.group.clone()).collect()
    }
}
