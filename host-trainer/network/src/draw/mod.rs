//! The drawing reader: a network as an SVG picture, layers from top to bottom, blocks framed, what repeats
//! drawn once, skips as curves.

mod boxes;
mod edges;
mod layout;
mod repeats;
mod svg;
#[cfg(test)]
mod tests;

use crate::Graph;

/// The picture of a network, as the text of an SVG file; `name` stands in its title.
pub fn draw(name: &str, graph: &Graph) -> String {
    let all = boxes::boxes(graph);
    let (kept, repeats) = repeats::collapse(&all);
    let layout = layout::lay_out(&kept, &repeats);
    svg::write(name, graph, &kept, &repeats, &layout)
}
