//! The known name that a mistyped one most likely means.

/// The known name with the fewest changes of one letter from `given` (Levenshtein 1966), if those are fewer
/// than half of its letters.
pub(super) fn nearest<'a>(given: &str, known: &[&'a str]) -> Option<&'a str> {
    let closest = known.iter().min_by_key(|name| distance(given, name))?;
    (distance(given, closest) * 2 < closest.len()).then_some(closest)
}

fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_name_finds_the_one_that_was_meant_and_a_strange_one_none() {
        let known = ["resnet18", "resnet50", "dense"];
        assert_eq!(nearest("resnet5", &known), Some("resnet50"));
        assert_eq!(nearest("densee", &known), Some("dense"));
        assert_eq!(nearest("transformer", &known), None);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
