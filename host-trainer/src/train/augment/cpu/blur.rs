use super::colour::is_black;

/// Gaussian blur of `3 x size x size` planes that takes nothing from outside the cell and leaves the
/// outside black: the cell's edge does not darken.
pub(crate) fn blur_inside(planes: &mut [u8], size: usize, sigma: f32) {
    if sigma < 0.05 {
        return;
    }
    let n = size * size;
    let mask: Vec<f32> = (0..n)
        .map(|i| f32::from(u8::from(!is_black(planes, n, i))))
        .collect();
    let radius = (3.0 * sigma).ceil() as usize;
    let kernel: Vec<f32> = (0..=2 * radius)
        .map(|i| (-((i as f32 - radius as f32) / sigma).powi(2) / 2.0).exp())
        .collect();
    let weight = smooth(&mask, size, &kernel);
    for plane in planes.chunks_exact_mut(n) {
        let values: Vec<f32> = plane.iter().map(|v| f32::from(*v)).collect();
        let smoothed = smooth(&values, size, &kernel);
        for (i, v) in plane.iter_mut().enumerate() {
            if mask[i] > 0.0 {
                *v = (smoothed[i] / weight[i] + 0.5).min(255.0) as u8;
            }
        }
    }
}

/// Separable sum, 0 outside.
fn smooth(values: &[f32], size: usize, kernel: &[f32]) -> Vec<f32> {
    let pass = |from: &[f32], stride: usize, along: fn(usize, usize) -> usize| -> Vec<f32> {
        let radius = kernel.len() / 2;
        (0..size * size)
            .map(|i| {
                let at = along(i, size);
                let first = radius.saturating_sub(at);
                let last = kernel.len().min(size + radius - at);
                (first..last)
                    .map(|k| kernel[k] * from[i + k * stride - radius * stride])
                    .sum()
            })
            .collect()
    };
    let rows = pass(values, 1, |i, size| i % size);
    pass(&rows, size, |i, size| i / size)
}
