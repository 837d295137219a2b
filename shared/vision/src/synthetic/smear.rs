//! One drawn field: cells laid out on glass, lit, blurred and seen by a noisy sensor.

use super::cell_shape::{Platelet, RedCell, WhiteCell};
use super::settings::SmearSettings;
use crate::raster::{PixelSize, Point};
use blastscope_shared::random::SplitMix64;
use image::{Rgb, RgbImage};

const PIXELS_PER_UM: f32 = 1000.0 / Smear::PIXEL_SIZE.nanometres() as f32;
/// Light through bare glass, as the sensor sees it.
const GLASS: [f32; 3] = [236.0, 229.0, 231.0];
/// Red cells and platelets on a field of the usual size.
const RED_CELLS: u64 = 62;
const PLATELETS: u64 = 7;
/// Softness of the optics in focus, pixels.
const OPTICS: f32 = 0.7;
/// Noise of the sensor, grey values.
const NOISE: f32 = 1.8;
/// Share of white cells that may lie across the border of the field.
const CUT: f32 = 0.08;

/// A white cell that was drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DrawnCell {
    /// Centre, pixels from the top-left corner.
    pub centre: Point,
    /// Radius of the circle that holds it, pixels.
    pub reach: f32,
    /// Blast-like, else lymphocyte-like.
    pub blast: bool,
    /// Part of it may lie outside the field.
    pub cut: bool,
}

/// One field with the truth about it.
#[derive(Debug, Clone)]
pub struct Smear {
    /// The picture.
    pub image: RgbImage,
    /// Every white cell on it.
    pub cells: Vec<DrawnCell>,
}

/// Densities of the three channels, pixel by pixel.
struct Layer {
    width: u32,
    height: u32,
    dye: Vec<[f32; 3]>,
}

impl Smear {
    /// That of every drawn field.
    pub const PIXEL_SIZE: PixelSize = PixelSize::new(110);
    /// Width and height of a field unless another size is asked for, pixels.
    pub const SIZE: (u32, u32) = (960, 720);
    /// Least and largest side of a field, pixels.
    pub const SIDES: [u32; 2] = [128, 8192];

    /// Draws one field. The same settings, number and share of blasts give the same field.
    pub fn draw(settings: &SmearSettings, number: u64, blast_share: f32) -> Self {
        Self::draw_sized(settings, number, blast_share, Self::SIZE)
    }

    /// As [`Smear::draw`], of another size (width and height in pixels, brought within [`Smear::SIDES`]); red cells lie
    /// as close as on the usual one, white cells are as many as the settings say.
    pub fn draw_sized(settings: &SmearSettings, number: u64, blast_share: f32, size: (u32, u32)) -> Self {
        let [least, most] = Self::SIDES;
        let mut random = SplitMix64::keyed(&[settings.seed, number]);
        let mut layer = Layer::new(size.0.clamp(least, most), size.1.clamp(least, most));
        let cells = white_cells(&mut random, settings.cells, blast_share, &mut layer);
        red_cells(&mut random, &cells, &mut layer);
        for _ in 0..layer.as_many(PLATELETS) {
            let platelet = Platelet::new(&mut random, PIXELS_PER_UM);
            let at = layer.anywhere(&mut random, 0.0);
            if cells
                .iter()
                .all(|c| c.centre.distance(at) > c.reach + 2.0 * platelet.reach())
            {
                layer.add(at, platelet.reach(), |dx, dy| platelet.density(dx, dy));
            }
        }
        let image = layer.lit(&mut random);
        let image = image::imageops::fast_blur(&image, OPTICS.hypot(settings.blur));
        Self {
            image: with_noise(image, &mut random),
            cells,
        }
    }
}

