//! Weights and pictures by a stated formula, the same wherever it is computed: `scripts/parity_formula.py`
//! has it in Python, to compare networks with those of other libraries without a file of weights.
//!
//! Value `i` of a tensor: the first 24 bits of output `i` of SplitMix64 seeded with the FNV-1a hash of the
//! tensor's name, as a share of 2^24; spread over the range of its kind in f64, rounded to f32.

use crate::{Array, Graph, Shape, Weights, parameters};
use blastscope_shared::random::SplitMix64;

/// Weights of a network by formula: kernels uniform in ±√(gain/fan_in), biases and shifts of norms in ±0.25,
/// running means in ±0.5, scales and running variances in 0.5..1.5. The gain is chosen for each network so
/// that its outputs neither vanish nor explode.
pub fn weights(graph: &Graph, gain: f64) -> Weights {
    let draw = |p: parameters::Parameter| {
        let suffix = p.name.rsplit_once('.').map_or("", |(_, s)| s);
        let (low, high) = match suffix {
            "weight" if p.shape.len() > 1 => {
                let fan_in: usize = p.shape[1..].iter().product();
                let bound = (gain / fan_in as f64).sqrt();
                (-bound, bound)
            }
            "weight" | "running_var" => (0.5, 1.5),
            "running_mean" => (-0.5, 0.5),
            _ => (-0.25, 0.25),
        };
        let values = values(&p.name, p.shape.iter().product(), low, high);
        let shape = p.shape;
        (p.name, Array { shape, values })
    };
    Weights(parameters::of_graph(graph).into_iter().map(draw).collect())
}

/// A picture by formula, in 0..1: the tensor of name `input`.
pub fn picture(shape: Shape) -> Vec<f32> {
    values("input", shape.count(), 0.0, 1.0)
}

fn values(name: &str, count: usize, low: f64, high: f64) -> Vec<f32> {
    let mut random = SplitMix64::new(fnv_1a(name));
    let unit = |r: &mut SplitMix64| f64::from(r.unit());
    (0..count)
        .map(|_| (low + (high - low) * unit(&mut random)) as f32)
        .collect()
}

/// The 64-bit hash of Fowler, Noll and Vo.
fn fnv_1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_formula_never_changes() {
        assert_eq!(fnv_1a("foobar"), 0x8594_4171_f739_67e8);
        let first = picture(Shape::Vector(4));
        assert_eq!(first, values("input", 4, 0.0, 1.0));
        assert_ne!(first, values("other", 4, 0.0, 1.0));
    }
}
