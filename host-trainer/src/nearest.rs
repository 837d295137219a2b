//! The nearest of the words that are known, for messages about one that is not.

use strsim::levenshtein;

/// The known word that takes the fewest insertions, deletions and substitutions (Levenshtein 1966).
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known.into_iter().min_by_key(|k| levenshtein(word, k))
}

/// Adds the nearest known word to what serde says of an unknown one, which lists the known ones in
/// backticks; any other message stays as it is.
pub fn with_nearest(message: &str) -> String {
    let told = ["unknown field `", "unknown variant `"]
        .iter()
        .find_map(|opening| message.split_once(opening))
        .and_then(|(_, rest)| rest.split_once("`, expected "));
    let Some((word, listed)) = told else {
        return message.to_owned();
    };
    let line = listed.lines().next().unwrap_or_default();
    let known = line.split('`').skip(1).step_by(2);
    match nearest(word, known) {
        Some(close) => format!("{}; the nearest known one is {close:?}", message.trim_end()),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_with_the_fewest_changes_is_the_nearest() {
        let known = ["learning_rate", "label_smoothing", "batch", "epochs"];
        for (word, wanted) in [
            ("learnig_rate", "learning_rate"),
            ("epoch", "epochs"),
            ("smoothing", "label_smoothing"),
        ] {
            assert_eq!(nearest(word, known), Some(wanted));
        }
        assert_eq!(nearest("x", []), None);
    }

    #[test]
    fn only_messages_of_unknown_words_are_completed() {
        let said =
            with_nearest("unknown field `flop`, expected one of `flip`, `rotation`\nin `augmentation`");
        assert!(said.ends_with("the nearest known one is \"flip\""), "{said}");
        let said = with_nearest("unknown variant `adma`, expected `adam` or `sgd`");
        assert!(said.ends_with("is \"adam\""), "{said}");
        assert_eq!(with_nearest("missing field `noise`"), "missing field `noise`");
        assert_eq!(
            with_nearest("unknown field `x`, there are no fields"),
            "unknown field `x`, there are no fields"
        );
    }
}
