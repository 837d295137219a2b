/// Cosine schedule (Loshchilov and Hutter 2017) under a linear warm-up: the rate of a step, `step`
/// counted from 0.
pub fn learning_rate(
    largest: f64,
    step: usize,
    steps_per_epoch: usize,
    epochs: usize,
    warm_up_epochs: f64,
) -> f64 {
    let warm_up = warm_up_epochs * steps_per_epoch as f64;
    let rise = if warm_up > 0.0 {
        ((step as f64 + 1.0) / warm_up).min(1.0)
    } else {
        1.0
    };
    let passed = step as f64 / (steps_per_epoch * epochs).max(1) as f64;
    largest * rise * 0.5 * (1.0 + (std::f64::consts::PI * passed.min(1.0)).cos())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_rises_over_the_warm_up_and_falls_to_nothing() {
        let rates: Vec<f64> = (0..100).map(|s| learning_rate(0.1, s, 10, 10, 1.0)).collect();
        assert!((rates[0] - 0.01).abs() < 1e-9, "{}", rates[0]);
        assert!(rates[..9].is_sorted() && rates[10..].is_sorted_by(|a, b| a >= b));
        assert!((rates[50] - 0.05).abs() < 1e-9 && rates[99] < 1e-4);
        assert!((learning_rate(0.1, 0, 10, 10, 0.0) - 0.1).abs() < 1e-12);
    }
}
