//! A stage micrometer: lines at a known distance.

use super::profile::{across, autocorrelation, power};
use crate::raster::{GreyImage, green_image};
use crate::{Error, ErrorKind, Result};
use image::RgbImage;

/// Longest side of the picture that is measured, and of the one in which its rotation is looked for, pixels.
const MEASURED: u32 = 2000;
const TURNED: u32 = 400;
/// Farthest that lines may be turned from the picture's sides, degrees; in steps, coarse and fine.
const MOST_TURN: f32 = 15.0;
const COARSE_TURN: f32 = 0.5;
const FINE_TURN: f32 = 0.05;
/// Widest distance of lines, share of the picture's longest side: more is too few lines to measure on.
const WIDEST: f32 = 0.2;
/// Narrowest distance of lines that is told, pixels.
const NARROWEST: usize = 4;
/// Least contrast of lines, grey values (root mean square of the profile).
const LEAST_CONTRAST: f32 = 1.0;
/// Least correlation of the profile with itself, one division on.
const REPEATS: f32 = 0.3;
/// Fewest lines to measure by.
const LEAST_LINES: usize = 6;
/// Farthest that lines may lie from their even places, root mean square, divisions.
const EVEN: f32 = 0.06;

/// A pixel size read off a stage micrometer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MicrometerPixelSize {
    /// Nanometres a pixel.
    pub nanometres_per_pixel: f64,
    /// Standard error of that, nanometres a pixel, from how evenly the lines lie.
    pub standard_error: f64,
    /// Lines measured by.
    pub lines: usize,
    /// Pixels from line to line.
    pub division_pixels: f64,
    /// How far the lines are turned from the picture's sides, degrees.
    pub rotation_degrees: f32,
}

/// Measures the lines of a stage micrometer whose divisions are `division_um` micrometres (0.1 to 1000); the
/// lines may be turned by up to 15 degrees from either side of the picture. Refuses a picture without lines at
/// even distances, with fewer than six, and one of other things.
pub fn measure_micrometer(picture: &RgbImage, division_um: f64) -> Result<MicrometerPixelSize> {
    if !(0.1..=1000.0).contains(&division_um) {
        return Err(Error::new(
            ErrorKind::Request,
            "--division-um: give 0.1 to 1000 micrometres",
        ));
    }
    let longest = picture.width().max(picture.height());
    let factor = longest.div_ceil(MEASURED).max(1) as usize;
    let grey = green_image(picture, factor);
    if grey.width.min(grey.height) < 8 * NARROWEST {
        return Err(unusable(
            "the picture is too small: give the whole frame of the camera",
        ));
    }
    let around = (WIDEST * grey.width.max(grey.height) as f32) as usize;
    let small = green_image(picture, longest.div_ceil(TURNED).max(1) as usize);
    let direction = direction(&grey, &small, around);
    let profile = upright(across(&grey, direction, around));
    if power(&profile).sqrt() < LEAST_CONTRAST {
        return Err(unusable(
            "no lines are seen: focus on the lines, and close the condenser a little",
        ));
    }
    let rough = spacing(&profile).ok_or_else(|| {
        unusable("no lines at even distances are seen: focus on the lines of the micrometer")
    })?;
    let lines = lines(&profile, rough);
    if lines.len() < LEAST_LINES {
        let message = format!(
            "only {} lines are seen: move the micrometer until {LEAST_LINES} or more cross the picture",
            lines.len()
        );
        return Err(unusable(&message));
    }
    let fit = Fit::of(&lines, rough);
    if fit.uneven > f64::from(EVEN) * fit.division || fit.division.is_nan() {
        return Err(unusable(
            "the lines are not evenly spaced: is this a stage micrometer, in focus and flat?",
        ));
    }
    let division_pixels = fit.division * factor as f64;
    let nanometres_per_pixel = division_um * 1000.0 / division_pixels;
    let degrees = direction.to_degrees();
    Ok(MicrometerPixelSize {
        nanometres_per_pixel,
        standard_error: nanometres_per_pixel * fit.error / fit.division,
        lines: lines.len(),
        division_pixels,
        rotation_degrees: if degrees > 45.0 { degrees - 90.0 } else { degrees },
    })
}

fn unusable(message: &str) -> Error {
    Error::new(ErrorKind::Picture, message)
}

