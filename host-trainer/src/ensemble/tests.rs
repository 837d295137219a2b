use super::combine::combine;
use super::weighting::Weighed;
use super::*;
use crate::data::Fold;
use crate::evaluate::Prediction;
use crate::train::{Recipe, RunDescription};
use blastscope_shared::calibration::Calibration;
use blastscope_tests::small_recipe::RECIPE;
use serde_json::json;
use std::path::Path;

/// A cell of label `label` whose first label has the probability `p`.
fn cell(file: &str, label: usize, p: f32) -> Prediction {
    let verdict = Calibration::identity()
        .judge(&[(p / (1.0 - p)).ln(), 0.0])
        .unwrap();
    Prediction {
        file: file.into(),
        group: file[..2].into(),
        label,
        area: None,
        logits: vec![(p / (1.0 - p)).ln(), 0.0],
        probability: verdict.probabilities[0],
        confidence: verdict.probabilities[verdict.decision],
        decision: verdict.decision,
        class: verdict.class,
        by_area: None,
        probabilities: Vec::new(),
    }
}

/// A member of a fold and rate that says `p` of its validation cells `fN`, the first half of the first label.
fn member(fold: usize, rate: f64, p: &[f32], files: usize) -> Member {
    let mut recipe = Recipe::parse(RECIPE).unwrap();
    recipe.optimisation.learning_rate = rate;
    let subjects = Fold {
        test: vec!["T1".into(), "T2".into()],
        validation: vec!["V1".into()],
        train: vec!["R1".into()],
        ..Fold::default()
    };
    let description: RunDescription = serde_json::from_value(json!({
        "version": 1, "fold": fold, "labels": ["all", "hem"], "data": "d", "subjects": subjects,
    }))
    .unwrap();
    let half = p.len() / 2;
    let of = |(i, p): (usize, &f32)| cell(&format!("{files}-{i}"), usize::from(i >= half), *p);
    Member {
        folder: format!("lr-{rate:e}/fold-{fold}").into(),
        sha256: format!("{fold} {rate} {p:?}"),
        recipe,
        description,
        calibration: Calibration::identity(),
        validation: p.iter().enumerate().map(of).collect(),
    }
}

fn worth(members: &[Member]) -> Vec<ValidationWorth> {
    members.iter().map(|m| m.worth().unwrap()).collect()
}

const GOOD: [f32; 4] = [0.9, 0.8, 0.1, 0.2];
const FAIR: [f32; 4] = [0.9, 0.4, 0.1, 0.2];
const WRONG: [f32; 4] = [0.1, 0.2, 0.9, 0.8];

fn weights_of(weighting: Weighting, members: &[Member]) -> Weighed {
    let of: Vec<&Member> = members.iter().collect();
    weigh(weighting, &of, &worth(members)).unwrap()
}

fn near(got: &[f64], wanted: &[f64]) {
    let apart = got
        .iter()
        .zip(wanted)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f64::max);
    assert!(
        got.len() == wanted.len() && apart < 1e-6,
        "{got:?} for {wanted:?}"
    );
}

#[test]
fn the_mean_of_calibrated_probabilities_is_that_of_the_hand() {
    let cooled = Calibration {
        temperature: 2.0,
        ..Calibration::identity()
    };
    let (a, mut b) = (cell("s1", 0, 0.9), cell("s1", 0, 0.5));
    // Over a temperature of 2 the logit ln(16) is ln(4): four in five.
    b.logits = vec![16f32.ln(), 0.0];
    let members = [(vec![a], Calibration::identity()), (vec![b], cooled)];
    let both = combine(&members, &[0.25, 0.75]).unwrap();
    let wanted = 0.25 * 0.9 + 0.75 * 0.8;
    near(&[f64::from(both[0].probability)], &[wanted]);
    assert_eq!((both[0].decision, both[0].class), (0, Some(0)));
    let doubting = combine(&members, &[0.0, 1.0]).unwrap();
    near(&[f64::from(doubting[0].confidence)], &[0.8]);

    let others = [
        members[0].clone(),
        (vec![cell("s2", 0, 0.5)], Calibration::identity()),
    ];
    let message = combine(&others, &[0.5, 0.5]).unwrap_err().to_string();
    assert!(
        message.contains("s1 beside s2") && message.contains("same data"),
        "{message}"
    );
}

