use super::*;
use crate::class::LabelSet;

fn roles() -> Roles {
    let names = ["blast", "lymphocyte", "neutrophil", "erythroblast", "dirt"];
    let of = [
        Role::Blast,
        Role::WhiteCell,
        Role::WhiteCell,
        Role::Beside,
        Role::NoCell,
    ];
    let labels = LabelSet::new(names.map(String::from).to_vec()).unwrap();
    Roles::new(&labels, &names.map(String::from).into_iter().zip(of).collect()).unwrap()
}

/// Twelve subjects of two sources; of the blasts, and of the lymphocytes, these shares are called the other.
fn errors(missed: f64, false_alarms: f64, spread: f64) -> MeasuredErrors {
    let mut rows = Vec::new();
    let mut random = SplitMix64::new(3);
    for subject in 0..12 {
        for label in 0..5 {
            let mut called = vec![0; 6];
            let shift = spread * f64::from(random.unit() - 0.5);
            let wrong = match label {
                0 => (200.0 * (missed + shift).clamp(0.0, 1.0)).round() as u64,
                1 => (200.0 * (false_alarms + shift).clamp(0.0, 1.0)).round() as u64,
                _ => 0,
            };
            called[label] = 200 - wrong;
            called[if label == 0 { 1 } else { 0 }] += wrong;
            rows.push(SubjectCalls {
                source: format!("laboratory {}", subject % 2),
                subject: subject.to_string(),
                label,
                called,
            });
        }
    }
    MeasuredErrors::new(rows, 5).unwrap()
}

#[test]
fn shares_are_of_the_white_cells_and_erythroblasts_stand_beside_them() {
    let d = differential(&[10, 30, 60, 5, 40, 9], &roles(), None);
    assert_eq!(d.white_cells, 100);
    let shares: Vec<_> = d.shares.iter().map(|s| (s.label, s.share.unwrap())).collect();
    assert_eq!(shares, [(0, 0.1), (1, 0.3), (2, 0.6)]);
    assert_eq!((d.beside[0].label, d.beside[0].per_hundred), (3, Some(5.0)));
    assert!(d.beside[0].interval.low < 5.0 && d.beside[0].interval.high > 5.0);
    assert_eq!(d.blast(&roles()).unwrap().corrected, None);
    let none = differential(&[0, 0, 0, 3, 0, 0], &roles(), None);
    assert_eq!((none.shares[0].share, none.beside[0].per_hundred), (None, None));
}

#[test]
fn a_label_that_no_cell_was_called_is_no_surer_absent_than_its_cells_allow() {
    let d = differential(&[0, 40, 60, 0, 0, 0], &roles(), Some(&errors(0.1, 0.1, 0.0)));
    let blast = d.blast(&roles()).unwrap();
    assert_eq!((blast.cells, blast.interval), (0, wilson(0, 100)));
    let corrected = blast.corrected_interval.unwrap();
    assert!(corrected.low < 1e-9, "{corrected:?}");
    assert!(corrected.high >= blast.interval.high, "{corrected:?}");
}

#[test]
fn false_alarms_of_known_size_are_taken_off() {
    let e = errors(0.1, 0.2, 0.0);
    // 40 blasts and 100 lymphocytes: 36 + 20 are called blasts.
    let d = differential(&[56, 84, 60, 0, 0, 0], &roles(), Some(&e));
    let blast = d.blast(&roles()).unwrap();
    assert!((blast.corrected.unwrap() - 0.2).abs() < 0.01, "{blast:?}");
    assert!((blast.share.unwrap() - 0.28).abs() < 1e-9);
    let none = differential(&[20, 80, 100, 0, 0, 0], &roles(), Some(&e));
    let blast = none.blast(&roles()).unwrap();
    assert!(blast.corrected.unwrap() < 0.01 && blast.corrected_interval.unwrap().low < 1e-3);
    assert_eq!(none, differential(&[20, 80, 100, 0, 0, 0], &roles(), Some(&e)));
}

/// Part of simulated slides whose interval holds the truth, each of a subject like those measured.
fn coverage(share: f64, cells: usize) -> f64 {
    let e = errors(0.15, 0.1, 0.2);
    let (roles, mut random) = (roles(), SplitMix64::new(11));
    let slides = 400;
    let held = (0..slides).filter(|_| {
        let of = |label: usize, random: &mut SplitMix64| {
            let rows: Vec<_> = e.rows().iter().filter(|r| r.label == label).collect();
            let row = rows[random.below(rows.len())];
            row.called[..5]
                .iter()
                .map(|c| *c as f32 / 200.0)
                .collect::<Vec<_>>()
        };
        let rows: Vec<_> = (0..3).map(|l| of(l, &mut random)).collect();
        let (mut called, mut blasts) = (vec![0u64; 6], 0);
        for _ in 0..cells {
            let u = f64::from(random.unit());
            let label = match () {
                () if u < share => 0,
                () if u < share + (1.0 - share) * 0.4 => 1,
                () => 2,
            };
            blasts += usize::from(label == 0);
            let mut at = random.unit();
            let call = rows[label].iter().position(|p| {
                at -= p;
                at < 0.0
            });
            called[call.unwrap_or(label)] += 1;
        }
        let d = differential(&called, &roles, Some(&e));
        let i = d.blast(&roles).and_then(|b| b.corrected_interval).unwrap();
        let truth = blasts as f64 / cells as f64;
        // What expectation and maximisation has not brought to 0 yet counts as 0.
        i.low - 1e-3 <= truth && truth <= i.high
    });
    held.count() as f64 / f64::from(slides)
}

#[test]
fn intervals_hold_for_slides_of_new_subjects() {
    for (share, cells) in [(0.0, 200), (0.05, 200), (0.2, 200), (0.6, 200)] {
        let held = coverage(share, cells);
        assert!((0.92..=1.0).contains(&held), "{share}: {held}");
    }
}

#[test]
fn gamma_variates_have_the_mean_and_the_variance_of_their_shape() {
    let mut random = SplitMix64::new(5);
    for shape in [0.3, 1.0, 7.5] {
        let all: Vec<f64> = (0..20_000).map(|_| gamma(shape, &mut random)).collect();
        let mean = all.iter().sum::<f64>() / all.len() as f64;
        let variance = all.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / all.len() as f64;
        assert!((mean / shape - 1.0).abs() < 0.05, "{shape}: {mean}");
        assert!((variance / shape - 1.0).abs() < 0.1, "{shape}: {variance}");
    }
}
