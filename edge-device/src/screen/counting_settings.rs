use super::settings::ScreenSettings;
use blastscope_shared::calibration::Calibration;
use blastscope_vision::find::FinderSettings;
use blastscope_vision::quality::QualitySettings;
use blastscope_vision::raster::PixelSize;
use blastscope_vision::stain::StainSettings;
use serde::{Deserialize, Serialize};

/// Everything under which the cells of a slide are found, classified and counted. It is kept with the slide: what was
/// said of a slide stays said, whatever is set later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CountingSettings {
    /// Cells after which the slide is full.
    pub cells_per_slide: u64,
    /// Fields after which the slide is full, however few cells are on them.
    pub fields_per_slide: u64,
    /// Pixel size that the operator states.
    pub scale_nm: Option<PixelSize>,
    /// When a slide may be spoken of.
    pub screen: ScreenSettings,
    /// Thresholds of the cell finder.
    pub finder: FinderSettings,
    /// When a field is unfit to be counted.
    pub quality: QualitySettings,
    /// How colours are brought to those of the package.
    pub stain: StainSettings,
    /// How logits become decisions; `None` for a slide of a version that did not keep it.
    pub calibration: Option<Calibration>,
}
