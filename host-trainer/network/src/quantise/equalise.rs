//! Cross-layer equalisation (Nagel et al. 2019, "Data-Free Quantization Through Weight Equalization and
//! Bias Correction"): a channel may be scaled down where it is made and up where it is used, since ReLU,
//! maximum and mean pass a positive factor on. Afterwards one weight scale fits all channels of a layer.

use super::chain::{Chain, ConvLayer};

/// Passes over the layers; ranges settle within a few.
const SWEEPS: usize = 24;

/// Equalises the chain; its function in f32 stays the same.
pub fn equalise(chain: &mut Chain) {
    for _ in 0..SWEEPS {
        sweep(chain);
    }
}

fn sweep(chain: &mut Chain) {
    let labels = chain.head_bias.len();
    let mut head = std::mem::take(&mut chain.head_weight.values);
    let mut convs = chain.convs_mut();
    for i in 0..convs.len() {
        let (made, used) = convs.split_at_mut(i + 1);
        let channels = made[i].bias.len();
        let ranges: Vec<f32> = match used.first() {
            Some(next) => (0..channels).map(|c| range_used(next, c)).collect(),
            None => (0..channels)
                .map(|c| largest((0..labels).map(|l| head[l * channels + c])))
                .collect(),
        };
        for (c, range) in ranges.into_iter().enumerate() {
            let row = made[i].weight.len() / channels;
            let own = &mut made[i].weight[c * row..(c + 1) * row];
            let factor = (largest(own.iter().copied()) / range).sqrt();
            // A channel without weights on one side computes nothing that could be scaled.
            if !factor.is_normal() {
                continue;
            }
            own.iter_mut().for_each(|w| *w /= factor);
            made[i].bias[c] /= factor;
            match used.first_mut() {
                Some(next) => scale_used(next, c, factor),
                None => (0..labels).for_each(|l| head[l * channels + c] *= factor),
            }
        }
    }
    chain.head_weight.values = head;
}

fn largest(values: impl Iterator<Item = f32>) -> f32 {
    values.fold(0.0, |m, v| m.max(v.abs()))
}

/// Largest weight by which a convolution uses an input channel.
fn range_used(conv: &ConvLayer, channel: usize) -> f32 {
    let [_, inputs, h, w] = conv.shape;
    let rows = conv.weight.chunks(inputs * h * w);
    largest(rows.flat_map(|row| row[channel * h * w..(channel + 1) * h * w].iter().copied()))
}

fn scale_used(conv: &mut ConvLayer, channel: usize, factor: f32) {
    let [_, inputs, h, w] = conv.shape;
    for row in conv.weight.chunks_mut(inputs * h * w) {
        let used = &mut row[channel * h * w..(channel + 1) * h * w];
        used.iter_mut().for_each(|v| *v *= factor);
    }
}
