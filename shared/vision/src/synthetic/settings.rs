/// How a smear is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct SmearSettings {
    /// The same seed draws the same slides.
    pub seed: u64,
    /// Defocus: standard deviation of the blur in pixels, beyond the softness of the optics.
    pub blur: f32,
    /// White cells on a field, about.
    pub cells: u32,
}

impl Default for SmearSettings {
    fn default() -> Self {
        Self {
            seed: 1,
            blur: 0.0,
            cells: 6,
        }
    }
}
