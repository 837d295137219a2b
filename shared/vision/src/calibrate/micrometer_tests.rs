use super::*;
use crate::synthetic::{Smear, SmearSettings};
use blastscope_shared::random::SplitMix64;
use image::Rgb;

/// A drawn micrometer: lines of a division, every fifth longer, turned, on an unevenly lit ground with noise.
fn micrometer(division: f32, degrees: f32, lines: i32, dark: bool) -> RgbImage {
    let mut random = SplitMix64::new(3);
    let (sin, cos) = degrees.to_radians().sin_cos();
    RgbImage::from_fn(900, 600, |x, y| {
        let (u, v) = (x as f32 - 450.0, y as f32 - 300.0);
        let (across, along) = (u * cos + v * sin, v * cos - u * sin);
        let nearest = (across / division).round();
        let long = if nearest as i32 % 5 == 0 { 260.0 } else { 180.0 };
        let half = 0.08 * division;
        let distance = (across - nearest * division).abs();
        let ink = ((half + 0.5 - distance).clamp(0.0, 1.0))
            * f32::from(u8::from(along.abs() < long && (nearest as i32).abs() * 2 < lines));
        let light = 200.0 - 0.03 * u + 4.0 * random.normal();
        let value = if dark {
            light - 120.0 * ink
        } else {
            30.0 + 120.0 * ink + 4.0 * random.normal()
        };
        Rgb([value.clamp(0.0, 255.0) as u8; 3])
    })
}

#[test]
fn lines_are_measured_whatever_their_turn_and_ground() {
    for (division, degrees, dark) in [
        (45.4, 0.0, true),
        (45.4, 3.3, true),
        (23.7, -7.1, true),
        (60.6, 86.0, true),
        (45.4, 1.0, false),
        (12.3, 12.0, true),
    ] {
        let scale = measure_micrometer(&micrometer(division, degrees, 1000, dark), 10.0).unwrap();
        let expected = 10_000.0 / f64::from(division);
        let off = scale.nanometres_per_pixel / expected - 1.0;
        assert!(off.abs() < 0.003, "{division} px, {degrees} degrees: {scale:?}");
        assert!(scale.standard_error < 0.005 * expected, "{scale:?}");
        let turned = if degrees > 45.0 { degrees - 90.0 } else { degrees };
        assert!((scale.rotation_degrees - turned).abs() < 0.3, "{scale:?}");
    }
    let twice = measure_micrometer(&micrometer(40.0, 2.0, 1000, true), 20.0).unwrap();
    assert!((twice.nanometres_per_pixel - 500.0).abs() < 2.0, "{twice:?}");
}

#[test]
fn what_shows_no_micrometer_is_refused_with_a_remedy() {
    let refused = |picture: &RgbImage| measure_micrometer(picture, 10.0).unwrap_err().to_string();
    assert!(refused(&RgbImage::from_pixel(800, 600, Rgb([200; 3]))).contains("no lines are seen"));
    for (w, h) in [(0, 0), (1, 1), (1, 900), (20, 20)] {
        assert!(refused(&RgbImage::new(w, h)).contains("too small"));
    }
    let few = refused(&micrometer(60.0, 2.0, 6, true));
    assert!(few.contains("lines are seen"), "{few}");
    for number in 0..4 {
        let field = Smear::draw(&SmearSettings::default(), number, 0.4).image;
        let told = refused(&field);
        assert!(told.contains("even") || told.contains("lines are seen"), "{told}");
    }
    let picture = micrometer(45.4, 0.0, 1000, true);
    for wrong in [0.0, -1.0, f64::NAN, 1e9] {
        assert!(
            measure_micrometer(&picture, wrong)
                .unwrap_err()
                .to_string()
                .contains("--division-um")
        );
    }
}
