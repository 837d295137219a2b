use crate::data::DataSet;
use crate::train::augment::device::*;
use crate::train::augment::placement::Fill;
use crate::train::augment::settings::{AugmentationPlace, Rotation};
use crate::train::feed::{Feed, Order};
use crate::train::tests::{data, recipe};
use blastscope_shared::random::SplitMix64;
use tch::Device;

const SIZE: usize = 32;
const KEY: [u64; 2] = [7, 3];

/// Six drawn cells and two pictures without black.
fn cells() -> Vec<Vec<u8>> {
    let drawn = data();
    let mut cells: Vec<Vec<u8>> = (0..6)
        .map(|i| drawn.planes(6 * i).unwrap().into_owned())
        .collect();
    for phase in [0.0, 2.0] {
        let value = |j: usize| {
            let (x, y) = ((j % SIZE) as f32, (j / SIZE % SIZE) as f32);
            let c = (j / SIZE / SIZE) as f32;
            (130.0 + 60.0 * (0.3 * x + c + phase).sin() + 40.0 * (0.2 * y - c).cos()) as u8
        };
        cells.push((0..3 * SIZE * SIZE).map(value).collect());
    }
    cells
}

fn tensor(cells: &[Vec<u8>]) -> Tensor {
    let shape = [cells.len() as i64, 3, SIZE as i64, SIZE as i64];
    Tensor::from_data_size(&cells.concat(), &shape, Kind::Uint8)
}

/// The cells as the device gives them, in 8-bit levels.
fn on_device(cells: &[Vec<u8>], of: &Augmentation) -> Vec<f32> {
    let numbers: Vec<usize> = (0..cells.len()).collect();
    let draws = Draws::of(of, SIZE, &numbers, 0, KEY, Device::Cpu).unwrap();
    let out = augment(&tensor(cells), of, &draws).unwrap() * 255.0;
    Vec::try_from(out.flatten(0, -1)).unwrap()
}

fn on_host(cells: &[Vec<u8>], of: &Augmentation) -> Vec<f32> {
    let mut all = Vec::new();
    for (i, planes) in cells.iter().enumerate() {
        let mut random = SplitMix64::keyed(&[KEY[0], KEY[1], i as u64, i as u64]);
        let mut out = vec![0; planes.len()];
        of.apply(planes, SIZE, &mut random, &mut out);
        all.extend(out.into_iter().map(f32::from));
    }
    all
}

fn nothing() -> Augmentation {
    Augmentation::default()
}

