use super::*;
use crate::export::{SigningKey, cnmc, export};
use crate::test_fixtures;
use blastscope_network::zoo::{DenseSpec, Stage, dense};
use blastscope_shared::DISCLAIMER;

fn release() -> Release {
    Release {
        name: "specimen".into(),
        version: "0.0.1".into(),
        created: "2026-11-20".into(),
        labels: LabelSet::lymphoblast(),
        roles: BTreeMap::new(),
        input: InputSpec::masked_cell(24, 220),
        calibration: Calibration::identity(),
        stain: None,
        performance: None,
        errors: None,
        unknown: None,
        subjects: vec!["A5".into(), "H9".into()],
        protocol: Protocol::default(),
        metrics: serde_json::json!({"folds": [{"auc": 0.81234}], "weighted_f1": {"value": 0.8, "interval": [0.7, 0.9]}}),
        data: vec![cnmc::source(40)],
    }
}

fn exported() -> Exported {
    tch::set_num_threads(1);
    let stages = [(8, 2), (12, 2)].map(|(channels, stride)| Stage {
        channels,
        stride,
        max_pool: false,
    });
    let spec = DenseSpec {
        stages: stages.into(),
        dropout: 0.0,
    };
    let graph = dense(&spec, 24, 2).unwrap();
    let (cells, _) = test_fixtures::cells(40, 24, 1);
    export(&graph, &test_fixtures::weights(&graph, 1), &cells).unwrap()
}

#[test]
fn a_package_opens_with_its_key_and_gives_its_golden_outputs() {
    let folder = tempfile::tempdir().unwrap();
    let key = SigningKey::create(&folder.path().join("release.key")).unwrap();
    let other = SigningKey::create(&folder.path().join("other.key")).unwrap();
    let (cells, _) = test_fixtures::cells(20, 24, 2);
    let bytes = pack(release(), &exported(), &cells, &key).unwrap();

    let trusted = |k: &SigningKey| TrustedKey::parse(&k.public_text().unwrap()).unwrap();
    assert!(Package::open(&bytes, &[trusted(&other)]).is_err());
    let package = Package::open(&bytes, &[trusted(&key)]).unwrap();
    let golden = package.golden().unwrap();
    assert_eq!(golden.inputs.len(), GOLDEN_CELLS);
    for precision in NumberFormat::ALL {
        let runner = OnnxNetwork::load(package.network(precision).unwrap()).unwrap();
        let logits = runner.all_logits(&golden.inputs).unwrap();
        let tolerance = package.manifest().golden_tolerance[&precision];
        golden.check(precision, &logits, tolerance).unwrap();
        // Another network's outputs are not within the tolerance.
        let wrong: Vec<Vec<f32>> = logits.iter().map(|l| l.iter().rev().copied().collect()).collect();
        assert!(golden.check(precision, &wrong, tolerance).is_err());
    }
}

#[test]
fn the_card_says_what_a_reader_must_know() {
    let folder = tempfile::tempdir().unwrap();
    let key = SigningKey::create(&folder.path().join("release.key")).unwrap();
    let (cells, _) = test_fixtures::cells(16, 24, 2);
    let bytes = pack(release(), &exported(), &cells, &key).unwrap();
    let public = TrustedKey::parse(&key.public_text().unwrap()).unwrap();
    let card = Package::open(&bytes, &[public]).unwrap().card();
    for part in [
        DISCLAIMER,
        "## Model details",
        "## Intended use",
        "## Factors",
        "## Metrics",
        "## Evaluation data",
        "## Training data",
        "## Quantitative analyses",
        "## Ethical considerations",
        "## Caveats and recommendations",
        "10.7937/tcia.2019.dc64i46r",
        "CC BY 3.0",
        "40 cells",
        "A5, H9",
        "come from the folds",
        "official folds of C-NMC 2019 leak",
        "AUC of 0.83",
        "Two forms: int8",
        "that its network had not seen",
        "| folds 1, auc | 0.812 |",
        "| weighted f1, interval | 0.700 to 0.900 |",
    ] {
        assert!(card.contains(part), "{part:?} is missing in:\n{card}");
    }
}

#[test]
fn a_network_that_is_no_chain_is_released_in_f32_alone_and_says_why() {
    tch::set_num_threads(1);
    let folder = tempfile::tempdir().unwrap();
    let key = SigningKey::create(&folder.path().join("release.key")).unwrap();
    let graph = test_fixtures::every_operation(24);
    let (cells, _) = test_fixtures::cells(16, 24, 2);
    let mut weights = test_fixtures::weights(&graph, 3);
    // Logits of hundreds: the tolerance grows with them.
    let last = graph.nodes().last().unwrap().name.clone();
    let last = weights.0.get_mut(&format!("{last}.weight")).unwrap();
    last.values.iter_mut().for_each(|w| *w *= 400.0);
    let exported = export(&graph, &weights, &cells).unwrap();
    assert!(exported.integers.is_err());
    let names = ["early", "pre", "pro"].map(str::to_owned);
    let mut release = release();
    release.labels = LabelSet::new(names.into()).unwrap();
    release.input = InputSpec::whole_picture(24, 220);
    release.subjects = Vec::new();
    release.data = vec![crate::export::sources::source(
        crate::data::Layout::All4,
        "all4",
        40,
    )];
    release.protocol = Protocol {
        split: crate::data::SplitUnit::Image,
        without_subjects: true,
        ..Protocol::default()
    };
    let bytes = pack(release, &exported, &cells, &key).unwrap();
    let public = TrustedKey::parse(&key.public_text().unwrap()).unwrap();
    let package = Package::open(&bytes, &[public]).unwrap();
    let manifest = package.manifest();
    assert_eq!(manifest.precisions, [NumberFormat::F32]);
    assert_eq!(manifest.preprocessing, "whole-triangle-1");
    assert!(manifest.data[0].licence.starts_with("not for redistribution"));
    let golden = package.golden().unwrap();
    let largest = golden.logits[&NumberFormat::F32]
        .iter()
        .flatten()
        .fold(0f32, |m, v| m.max(v.abs()));
    assert!(largest > 50.0, "{largest}");
    let tolerance = manifest.golden_tolerance[&NumberFormat::F32];
    assert!((tolerance - 1e-3 * largest).abs() < 1e-4 * largest, "{tolerance}");
    let card = package.card();
    for part in [
        "Not for redistribution",
        "One form: f32",
        "no int8 form",
        "whole picture in proportion",
        "images split at random: optimistic",
        "The data name no subjects",
        "most probable label is decided",
    ] {
        assert!(card.contains(part), "{part:?} is missing in:\n{card}");
    }
    assert!(!card.contains("C-NMC"), "{card}");
}

#[test]
fn a_release_that_does_not_fit_its_network_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let key = SigningKey::create(&folder.path().join("release.key")).unwrap();
    let (exported, (cells, _)) = (exported(), test_fixtures::cells(16, 24, 2));
    let mut wrong = release();
    wrong.input.size = 96;
    let error = pack(wrong, &exported, &cells, &key).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Package);
    let error = pack(release(), &exported, &cells[..15], &key).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cells);
}
