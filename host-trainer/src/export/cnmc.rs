//! C-NMC 2019: how it is cited, and what a reader of figures measured on it must know.

use blastscope_shared::package::DataSource;

const NAME: &str = "C-NMC 2019";

/// The data set with the number of its cells that were used.
pub(crate) fn source(cells: u64) -> DataSource {
    DataSource {
        name: NAME.into(),
        licence: "CC BY 3.0".into(),
        citation: "Gupta, A., & Gupta, R. (2019). ALL Challenge dataset of ISBI 2019 (C-NMC 2019) [Data set]. The Cancer \
                   Imaging Archive. https://doi.org/10.7937/tcia.2019.dc64i46r"
            .into(),
        cells,
    }
}

/// Whether some data is C-NMC 2019.
pub(super) fn is(source: &DataSource) -> bool {
    source.name == NAME
}

/// The limits that come with it, as lines of a card.
pub(super) const LIMITS: &str = "\
* The official folds of C-NMC 2019 leak: byte-identical pictures stand under different subjects (20 and 21; 51, 75 and 78;
  H2, H4, H5 and H6; H3 and H10). Here such subjects are one, copies are dropped, and no subject stands on both sides of a split.
  Figures from the official folds cannot be compared with these.
* Cell area alone separates the two classes of C-NMC with an AUC of 0.83. A network that has learnt size looks good on most
  subjects and fails on those whose normal cells are large (H2+H4+H5+H6, H3+H10, H9, H48) or whose blasts are small (A5, A28).
  Read the figures beside that baseline, and per subject.
* C-NMC has few subjects, of one laboratory, one stain and one microscope; the stain was normalised before publication, and
  the pixel scale is not stated but assumed.
";