#[test]
fn every_amount_gives_the_picture_of_the_host() {
    let cells = cells();
    // The largest difference and the mean one that are allowed, in 8-bit levels. What interpolates differs by
    // the kernel (a = -0.75 for -0.5), most at the sharp edge of a cell.
    let exact = (0.001, 0.001);
    let level = (1.001, 0.05);
    let bicubic = (40.0, 2.0);
    let plain = nothing();
    for (name, of, (most, mean)) in [
        ("nothing", plain.clone(), exact),
        (
            "flip",
            Augmentation {
                flip: true,
                ..nothing()
            },
            exact,
        ),
        (
            "across",
            Augmentation {
                flip_horizontal: true,
                ..nothing()
            },
            exact,
        ),
        (
            "down",
            Augmentation {
                flip_vertical: true,
                ..nothing()
            },
            exact,
        ),
        (
            "quarters",
            Augmentation {
                rotation: Rotation::Quarter,
                flip: true,
                ..nothing()
            },
            exact,
        ),
        (
            "whole pixels",
            Augmentation {
                shift: 5.0,
                rotation: Rotation::Quarter,
                ..nothing()
            },
            exact,
        ),
        (
            "whole, nearest",
            Augmentation {
                shift: 5.0,
                fill: Fill::Nearest,
                flip: true,
                ..nothing()
            },
            exact,
        ),
        (
            "any turn",
            Augmentation {
                rotation: Rotation::Any,
                flip: true,
                ..nothing()
            },
            bicubic,
        ),
        (
            "any, nearest",
            Augmentation {
                rotation: Rotation::Any,
                fill: Fill::Nearest,
                ..nothing()
            },
            bicubic,
        ),
        (
            "degrees",
            Augmentation {
                rotation_degrees: 30.0,
                flip_vertical: true,
                ..nothing()
            },
            bicubic,
        ),
        (
            "scale",
            Augmentation {
                scale: 0.2,
                shift: 3.0,
                ..nothing()
            },
            bicubic,
        ),
        (
            "quarters, scale",
            Augmentation {
                scale: 0.2,
                rotation: Rotation::Quarter,
                ..nothing()
            },
            bicubic,
        ),
        (
            "shift x",
            Augmentation {
                shift_x: 0.25,
                ..nothing()
            },
            bicubic,
        ),
        (
            "shift y",
            Augmentation {
                shift_y: 0.25,
                fill: Fill::Nearest,
                ..nothing()
            },
            bicubic,
        ),
        (
            "zoom",
            Augmentation {
                zoom: 0.3,
                ..nothing()
            },
            bicubic,
        ),
        (
            "shear",
            Augmentation {
                shear_degrees: 20.0,
                ..nothing()
            },
            bicubic,
        ),
        (
            "brightness",
            Augmentation {
                brightness: 0.3,
                ..nothing()
            },
            level,
        ),
        (
            "contrast",
            Augmentation {
                contrast: 0.4,
                ..nothing()
            },
            level,
        ),
        (
            "stain",
            Augmentation {
                stain: 0.4,
                ..nothing()
            },
            level,
        ),
        (
            "gain",
            Augmentation {
                channel_gain: 0.3,
                ..nothing()
            },
            level,
        ),
        (
            "levels",
            Augmentation {
                channel_shift: 30.0,
                ..nothing()
            },
            level,
        ),
        (
            "blur",
            Augmentation {
                blur: 0.6,
                blur_sigma: 2.0,
                ..nothing()
            },
            level,
        ),
        (
            "cut-out",
            Augmentation {
                cutout: 0.7,
                ..nothing()
            },
            exact,
        ),
    ] {
        let (host, device) = (on_host(&cells, &of), on_device(&cells, &of));
        let apart: Vec<f32> = host.iter().zip(&device).map(|(a, b)| (a - b).abs()).collect();
        let largest = apart.iter().copied().fold(0.0, f32::max);
        let average = apart.iter().sum::<f32>() / apart.len() as f32;
        assert!(
            largest <= most && average <= mean,
            "{name}: {largest} at most, {average} in the mean"
        );
        let changed = device.iter().zip(cells.concat()).any(|(a, b)| *a != f32::from(b));
        assert_eq!(changed, of != plain, "{name}");
        // What interpolates may differ at the edge by a pixel; nothing else does.
        if most < 2.0 {
            let n = SIZE * SIZE;
            let lit = |all: &[f32], i: usize| (0..3).any(|c| all[i / n * 3 * n + c * n + i % n] > 0.0);
            assert!(
                (0..8 * n).all(|i| lit(&host, i) == lit(&device, i)),
                "{name}: black stays black"
            );
        }
    }
}

/// Everything at once.
fn everything() -> Augmentation {
    Augmentation {
        rotation_degrees: 10.0,
        shift_x: 0.05,
        zoom: 0.1,
        shear_degrees: 5.0,
        channel_shift: 5.0,
        blur: 0.5,
        noise: 3.0,
        cutout: 0.5,
        ..recipe().augmentation
    }
}

#[test]
fn the_same_seed_gives_the_same_picture_whatever_the_batch() {
    let (cells, of) = (cells(), everything());
    let all = on_device(&cells, &of);
    let n = 3 * SIZE * SIZE;
    for (i, cell) in cells.iter().enumerate() {
        let draws = Draws::of(&of, SIZE, &[i], i, KEY, Device::Cpu).unwrap();
        let alone = augment(&tensor(std::slice::from_ref(cell)), &of, &draws).unwrap() * 255.0;
        assert_eq!(
            Vec::<f32>::try_from(alone.flatten(0, -1)).unwrap(),
            all[i * n..(i + 1) * n]
        );
    }
    assert_eq!(on_device(&cells, &of), all);
    // Another epoch, and another use in the same one, are other pictures.
    for (first, key) in [(0, [7, 4]), (1, KEY)] {
        let draws = Draws::of(&of, SIZE, &[0], first, key, Device::Cpu).unwrap();
        let other = augment(&tensor(&cells[..1]), &of, &draws).unwrap() * 255.0;
        assert_ne!(Vec::<f32>::try_from(other.flatten(0, -1)).unwrap(), all[..n]);
    }
}

