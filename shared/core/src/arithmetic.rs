//! Logarithm and exponential in plain arithmetic: the same bits on every processor.

/// Natural logarithm: powers of two taken out, then the series of 2 artanh((x - 1) / (x + 1)). Argument above 0;
/// error below 1e-6.
pub fn natural_log(mut x: f32) -> f32 {
    let mut twos = 0.0f32;
    while x > 1.5 {
        x *= 0.5;
        twos += 1.0;
    }
    while x < 0.75 && x > 0.0 {
        x *= 2.0;
        twos -= 1.0;
    }
    let t = (x - 1.0) / (x + 1.0);
    let t2 = t * t;
    let series = 2.0 * t * (1.0 + t2 * (1.0 / 3.0 + t2 * (0.2 + t2 * (1.0 / 7.0 + t2 / 9.0))));
    twos * std::f32::consts::LN_2 + series
}

/// Natural exponential: powers of two taken out, then the series. Arguments are held within -40 to 40; relative error
/// below 1e-5. Of NaN it is 1.
pub fn natural_exp(x: f32) -> f32 {
    let x = if x.is_nan() { 0.0 } else { x.clamp(-40.0, 40.0) };
    let twos = (x / std::f32::consts::LN_2).round();
    let rest = x - twos * std::f32::consts::LN_2;
    let series =
        1.0 + rest * (1.0 + rest * (0.5 + rest * (1.0 / 6.0 + rest * (1.0 / 24.0 + rest * (1.0 / 120.0)))));
    let factor = if twos < 0.0 { 0.5 } else { 2.0 };
    (0..twos.abs() as u32).fold(series, |v, _| v * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithm_and_exponential_are_right_and_undo_each_other() {
        for i in 1..2000u32 {
            let x = i as f32 * 0.13;
            assert!((natural_log(x) - x.ln()).abs() < 2e-6, "{x}");
            assert!((natural_exp(natural_log(x)) / x - 1.0).abs() < 2e-5, "{x}");
        }
        assert_eq!(natural_exp(f32::NAN), 1.0);
        assert!(natural_exp(f32::INFINITY).is_finite() && natural_exp(f32::NEG_INFINITY) >= 0.0);
    }
}
