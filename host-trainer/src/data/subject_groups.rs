use super::listed::Listed;
use std::collections::{BTreeMap, BTreeSet};

/// The group of every subject: subjects that the index puts into one group, or that share a picture,
/// are one. A group that is exactly one of the index keeps its name; others are named by their
/// subjects, `H2+H4`.
pub(super) fn join_subjects(listed: &[Listed], digests: &[String]) -> BTreeMap<String, String> {
    let mut number: BTreeMap<&str, usize> = BTreeMap::new();
    for cell in listed {
        let next = number.len();
        number.entry(&cell.subject).or_insert(next);
    }
    let mut union = Union((0..number.len()).collect());
    let mut by_group: BTreeMap<&str, usize> = BTreeMap::new();
    let mut by_digest: BTreeMap<&str, usize> = BTreeMap::new();
    for (cell, digest) in listed.iter().zip(digests) {
        let subject = number[cell.subject.as_str()];
        union.join(subject, *by_digest.entry(digest).or_insert(subject));
        if let Some(group) = &cell.group {
            union.join(subject, *by_group.entry(group).or_insert(subject));
        }
    }
    let mut members: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
    for (subject, &n) in &number {
        members.entry(union.root(n)).or_default().push(subject);
    }
    let mut given: BTreeMap<usize, BTreeSet<Option<&str>>> = BTreeMap::new();
    for cell in listed {
        let root = union.root(number[cell.subject.as_str()]);
        given.entry(root).or_default().insert(cell.group.as_deref());
    }
    let mut groups = BTreeMap::new();
    for (root, mut subjects) in members {
        subjects.sort_by_key(|s| natural_key(s));
        let names: Vec<Option<&str>> = given.get(&root).into_iter().flatten().copied().collect();
        let name = match names[..] {
            [Some(one)] => one.to_owned(),
            _ => subjects.join("+"),
        };
        groups.extend(subjects.iter().map(|s| ((*s).to_owned(), name.clone())));
    }
    groups
}

/// `H3` before `H10`.
pub(super) fn natural_key(subject: &str) -> (String, u64, String) {
    let digits = subject
        .find(|c: char| c.is_ascii_digit())
        .unwrap_or(subject.len());
    let (letters, rest) = subject.split_at(digits);
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let number = rest[..end].parse().unwrap_or(u64::MAX);
    (letters.to_owned(), number, rest[end..].to_owned())
}

/// Disjoint sets by their roots.
struct Union(Vec<usize>);

impl Union {
    fn root(&mut self, mut i: usize) -> usize {
        while self.0[i] != i {
            self.0[i] = self.0[self.0[i]];
            i = self.0[i];
        }
        i
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
    }
}