/// The direction across the lines, radians from the x axis: the one in which brightness varies most.
fn direction(grey: &GreyImage, small: &GreyImage, around: usize) -> f32 {
    let best = |picture: &GreyImage, around: usize, middles: &[f32], reach: f32, step: f32| {
        let steps = (reach / step).round() as i32;
        let turns = middles
            .iter()
            .flat_map(|m| (-steps..=steps).map(move |i| m + step * i as f32));
        let turned = turns.map(|degrees| (power(&across(picture, degrees.to_radians(), around)), degrees));
        turned
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map_or(0.0, |(_, degrees)| degrees)
    };
    let small_around = around * small.width / grey.width.max(1);
    let rough = best(small, small_around.max(1), &[0.0, 90.0], MOST_TURN, COARSE_TURN);
    best(grey, around, &[rough], COARSE_TURN, FINE_TURN).to_radians()
}

/// Lines as peaks: dark ones on a bright ground are turned over.
fn upright(mut profile: Vec<f32>) -> Vec<f32> {
    let skew: f32 = profile.iter().map(|v| v * v * v).sum();
    if skew < 0.0 {
        profile.iter_mut().for_each(|v| *v = -*v);
    }
    profile
}

/// The smallest lag at which the profile repeats itself about as well as at any.
fn spacing(profile: &[f32]) -> Option<f64> {
    let repeats = autocorrelation(profile);
    let peaks: Vec<(usize, f32)> = (NARROWEST..repeats.len().saturating_sub(1))
        .filter(|i| repeats[*i] >= repeats[i - 1] && repeats[*i] > repeats[i + 1] && repeats[*i] >= REPEATS)
        .map(|i| (i, repeats[i]))
        .collect();
    let highest = peaks.iter().map(|p| p.1).fold(0.0, f32::max);
    peaks.iter().find(|p| p.1 >= 0.7 * highest).map(|p| p.0 as f64)
}

/// Centres of the lines, in their order: the parts of the profile above a third of its high peaks.
fn lines(profile: &[f32], spacing: f64) -> Vec<f64> {
    let mut tops: Vec<f32> = profile
        .chunks((spacing.ceil() as usize).max(1))
        .map(|part| part.iter().copied().fold(0.0, f32::max))
        .collect();
    tops.sort_by(f32::total_cmp);
    // The third highest: few lines may cross the picture, and dirt may be darker than any.
    let level = tops.iter().rev().nth(2).copied().unwrap_or(0.0) / 3.0;
    let mut centres: Vec<f64> = Vec::new();
    let (mut sum, mut moment) = (0f64, 0f64);
    for (i, value) in profile.iter().chain([&f32::NEG_INFINITY]).enumerate() {
        if *value > level {
            let weight = f64::from(value - level);
            sum += weight;
            moment += weight * i as f64;
        } else if sum > 0.0 {
            centres.push(moment / sum);
            (sum, moment) = (0.0, 0.0);
        }
    }
    // A line that the end of the profile cuts has no centre.
    let inside = spacing / 2.0..profile.len() as f64 - spacing / 2.0;
    centres.retain(|c| inside.contains(c));
    centres
}

/// Lines at even places: a straight line through their places (least squares).
struct Fit {
    division: f64,
    /// Standard error of the division.
    error: f64,
    /// Distance of the lines from their even places, root mean square.
    uneven: f64,
}

impl Fit {
    fn of(lines: &[f64], spacing: f64) -> Self {
        let mut index = 0.0;
        let mut places: Vec<(f64, f64)> = Vec::with_capacity(lines.len());
        for (i, line) in lines.iter().enumerate() {
            if i > 0 {
                // One that dirt hides leaves a gap of two divisions.
                index += ((line - lines[i - 1]) / spacing).round();
            }
            places.push((index, *line));
        }
        let n = places.len() as f64;
        let mean = |of: fn(&(f64, f64)) -> f64| places.iter().map(of).sum::<f64>() / n;
        let (mean_index, mean_place) = (mean(|p| p.0), mean(|p| p.1));
        let spread: f64 = places.iter().map(|p| (p.0 - mean_index).powi(2)).sum();
        let together: f64 = places
            .iter()
            .map(|p| (p.0 - mean_index) * (p.1 - mean_place))
            .sum();
        let division = together / spread;
        let squares: f64 = places
            .iter()
            .map(|p| (p.1 - mean_place - division * (p.0 - mean_index)).powi(2))
            .sum();
        Self {
            division,
            error: (squares / (n - 2.0).max(1.0) / spread).sqrt(),
            uneven: (squares / n).sqrt(),
        }
    }
}

#[cfg(test)]
#[path = "micrometer_tests.rs"]
mod tests;