#[test]
fn figures_of_validation_cells_weigh_and_a_kappa_below_zero_counts_nothing() {
    let members = [
        member(0, 1e-3, &GOOD, 10),
        member(1, 1e-3, &FAIR, 11),
        member(2, 1e-3, &WRONG, 12),
    ];
    // Accuracy 1, 3/4 and 0; F1 1, 2/3 and 0; kappa 1, 1/2 and -1.
    near(
        &weights_of(Weighting::Accuracy, &members).weights,
        &[4.0 / 7.0, 3.0 / 7.0, 0.0],
    );
    near(&weights_of(Weighting::F1, &members).weights, &[0.6, 0.4, 0.0]);
    let kappa = weights_of(Weighting::Kappa, &members);
    near(&kappa.weights, &[2.0 / 3.0, 1.0 / 3.0, 0.0]);
    assert!(kappa.how.contains("of 1 it is below 0"), "{}", kappa.how);
    near(&weights_of(Weighting::Equal, &members).weights, &[1.0 / 3.0; 3]);

    let hopeless = [member(0, 1e-3, &WRONG, 10), member(1, 1e-3, &WRONG, 11)];
    let kappa = weights_of(Weighting::Kappa, &hopeless);
    near(&kappa.weights, &[0.5, 0.5]);
    assert!(kappa.how.contains("all weigh alike"), "{}", kappa.how);
}

#[test]
fn optimised_weights_are_the_best_on_shared_validation_cells() {
    // Each is sure of what the other is not, and one is better.
    let a = [0.95, 0.6, 0.45, 0.1];
    let b = [0.4, 0.9, 0.1, 0.7];
    let members = [member(0, 1e-3, &a, 10), member(0, 1e-4, &b, 10)];
    let optimised = weights_of(Weighting::Optimised, &members);
    assert!(
        optimised
            .how
            .contains("4 validation cells that all members share"),
        "{}",
        optimised.how
    );
    let p: Vec<Vec<f64>> = members.iter().map(|m| m.true_probabilities().unwrap()).collect();
    let loss = |w: f64| log_loss_of_mixture(&p, &[w, 1.0 - w]);
    let best = loss(optimised.weights[0]);
    assert!(best < loss(0.5) - 1e-4, "{best} beside {}", loss(0.5));
    for step in 0..=100 {
        assert!(best <= loss(f64::from(step) / 100.0) + 1e-9);
    }
    // A member that is right everywhere takes all.
    let members = [member(0, 1e-3, &GOOD, 10), member(0, 1e-4, &WRONG, 10)];
    assert!(weights_of(Weighting::Optimised, &members).weights[0] > 0.999);
}

#[test]
fn members_without_shared_validation_cells_count_by_their_own_log_loss() {
    let members = [member(0, 1e-3, &GOOD, 10), member(1, 1e-3, &FAIR, 11)];
    let optimised = weights_of(Weighting::Optimised, &members);
    let geometric = |p: [f64; 4]| p.iter().product::<f64>().powf(0.25);
    let (a, b) = (geometric([0.9, 0.8, 0.9, 0.8]), geometric([0.9, 0.4, 0.9, 0.8]));
    near(&optimised.weights, &[a / (a + b), b / (a + b)]);
    assert!(
        optimised.how.contains("share no validation cells"),
        "{}",
        optimised.how
    );
}

