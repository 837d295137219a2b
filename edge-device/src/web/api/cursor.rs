//! Where a list goes on: a text that only the list it came from can read.

use super::error::{ApiError, ApiResult};
use super::problem::ProblemCode;
use sha2::{Digest, Sha256};

/// Bytes of the check at the end of a cursor.
const CHECK: usize = 4;
/// Bytes of a row's number.
const NUMBER: usize = size_of::<i64>();

/// A list that is read from its newest row on, by the text that tells it from all others.
#[derive(Debug)]
pub(in crate::web) struct List(String);

impl List {
    pub(in crate::web) fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The cursor after row `last`.
    pub(in crate::web) fn after(&self, last: i64) -> String {
        let number = last.to_be_bytes();
        number
            .iter()
            .chain(&self.check(number))
            .map(|b| format!("{b:02x}"))
            .collect()
    }

    /// The row that a cursor stands after. Refuses one that is damaged or of another list.
    pub(super) fn read(&self, cursor: &str) -> ApiResult<i64> {
        let refused = || ApiError::new(ProblemCode::BadCursor, ProblemCode::BadCursor.usual_detail());
        let bytes = from_hex(cursor).ok_or_else(refused)?;
        let number = bytes.first_chunk::<NUMBER>().copied().ok_or_else(refused)?;
        if bytes[NUMBER..] == self.check(number) {
            Ok(i64::from_be_bytes(number))
        } else {
            Err(refused())
        }
    }

    /// One page of at most `limit` rows out of one row more, and the cursor after it if there is a next one.
    pub(super) fn page<T>(
        &self,
        mut rows: Vec<T>,
        limit: u32,
        number: impl Fn(&T) -> i64,
    ) -> (Vec<T>, Option<String>) {
        let limit = limit as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|last| self.after(number(last)));
        (rows, next)
    }

    fn check(&self, number: [u8; NUMBER]) -> [u8; CHECK] {
        let digest = Sha256::new()
            .chain_update(&self.0)
            .chain_update(number)
            .finalize();
        std::array::from_fn(|i| digest[i])
    }
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |c: u8| char::from(c).to_digit(16).map(|d| d as u8);
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let bytes = pairs
        .iter()
        .map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?));
    rest.is_empty().then(|| bytes.collect()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_cursor_is_read_by_its_own_list_only(row in any::<i64>(), text in ".{0,40}") {
            let (slides, cells) = (List::new("slides"), List::new("cells of 1"));
            let cursor = slides.after(row);
            prop_assert_eq!(slides.read(&cursor).unwrap(), row);
            prop_assert_eq!(cells.read(&cursor).unwrap_err().code(), ProblemCode::BadCursor);
            prop_assert!(slides.read(&text).is_err());
            prop_assert!(slides.read(&cursor[1..]).is_err());
        }
    }

    #[test]
    fn the_last_page_has_no_cursor() {
        let list = List::new("rows");
        let (rows, next) = list.page(vec![9, 8, 7], 2, |r| *r);
        assert_eq!((rows, list.read(&next.unwrap()).unwrap()), (vec![9, 8], 8));
        assert_eq!(list.page(vec![9, 8], 2, |r| *r), (vec![9, 8], None));
        assert_eq!(list.page(Vec::<i64>::new(), 2, |r| *r), (vec![], None));
    }
}
