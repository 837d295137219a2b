use super::*;
use crate::ErrorKind;
use crate::test_package::{SIZE, TestPackage};
use blastscope_shared::class::{LabelSet, Role, Roles};
use blastscope_shared::package::{Golden, Manifest, NumberFormat};
use blastscope_shared::preprocess::{
    CNMC_NANOMETRES_PER_PIXEL, CellCrop, InputSpec, RgbView, crop_cell, masked_cell,
};
use blastscope_shared::unknown::UnknownReference;
use std::sync::Arc;

fn source(made: &TestPackage) -> ModelSource {
    ModelSource {
        package: made.package.clone(),
        trusted_keys: vec![made.key.clone()],
    }
}

fn refusal(change: impl Fn(&mut Manifest), spoil: impl Fn(&mut Golden)) -> Error {
    let folder = tempfile::tempdir().unwrap();
    let made = TestPackage::write_with(folder.path(), change, spoil);
    Classifier::load(&source(&made), NumberFormatChoice::Auto).unwrap_err()
}

/// Side of a picture of C-NMC, in pixels.
const PICTURE: u32 = 450;

/// What a network sees of a purple disc on black, as C-NMC shows a cell.
fn masked_disc(radius: f32, input: &InputSpec) -> CellCrop {
    let side = 0..PICTURE;
    let pixels: Vec<u8> = side
        .clone()
        .flat_map(|y| side.clone().map(move |x| (x, y)))
        .flat_map(|(x, y)| {
            let inside = (x as f32 - 225.0).hypot(y as f32 - 225.0) < radius;
            if inside { [150, 90, 170] } else { [0, 0, 0] }
        })
        .collect();
    let picture = RgbView::new(PICTURE, PICTURE, &pixels).unwrap();
    let mask = masked_cell(picture).unwrap();
    crop_cell(picture, &mask, CNMC_NANOMETRES_PER_PIXEL, input).unwrap()
}

#[test]
fn a_sound_package_classifies_in_both_precisions() {
    let folder = tempfile::tempdir().unwrap();
    let made = TestPackage::write(folder.path());
    for (choice, name) in [
        (NumberFormatChoice::Int8, "int8"),
        (NumberFormatChoice::F32, "f32"),
    ] {
        let classifier = Arc::new(Classifier::load(&source(&made), choice).unwrap());
        assert_eq!(classifier.model().precision, name);
        let mut worker = classifier.worker().unwrap();
        let mut classify = |radius| {
            let crop = masked_disc(radius, classifier.input());
            let verdict = worker.classify(&crop).unwrap();
            (
                classifier.decision_name(&verdict).to_owned(),
                classifier.class_name(&verdict).to_owned(),
            )
        };
        assert_eq!(classify(140.0), ("all".into(), "all".into()), "{name}");
        assert_eq!(classify(70.0), ("hem".into(), "hem".into()), "{name}");
    }
    let auto = Classifier::load(&source(&made), NumberFormatChoice::Auto).unwrap();
    assert_eq!(auto.measured().len(), 2);
}

fn labels(names: &[&str]) -> LabelSet {
    LabelSet::new(names.iter().map(ToString::to_string).collect()).unwrap()
}

/// Three labels, of which the second is the blast.
fn three_labels(m: &mut Manifest) {
    m.labels = labels(&["lymphocyte", "blast", "erythroblast"]);
    m.roles = [
        ("lymphocyte", Role::WhiteCell),
        ("blast", Role::Blast),
        ("erythroblast", Role::Beside),
    ]
    .map(|(name, role)| (name.to_owned(), role))
    .into();
}

#[test]
fn a_cell_beyond_the_limit_has_a_decision_and_no_class() {
    for (limit, class) in [(100.0, Some(1)), (1e-6, None)] {
        let folder = tempfile::tempdir().unwrap();
        let change = |m: &mut Manifest| {
            three_labels(m);
            m.unknown = Some(UnknownReference {
                centres: vec![vec![0.0; 4], vec![9.0; 4]],
                limit,
                typical: limit / 2.0,
            });
        };
        let made = TestPackage::write_with(folder.path(), change, |_| {});
        let classifier = Arc::new(Classifier::load(&source(&made), NumberFormatChoice::F32).unwrap());
        let mut worker = classifier.worker().unwrap();
        let verdict = worker.classify(&masked_disc(70.0, classifier.input())).unwrap();
        assert_eq!((verdict.decision, verdict.class), (1, class), "{verdict:?}");
        assert_eq!(verdict.distance.unwrap() > 1.0, class.is_none(), "{verdict:?}");
        assert_eq!(verdict.probabilities.len(), 3);
        assert_eq!(classifier.reported_label(), 1, "the blast's, wherever it stands");
    }
}

