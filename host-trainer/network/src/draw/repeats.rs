//! Stretches that stand several times in a row are drawn once, with their number.

use super::boxes::OpBox;
use crate::Shape;

/// Longest stretch that is looked for, in boxes.
const MAX_PERIOD: usize = 64;

/// A stretch of boxes that stands for several equal ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Repeat {
    /// First box.
    pub first: usize,
    /// Boxes of it.
    pub length: usize,
    /// How often it stands in the network.
    pub times: usize,
    /// Name of the first node of its last copy.
    pub last_name: String,
    /// Block of the last copy's last box.
    pub last_block: usize,
}

/// What makes two boxes equal: the words, the output, how far back the inputs lie, and whether a block
/// begins there.
type Signature<'a> = (&'a [String], Shape, Vec<usize>, bool);

/// The boxes that are drawn, with inputs among them, and the stretches that stand for several.
pub(super) fn collapse(boxes: &[OpBox]) -> (Vec<OpBox>, Vec<Repeat>) {
    let signatures: Vec<Signature> = boxes
        .iter()
        .enumerate()
        .map(|(i, b)| {
            let back = b.inputs.iter().map(|input| i - input).collect();
            let begins = i == 0 || boxes[i - 1].block != b.block;
            (&b.operations[..], b.shape, back, begins)
        })
        .collect();
    let mut kept: Vec<OpBox> = vec![];
    let mut repeats = vec![];
    // Where each box is drawn.
    let mut drawn = vec![0; boxes.len()];
    let mut i = 0;
    while i < boxes.len() {
        let (length, times) = longest(&signatures, boxes, i);
        let first = kept.len();
        for (place, b) in boxes[i..i + length].iter().enumerate() {
            drawn[i + place] = first + place;
            let inputs = b.inputs.iter().map(|input| drawn[*input]).collect();
            kept.push(OpBox { inputs, ..b.clone() });
        }
        for place in length..length * times {
            drawn[i + place] = first + place % length;
        }
        if times > 1 {
            let last = i + length * (times - 1);
            repeats.push(Repeat {
                first,
                length,
                times,
                last_name: boxes[last].name.clone(),
                last_block: boxes[last + length - 1].block,
            });
        }
        i += length * times;
    }
    (kept, repeats)
}

/// The stretch from `start` whose repetition saves most boxes; one box once when none repeats.
fn longest(signatures: &[Signature], boxes: &[OpBox], start: usize) -> (usize, usize) {
    let mut best = (1, 1);
    for length in 1..=MAX_PERIOD.min((boxes.len() - start) / 2) {
        let equal = |i: &usize| signatures[*i] == signatures[*i + length];
        let run = (start..boxes.len() - length).take_while(equal).count();
        let whole = |times: &usize| is_of_whole_blocks(boxes, start, start + length * times);
        let Some(times) = (2..=1 + run / length).rev().find(whole) else {
            continue;
        };
        let end = start + length * times;
        // Only the last copy may be used from outside: the others are not drawn.
        let hidden = start..end - length;
        let seen = boxes[end..]
            .iter()
            .any(|b| b.inputs.iter().any(|i| hidden.contains(i)));
        if !seen && length * (times - 1) > best.0 * (best.1 - 1) {
            best = (length, times);
        }
    }
    best
}

/// Whether a stretch lies in one block, or begins and ends where blocks do.
fn is_of_whole_blocks(boxes: &[OpBox], start: usize, end: usize) -> bool {
    let begins = |i: usize| i == 0 || i == boxes.len() || boxes[i - 1].block != boxes[i].block;
    boxes[start].block == boxes[end - 1].block || (begins(start) && begins(end))
}
