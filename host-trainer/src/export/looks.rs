use blastscope_shared::preprocess::{CellCrop, InputSpec};
use blastscope_shared::stain::{StainReference, StainStatistics};

/// What the cells look like, for devices to bring theirs to it. Whole pictures have no colours of cells, and enhanced
/// cells have other colours than those that a device measures.
pub(crate) fn looks_of(cells: &[CellCrop], input: &InputSpec) -> Option<StainReference> {
    let mut statistics = StainStatistics::default();
    if input.framing.is_masked_cell() && input.enhancement.is_none() {
        cells.iter().for_each(|cell| statistics.add_crop(cell));
    }
    statistics.reference()
}