#[test]
fn work_on_cells_refuses_many_labels_without_a_blast_and_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let change = |m: &mut Manifest| m.labels = labels(&["early", "benign", "pro"]);
    let made = TestPackage::write_with(folder.path(), change, |_| {});
    let classifier = Classifier::load(&source(&made), NumberFormatChoice::F32).unwrap();
    assert_eq!((classifier.roles(), classifier.reported_label()), (None, 0));
    let error = classifier.must_judge_cells("screen").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Package);
    let text = error.to_string();
    for part in ["test 1.0.0", "screen needs that", "the role of each label"] {
        assert!(text.contains(part), "{text}");
    }
    let made = TestPackage::write_with(folder.path(), three_labels, |_| {});
    let classifier = Classifier::load(&source(&made), NumberFormatChoice::F32).unwrap();
    assert!(classifier.must_judge_cells("screen").is_ok());
}

#[test]
fn a_network_that_does_not_give_its_golden_outputs_is_refused() {
    let error = refusal(
        |_| {},
        |g| {
            for rows in g.logits.values_mut() {
                rows[3][0] += 0.5;
            }
        },
    );
    assert_eq!(error.kind(), ErrorKind::Network);
    let text = error.to_string();
    assert!(
        text.contains("test.bsm") && text.contains("golden cell 3"),
        "{text}"
    );
}

#[test]
fn one_wrong_network_leaves_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let made = TestPackage::write_with(
        folder.path(),
        |_| {},
        |g| {
            g.logits.get_mut(&NumberFormat::Int8).unwrap()[0][0] += 0.5;
        },
    );
    let classifier = Classifier::load(&source(&made), NumberFormatChoice::Auto).unwrap();
    assert_eq!(classifier.model().precision, "f32");
    assert!(Classifier::load(&source(&made), NumberFormatChoice::Int8).is_err());
}

#[test]
fn an_input_that_the_network_does_not_take_is_refused() {
    let error = refusal(
        |m| m.input.size = SIZE / 2,
        |g| {
            for crop in &mut g.inputs {
                let side = SIZE / 2;
                let planes = vec![0; (3 * side * side) as usize];
                *crop = CellCrop::from_planes(side, planes).unwrap();
            }
        },
    );
    let text = error.to_string();
    assert!(text.contains("network-") && text.contains("1x3x24x24"), "{text}");
}

#[test]
fn a_network_without_a_stated_tolerance_is_refused() {
    let error = refusal(|m| m.golden_tolerance.clear(), |_| {});
    assert!(error.to_string().contains("tolerance"), "{error}");
}

#[test]
fn a_damaged_foreign_or_absent_package_is_refused_by_name() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let made = TestPackage::write(folder.path());
    let stranger = TestPackage::write(other.path());
    let load = |s: &ModelSource| {
        Classifier::load(s, NumberFormatChoice::Auto)
            .unwrap_err()
            .to_string()
    };

    let text = load(&ModelSource {
        trusted_keys: vec![stranger.key.clone()],
        ..source(&made)
    });
    assert!(
        text.contains("test.bsm") && text.contains("trusted_keys"),
        "{text}"
    );

    let text = load(&ModelSource {
        trusted_keys: vec![made.package.clone()],
        ..source(&made)
    });
    assert!(text.contains("test.bsm") && text.contains("public key"), "{text}");

    let text = load(&ModelSource {
        package: folder.path().join("absent.bsm"),
        ..source(&made)
    });
    assert!(
        text.contains("absent.bsm") && text.contains("check the path"),
        "{text}"
    );

    let mut bytes = std::fs::read(&made.package).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    std::fs::write(&made.package, &bytes).unwrap();
    assert!(load(&source(&made)).contains("test.bsm"));
    std::fs::write(&made.package, &bytes[..middle]).unwrap();
    assert!(load(&source(&made)).contains("test.bsm"));
}

#[test]
fn cells_are_counted_only_where_the_blast_is_stated() {
    let judged = |change: fn(&mut Manifest)| {
        let folder = tempfile::tempdir().unwrap();
        let made = TestPackage::write_with(folder.path(), change, |_| {});
        let classifier = Classifier::load(&source(&made), NumberFormatChoice::F32).unwrap();
        classifier.must_judge_cells("screen").map(Roles::blast)
    };
    assert_eq!(judged(|_| {}).unwrap(), 0);
    let swapped = judged(|m| m.roles = roles([Role::WhiteCell, Role::Blast]));
    assert_eq!(swapped.unwrap(), 1);
    let three = judged(|m| {
        m.labels = LabelSet::new(["blast", "lymphocyte", "dirt"].map(String::from).to_vec()).unwrap();
    });
    let text = three.unwrap_err().to_string();
    assert!(
        text.contains("test 1.0.0") && text.contains("another --model"),
        "{text}"
    );
}

fn roles(of: [Role; 2]) -> std::collections::BTreeMap<String, Role> {
    ["all", "hem"].map(String::from).into_iter().zip(of).collect()
}