#[test]
fn fold_models_go_by_rate_and_the_best_of_each_rate_by_its_validation_cells() {
    let members = [
        member(0, 1e-4, &FAIR, 10),
        member(1, 1e-4, &GOOD, 11),
        member(0, 1e-3, &GOOD, 10),
        member(1, 1e-3, &[0.99, 0.9, 0.1, 0.1], 11),
    ];
    let inter = groups(Kind::InterLr, &members, &worth(&members)).unwrap();
    let named: Vec<(&str, &[usize])> = inter.iter().map(|g| (g.name.as_str(), &g.members[..])).collect();
    assert_eq!(
        named,
        [("inter-lr-1e-3", &[2, 3][..]), ("inter-lr-1e-4", &[0, 1])]
    );
    // Both of 1e-3 are right everywhere: the surer one.
    let intra = groups(Kind::IntraLr, &members, &worth(&members)).unwrap();
    assert_eq!(
        (intra[0].name.as_str(), &intra[0].members[..]),
        ("intra-lr", &[3, 1][..])
    );
    let message = groups(Kind::InterLr, &members[1..], &worth(&members[1..])).unwrap_err();
    assert!(
        message.to_string().contains("inter-lr-1e-4 has 1 member"),
        "{message}"
    );
    let doubled = [member(0, 1e-3, &GOOD, 10), member(0, 1e-3, &FAIR, 11)];
    let message = groups(Kind::InterLr, &doubled, &worth(&doubled)).unwrap_err();
    assert!(message.to_string().contains("same fold"), "{message}");
}

#[test]
fn members_that_do_not_belong_together_are_refused_with_a_remedy() {
    let refused = |members: &[Member], kind: Kind, words: [&str; 2]| {
        let dir = tempfile::tempdir().unwrap();
        let message = choose(members, &[kind], &Weighting::ALL, dir.path())
            .unwrap_err()
            .to_string();
        for word in words {
            assert!(message.contains(word), "{word:?} in {message}");
        }
    };
    let [a, b] = [member(0, 1e-3, &GOOD, 10), member(1, 1e-3, &FAIR, 11)];
    refused(&[], Kind::Members, ["no members", "two runs"]);
    refused(
        std::slice::from_ref(&a),
        Kind::Members,
        ["one member", "two runs"],
    );
    refused(&[a.clone(), a.clone()], Kind::Members, ["same weights", "once"]);
    let changed = |change: &dyn Fn(&mut Member)| {
        let mut other = b.clone();
        change(&mut other);
        [a.clone(), other]
    };
    let labels = serde_json::from_value::<blastscope_shared::class::LabelSet>(json!(["hem", "all"])).unwrap();
    refused(
        &changed(&|m| m.description.labels = labels.clone()),
        Kind::Members,
        ["hem, all", "same labels"],
    );
    refused(
        &changed(&|m| m.description.data = "e".into()),
        Kind::Members,
        ["other data", "same data"],
    );
    refused(
        &changed(&|m| m.description.subjects.test = vec!["T1".into(), "R1".into()]),
        Kind::Members,
        ["tests other subjects", "split.holdout"],
    );
    refused(
        &changed(&|m| m.recipe.optimisation.batch = 16),
        Kind::InterLr,
        ["optimisation", "--kind members"],
    );
    let one_label = changed(&|m| m.validation.truncate(2));
    refused(&one_label, Kind::Members, ["of one label", "another split"]);
}

#[test]
fn a_plan_is_read_back_and_finds_its_members_after_a_move() {
    let dir = tempfile::tempdir().unwrap();
    let mut members = [member(0, 1e-3, &GOOD, 10), member(1, 1e-3, &FAIR, 11)];
    for (k, m) in members.iter_mut().enumerate() {
        m.folder = dir.path().join(format!("all/lr-1e-3/fold-{k}"));
        std::fs::create_dir_all(&m.folder).unwrap();
    }
    let out = dir.path().join("all/ensembles");
    let plans = choose(&members, &[Kind::InterLr], &[Weighting::Kappa], &out).unwrap();
    plans[0].write(&out).unwrap();
    std::fs::rename(dir.path().join("all"), dir.path().join("moved")).unwrap();
    let path = dir
        .path()
        .join("moved/ensembles/inter-lr-1e-3-kappa/ensemble.json");
    let read = EnsemblePlan::read(&path).unwrap();
    assert_eq!(read, plans[0]);
    assert_eq!(read.disclaimer, blastscope_shared::DISCLAIMER);
    for ((folder, weight), wanted) in read.votes(&path).into_iter().zip([2.0 / 3.0, 1.0 / 3.0]) {
        assert!(folder.is_dir(), "{}", folder.display());
        near(&[weight], &[wanted]);
    }
    let message = EnsemblePlan::read(Path::new("Cargo.toml"))
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("Cargo.toml") && message.contains("ensemble.json"),
        "{message}"
    );
}