#[test]
fn noise_is_normal_of_its_deviation_independent_and_leaves_black_alone() {
    let n = 3 * SIZE * SIZE;
    let mut grey = vec![128u8; n];
    for c in 0..3 {
        grey[c * SIZE * SIZE..][..SIZE].fill(0);
    }
    let cells = vec![grey; 24];
    let of = Augmentation {
        noise: 8.0,
        ..nothing()
    };
    let (host, device) = (on_host(&cells, &of), on_device(&cells, &of));
    let is_black = |i: usize| i % (SIZE * SIZE) < SIZE;
    let figures = |all: &[f32]| {
        assert!((0..all.len()).all(|i| (all[i] == 0.0) == is_black(i)));
        let noise: Vec<f32> = (0..all.len())
            .filter(|i| !is_black(*i))
            .map(|i| all[i] - 128.0)
            .collect();
        let count = noise.len() as f32;
        let mean = noise.iter().sum::<f32>() / count;
        let variance = noise.iter().map(|v| v * v).sum::<f32>() / count;
        let fourth = noise.iter().map(|v| v.powi(4)).sum::<f32>() / count / variance.powi(2);
        let along = noise.windows(2).map(|w| w[0] * w[1]).sum::<f32>() / count / variance;
        [mean, variance.sqrt(), fourth, along]
    };
    for [mean, deviation, fourth, along] in [figures(&host), figures(&device)] {
        assert!(
            mean.abs() < 0.1 && (deviation - 8.0).abs() < 0.1,
            "{mean} {deviation}"
        );
        // 3 for a normal distribution.
        assert!(
            (fourth - 3.0).abs() < 0.1 && along.abs() < 0.015,
            "{fourth} {along}"
        );
    }
    // Channels and cells have noise of their own.
    let step = SIZE * SIZE;
    assert_ne!(device[..step], device[step..2 * step]);
    assert_ne!(device[..n], device[n..2 * n]);
}

fn fed(
    data: &DataSet,
    on: AugmentationPlace,
    resident: Option<&DeviceCells>,
    done: usize,
) -> Vec<(Tensor, Vec<i64>)> {
    let mut recipe = recipe();
    recipe.augmentation.on = on;
    let compute = recipe.compute(Device::Cpu);
    let order = Order {
        cells: vec![4, 9, 2, 4, 30, 11, 8],
        batch: 3,
        done,
        key: KEY,
    };
    std::thread::scope(|scope| {
        let feed = Feed::begin(scope, data, &recipe.augmentation, resident, order, compute);
        let batch = |inputs: Result<crate::train::feed::Inputs, Error>| {
            let inputs = inputs.unwrap();
            (inputs.pictures, Vec::try_from(inputs.labels).unwrap())
        };
        feed.map(batch).collect()
    })
}

#[test]
fn a_feed_gives_the_same_labels_and_the_rest_of_the_same_pictures_from_wherever() {
    let data = data();
    let resident = DeviceCells::of(&data, &[2, 4, 8, 9, 11, 30], Device::Cpu).unwrap();
    let host = fed(&data, AugmentationPlace::Host, None, 0);
    let gathered = fed(&data, AugmentationPlace::Device, None, 0);
    let there = fed(&data, AugmentationPlace::Device, Some(&resident), 0);
    assert_eq!(host.len(), 3);
    for ((a, b), c) in host.iter().zip(&gathered).zip(&there) {
        assert_eq!((&a.1, &b.1), (&b.1, &c.1));
        assert!(b.0 == c.0 && a.0 != b.0 && a.0.size() == b.0.size());
        let apart = (&a.0 - &b.0).abs().mean(Kind::Float).double_value(&[]);
        assert!(apart < 0.03, "{apart}");
    }
    assert_eq!(fed(&data, AugmentationPlace::Auto, None, 0), host, "on the CPU");
    for (on, all) in [
        (AugmentationPlace::Host, &host),
        (AugmentationPlace::Device, &gathered),
    ] {
        assert_eq!(
            fed(&data, on, None, 1),
            all[1..],
            "batches that were done are left out"
        );
    }
    let few = DeviceCells::of(&data, &[2], Device::Cpu).unwrap();
    assert!(few.take(&[2, 3]).unwrap().is_none());
    assert!(DeviceCells::that_fit(&data, &[2], Device::Cpu).unwrap().is_none());
}
