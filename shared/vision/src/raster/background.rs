use super::Plane;
use super::histogram::Histogram;

/// Least height of the peak of the background, share of the fullest value: where red cells lie close, bare glass is rare.
const PEAK: f32 = 0.2;
/// Share of the brightest green below which nothing is background: cells keep less than about that of the light.
const BRIGHT: f32 = 0.75;
/// Half width of the peak, grey values.
const AROUND: f32 = 5.0;

/// The light through bare glass, against which all densities of a field are taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Background {
    /// Colour, 0 to 255 a channel.
    pub rgb: [f32; 3],
    /// Pixels that it was measured on, share of the field.
    pub share: f32,
}

impl Background {
    /// The brightest peak of the green channel that is high enough.
    pub(crate) fn of(rgb: &Plane<[u8; 3]>) -> Self {
        let greens = rgb.data.iter().map(|p| f32::from(p[1]));
        let histogram = Histogram::of(greens, 0.0, 256.0, 128);
        // Reflections of the lamp are rare.
        let bright = histogram.quantile(0.99);
        let mode = histogram.last_mode_between(BRIGHT * bright, bright, PEAK);
        let (mut sums, mut count) = ([0.0f64; 3], 0u32);
        for pixel in rgb
            .data
            .iter()
            .filter(|p| (f32::from(p[1]) - mode).abs() <= AROUND)
        {
            for (sum, &value) in sums.iter_mut().zip(pixel) {
                *sum += f64::from(value);
            }
            count += 1;
        }
        Self {
            rgb: sums.map(|sum| (sum / f64::from(count.max(1))) as f32),
            share: count as f32 / rgb.data.len().max(1) as f32,
        }
    }
}