fn white_cells(random: &mut SplitMix64, about: u32, blast_share: f32, layer: &mut Layer) -> Vec<DrawnCell> {
    let spread = (about / 3).max(1) as usize;
    let wanted = if about == 0 {
        0
    } else {
        about as usize + random.below(2 * spread + 1) - spread
    };
    let mut cells: Vec<DrawnCell> = Vec::new();
    for _ in 0..wanted {
        let blast = random.unit() < blast_share;
        let cell = match blast {
            true => WhiteCell::blast(random, PIXELS_PER_UM),
            false => WhiteCell::lymphocyte(random, PIXELS_PER_UM),
        };
        let reach = cell.body.reach();
        let cut = random.unit() < CUT;
        let margin = if cut { 0.0 } else { reach + 6.0 };
        // A crowded field has no room for the rest.
        for _ in 0..60 {
            let centre = layer.anywhere(random, margin);
            if cells
                .iter()
                .all(|c| c.centre.distance(centre) > c.reach + reach + 12.0)
            {
                layer.add(centre, reach, |dx, dy| cell.density(dx, dy));
                cells.push(DrawnCell {
                    centre,
                    reach,
                    blast,
                    cut,
                });
                break;
            }
        }
    }
    cells
}

fn red_cells(random: &mut SplitMix64, white: &[DrawnCell], layer: &mut Layer) {
    let mut placed: Vec<(Point, f32)> = Vec::new();
    for _ in 0..layer.as_many(RED_CELLS) {
        let cell = RedCell::new(random, PIXELS_PER_UM);
        let reach = cell.reach();
        // Most lie alone, some overlap a little, as in the thin part of a smear.
        let overlap = if random.unit() < 0.12 { 0.35 * reach } else { -4.0 };
        for _ in 0..40 {
            let at = layer.anywhere(random, -0.5 * reach);
            let free = white
                .iter()
                .all(|c| c.centre.distance(at) > c.reach + reach + 2.0)
                && placed.iter().all(|(p, r)| p.distance(at) > r + reach - overlap);
            if free {
                layer.add(at, reach, |dx, dy| cell.density(dx, dy));
                placed.push((at, reach));
                break;
            }
        }
    }
}

impl Layer {
    fn new(width: u32, height: u32) -> Self {
        let dye = vec![[0.0; 3]; width as usize * height as usize];
        Self { width, height, dye }
    }

    /// So many as `usual` on a field of the usual size.
    fn as_many(&self, usual: u64) -> u64 {
        let (width, height) = Smear::SIZE;
        usual * u64::from(self.width) * u64::from(self.height) / (u64::from(width) * u64::from(height))
    }

    fn anywhere(&self, random: &mut SplitMix64, margin: f32) -> Point {
        let x = random.range(margin, self.width as f32 - margin);
        Point::new(x, random.range(margin, self.height as f32 - margin))
    }

    fn add(&mut self, centre: Point, reach: f32, density: impl Fn(f32, f32) -> [f32; 3]) {
        let span = |middle: f32, size: u32| {
            let (low, high) = (middle - reach - 3.0, middle + reach + 4.0);
            low.clamp(0.0, size as f32) as u32..high.clamp(0.0, size as f32) as u32
        };
        for y in span(centre.y, self.height) {
            for x in span(centre.x, self.width) {
                let dye = density(x as f32 + 0.5 - centre.x, y as f32 + 0.5 - centre.y);
                let pixel = &mut self.dye[(y * self.width + x) as usize];
                pixel.iter_mut().zip(dye).for_each(|(p, d)| *p += d);
            }
        }
    }

    /// Light through the dye (Beer and Lambert), a little darker towards the corners.
    fn lit(&self, random: &mut SplitMix64) -> RgbImage {
        let lamp = random.range(0.97, 1.03);
        RgbImage::from_fn(self.width, self.height, |x, y| {
            let (u, v) = (
                x as f32 / self.width as f32 - 0.5,
                y as f32 / self.height as f32 - 0.5,
            );
            let light = lamp * (1.0 - 0.07 * (u * u + v * v));
            let dye = self.dye[(y * self.width + x) as usize];
            Rgb(std::array::from_fn(|c| {
                (GLASS[c] * light * (-dye[c]).exp()).clamp(0.0, 255.0) as u8
            }))
        })
    }
}

/// Adds the noise of a sensor: the sum of four uniform numbers, near enough to a normal one.
fn with_noise(mut image: RgbImage, random: &mut SplitMix64) -> RgbImage {
    for value in image.iter_mut() {
        let bits = random.next_u64();
        let sum: u64 = (0..4).map(|i| (bits >> (16 * i)) & 0xffff).sum();
        let normal = (sum as f32 / 65_535.0 - 2.0) * 3f32.sqrt();
        *value = (f32::from(*value) + NOISE * normal).round().clamp(0.0, 255.0) as u8;
    }
    image
}
