//! Where boxes stand: layers from top to bottom, branches in lanes side by side, long networks in
//! several columns.

use super::boxes::OpBox;
use super::repeats::Repeat;
use std::collections::{BTreeMap, BTreeSet};

/// Width of a box, in pixels as all below.
pub(super) const WIDTH: f64 = 268.0;
/// Height of a line of text.
pub(super) const LINE: f64 = 15.0;
const GAP: f64 = 30.0;
const LANE: f64 = WIDTH + 36.0;
/// Beside a column: the block's frame, and the curves past its boxes.
const MARGIN: f64 = 70.0;
/// Above everything: the title.
const TOP: f64 = 70.0;
/// Above the boxes of a block: its name.
const BLOCK_HEAD: f64 = 26.0;
/// Characters of operations in one line.
const CHARACTERS: usize = 40;

/// Where one box stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Height.
    pub height: f64,
    /// Lines of operations.
    pub lines: Vec<String>,
    /// Layer in the whole picture.
    pub layer: usize,
    /// Lane in the column, may be negative.
    pub lane: i64,
    /// Column.
    pub column: usize,
}

/// The frame of a block.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Frame {
    /// Place in the graph's blocks.
    pub block: usize,
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

/// Places of everything.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout {
    pub places: Vec<Place>,
    pub frames: Vec<Frame>,
    pub width: f64,
    pub height: f64,
}

/// Lays out boxes; stretches that repeat are not torn apart by a column's end.
pub(super) fn lay_out(boxes: &[OpBox], repeats: &[Repeat]) -> Layout {
    let layers = layers(boxes);
    let lanes = lanes(boxes, &layers);
    let lines: Vec<Vec<String>> = boxes.iter().map(|b| wrap(&b.operations)).collect();
    let height = |i: usize| LINE * (lines[i].len() as f64 + 2.0) + 10.0;
    let count = layers.iter().max().map_or(0, |l| l + 1);
    let mut layer_heights = vec![0.0f64; count];
    let mut layer_blocks = vec![0; count];
    for (i, layer) in layers.iter().enumerate() {
        layer_heights[*layer] = layer_heights[*layer].max(height(i));
        layer_blocks[*layer] = boxes[i].block;
    }
    let begins = |layer: usize| layer == 0 || layer_blocks[layer - 1] != layer_blocks[layer];
    let full = |layer: usize| layer_heights[layer] + GAP + if begins(layer) { BLOCK_HEAD } else { 0.0 };
    let total: f64 = (0..count).map(full).sum();
    let torn = |layer: usize| {
        repeats.iter().any(|r| {
            let first = layers[r.first];
            first < layer && layer <= layers[r.first + r.length - 1]
        })
    };
    // As tall as wide, about.
    let (low, high) = lanes
        .iter()
        .fold((0, 0), |(l, h), lane| (l.min(*lane), h.max(*lane)));
    let widest = (high - low + 1) as f64 * LANE + MARGIN;
    let target = (total * widest).sqrt().max(900.0);
    let (mut column, mut y) = (0, TOP);
    let mut columns = vec![0; count];
    let mut tops = vec![0.0; count];
    for layer in 0..count {
        if begins(layer) && !torn(layer) && y > TOP + target {
            column += 1;
            y = TOP;
        }
        if begins(layer) {
            y += BLOCK_HEAD;
        }
        columns[layer] = column;
        tops[layer] = y;
        y += layer_heights[layer] + GAP;
    }
    // The lanes that each column needs.
    let mut spans: BTreeMap<usize, (i64, i64)> = BTreeMap::new();
    for (layer, lane) in layers.iter().zip(&lanes) {
        let span = spans.entry(columns[*layer]).or_insert((*lane, *lane));
        *span = (span.0.min(*lane), span.1.max(*lane));
    }
    let mut lefts = BTreeMap::new();
    let mut x = 20.0;
    for (column, (low, high)) in &spans {
        let width = (high - low + 1) as f64 * LANE + MARGIN;
        lefts.insert(*column, (x, width));
        x += width + 30.0;
    }
    let places: Vec<Place> = (0..boxes.len())
        .map(|i| {
            let column = columns[layers[i]];
            let lane = lanes[i] - spans[&column].0;
            Place {
                x: lefts[&column].0 + 18.0 + lane as f64 * LANE,
                y: tops[layers[i]],
                height: height(i),
                lines: lines[i].clone(),
                layer: layers[i],
                lane: lanes[i],
                column,
            }
        })
        .collect();
    let mut frames: Vec<Frame> = vec![];
    for layer in 0..count {
        let (left, width) = lefts[&columns[layer]];
        let bottom = tops[layer] + layer_heights[layer] + 20.0;
        match frames.last_mut() {
            Some(frame) if !begins(layer) => frame.height = bottom - frame.y,
            _ => frames.push(Frame {
                block: layer_blocks[layer],
                x: left,
                y: tops[layer] - BLOCK_HEAD + 4.0,
                width,
                height: bottom - (tops[layer] - BLOCK_HEAD + 4.0),
            }),
        }
    }
    let bottom = places.iter().map(|p| p.y + p.height).fold(0.0, f64::max);
    Layout {
        places,
        frames,
        width: x + 10.0,
        height: bottom + 60.0,
    }
}

/// The layer of each box: below its inputs, and below all blocks before its own.
fn layers(boxes: &[OpBox]) -> Vec<usize> {
    let mut layers: Vec<usize> = vec![];
    let (mut floor, mut deepest) = (0, 0);
    for (i, b) in boxes.iter().enumerate() {
        if i > 0 && boxes[i - 1].block != b.block {
            floor = deepest + 1;
        }
        let below = b.inputs.iter().map(|input| layers[*input] + 1).max();
        let layer = below.unwrap_or(0).max(floor);
        deepest = deepest.max(layer);
        layers.push(layer);
    }
    layers
}

/// The lane of each box: that of its inputs where it is free, else the nearest free one.
fn lanes(boxes: &[OpBox], layers: &[usize]) -> Vec<i64> {
    let mut order: Vec<usize> = (0..boxes.len()).collect();
    order.sort_by_key(|i| layers[*i]);
    let mut lanes = vec![0i64; boxes.len()];
    let mut taken: BTreeSet<(usize, i64)> = BTreeSet::new();
    for i in order {
        let inputs = &boxes[i].inputs;
        let wished = match inputs[..] {
            [one] => lanes[one],
            // Branches meet in the middle of the column.
            _ => 0,
        };
        let near = (0..).flat_map(|d: i64| [wished + d, wished - d]);
        let free = near.into_iter().find(|lane| !taken.contains(&(layers[i], *lane)));
        lanes[i] = free.unwrap_or(wished);
        taken.insert((layers[i], lanes[i]));
    }
    lanes
}

/// Operations as lines.
fn wrap(operations: &[String]) -> Vec<String> {
    let mut lines = vec![String::new()];
    for operation in operations {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.clone_from(operation),
            Some(line) if line.len() + operation.len() + 3 <= CHARACTERS => {
                line.push_str(" · ");
                line.push_str(operation);
            }
            _ => lines.push(operation.clone()),
        }
    }
    lines
}
