use super::*;
use crate::calibration::Calibration;
use crate::class::LabelSet;
use crate::metrics::{MeasuredShare, Performance};
use crate::preprocess::{CellCrop, InputSpec};
use crate::stain::StainReference;
use std::io::{Cursor, Write};

fn keys() -> minisign::KeyPair {
    minisign::KeyPair::generate_unencrypted_keypair().unwrap()
}

fn trusted(pair: &minisign::KeyPair) -> TrustedKey {
    TrustedKey::parse(&pair.pk.to_box().unwrap().to_string()).unwrap()
}

fn manifest() -> Manifest {
    Manifest {
        format: FORMAT,
        name: "test".into(),
        version: "1.0.0".into(),
        created: "2026-11-20".into(),
        labels: LabelSet::lymphoblast(),
        roles: BTreeMap::new(),
        input: InputSpec::masked_cell(16, 220),
        preprocessing: PREPROCESSING.into(),
        calibration: Calibration::identity(),
        performance: None,
        errors: None,
        unknown: None,
        precisions: vec![],
        stain: None,
        golden_tolerance: [(NumberFormat::F32, 1e-3), (NumberFormat::Int8, 0.1)].into(),
        subjects: vec!["A1".into(), "H1".into()],
        metrics: serde_json::json!({"weighted_f1": 0.8}),
        data: vec![],
        parts: BTreeMap::new(),
    }
}

fn golden() -> Golden {
    let inputs = (0..3u8)
        .map(|i| CellCrop::from_planes(16, vec![i * 10; 768]).unwrap())
        .collect();
    let rows: Vec<Vec<f32>> = (0..3u8).map(|i| vec![f32::from(i), -1.5]).collect();
    Golden {
        inputs,
        logits: [(NumberFormat::Int8, rows.clone()), (NumberFormat::F32, rows)].into(),
    }
}

fn packed(pair: &minisign::KeyPair, manifest: Manifest) -> Result<Vec<u8>, Error> {
    let networks = [
        (NumberFormat::Int8, b"int8 network".to_vec()),
        (NumberFormat::F32, b"f32 network".to_vec()),
    ];
    build(manifest, &networks.into(), &golden(), "# card", |text| {
        let signature = minisign::sign(Some(&pair.pk), &pair.sk, Cursor::new(text), None, None);
        Ok(signature.unwrap().to_string())
    })
}

/// The package with one part changed (`None`: left out), the signature as it was.
fn with_part(bytes: &[u8], name: &str, content: Option<&[u8]>) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (part, old) in archive::read(bytes).unwrap() {
        let new = if part == name { content } else { Some(&old[..]) };
        if let Some(new) = new {
            zip.start_file(part, zip::write::SimpleFileOptions::default())
                .unwrap();
            zip.write_all(new).unwrap();
        }
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn what_was_packed_is_what_is_opened() {
    let pair = keys();
    let bytes = packed(&pair, manifest()).unwrap();
    let package = Package::open(&bytes, &[trusted(&keys()), trusted(&pair)]).unwrap();
    assert_eq!(package.golden().unwrap(), golden());
    assert_eq!(package.network(NumberFormat::Int8), Some(&b"int8 network"[..]));
    assert_eq!(package.manifest().precisions, NumberFormat::ALL);
    assert_eq!(package.card(), "# card");
}

#[test]
fn another_key_does_not_open_it() {
    let bytes = packed(&keys(), manifest()).unwrap();
    let error = Package::open(&bytes, &[trusted(&keys())]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Untrusted);
    assert!(error.to_string().contains("trusted_keys"));
    assert_eq!(
        Package::open(&bytes, &[]).unwrap_err().kind(),
        ErrorKind::Untrusted
    );
}

#[test]
fn every_flipped_byte_is_noticed_or_harmless() {
    let pair = keys();
    let bytes = packed(&pair, manifest()).unwrap();
    let trust = [trusted(&pair)];
    for i in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[i] ^= 0x10;
        if let Ok(package) = Package::open(&damaged, &trust) {
            assert_eq!(package.golden().unwrap(), golden(), "byte {i}");
            assert_eq!(
                package.network(NumberFormat::F32),
                Some(&b"f32 network"[..]),
                "byte {i}"
            );
        }
    }
    for end in 0..bytes.len() {
        assert!(Package::open(&bytes[..end], &trust).is_err(), "cut at {end}");
    }
}

#[test]
fn a_changed_missing_or_added_part_is_named() {
    let pair = keys();
    let bytes = packed(&pair, manifest()).unwrap();
    let open = |b: &[u8]| Package::open(b, &[trusted(&pair)]).unwrap_err().to_string();
    assert!(open(&with_part(&bytes, "network-int8.onnx", Some(b"other"))).contains("network-int8.onnx"));
    for part in [
        "network-f32.onnx",
        "golden.safetensors",
        "card.md",
        "manifest.json",
        "manifest.json.minisig",
    ] {
        let message = open(&with_part(&bytes, part, None));
        assert!(message.contains(&format!("part {part} is missing")), "{message}");
    }
    let mut zip = zip::ZipWriter::new_append(Cursor::new(bytes.clone())).unwrap();
    zip.start_file("extra.bin", zip::write::SimpleFileOptions::default())
        .unwrap();
    let extra = zip.finish().unwrap().into_inner();
    assert!(open(&extra).contains("extra.bin"));
    assert!(open(b"no zip at all").contains("not a model package"));
}

#[test]
fn other_versions_and_impossible_numbers_are_refused() {
    let pair = keys();
    let packed_with = |pair: &minisign::KeyPair, change: &dyn Fn(&mut Manifest)| {
        let mut m = manifest();
        change(&mut m);
        packed(pair, m)
    };
    let refuse = |change: &dyn Fn(&mut Manifest)| packed_with(&pair, change).unwrap_err();
    assert_eq!(refuse(&|m| m.format = 2).kind(), ErrorKind::Version);
    assert_eq!(
        refuse(&|m| m.preprocessing = "stretch".into()).kind(),
        ErrorKind::Version
    );
    let other = refuse(&|m| m.preprocessing = "whole-triangle-1".into());
    assert_eq!(other.kind(), ErrorKind::Malformed);
    assert!(
        other.to_string().contains("does not go with its input"),
        "{other}"
    );
    assert_eq!(refuse(&|m| m.input.size = 4).kind(), ErrorKind::Range);
    assert_eq!(
        refuse(&|m| m.calibration.temperature = 0.0).kind(),
        ErrorKind::Range
    );
    let colours = |mean| {
        let (deviation, cells) = ([0.5, 0.1, 0.1], 9);
        move |m: &mut Manifest| {
            m.stain = Some(StainReference {
                mean,
                deviation,
                cells,
            });
        }
    };
    assert!(packed_with(&pair, &colours([7.5, 0.0, 0.0])).is_ok());
    assert_eq!(refuse(&colours([7.5, 0.0, 9.0])).kind(), ErrorKind::Range);
    let impossible = MeasuredShare {
        share: 1.5,
        standard_error: 0.1,
        cells: 100,
        subjects: 5,
    };
    let performance = Performance {
        sensitivity: impossible,
        specificity: impossible,
    };
    assert_eq!(
        refuse(&|m| m.performance = Some(performance)).kind(),
        ErrorKind::Range
    );
}

#[test]
fn a_signed_package_whose_roles_name_no_blast_is_refused_when_it_is_opened() {
    let pair = keys();
    let bytes = packed(&pair, manifest()).unwrap();
    let signed = |roles: serde_json::Value| {
        let text = archive::read(&bytes).unwrap()[MANIFEST].clone();
        let mut stated: serde_json::Value = serde_json::from_slice(&text).unwrap();
        stated["roles"] = roles;
        let text = serde_json::to_vec(&stated).unwrap();
        let signature = minisign::sign(Some(&pair.pk), &pair.sk, Cursor::new(&text), None, None);
        let signature = signature.unwrap().to_string();
        with_part(
            &with_part(&bytes, MANIFEST, Some(&text)),
            SIGNATURE,
            Some(signature.as_bytes()),
        )
    };
    let open = |roles| Package::open(&signed(roles), &[trusted(&pair)]);
    assert!(open(serde_json::json!({"all": "blast", "hem": "white_cell"})).is_ok());
    let error = open(serde_json::json!({"all": "white_cell", "hem": "white_cell"})).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Range);
    assert!(
        error
            .to_string()
            .contains("no label has the role blast: state it"),
        "{error}"
    );
}

#[test]
fn golden_outputs_outside_the_tolerance_are_refused() {
    let golden = golden();
    let mut rows = golden.logits[&NumberFormat::Int8].clone();
    assert!(golden.check(NumberFormat::Int8, &rows, 0.0).is_ok());
    rows[2][1] += 0.2;
    assert!(golden.check(NumberFormat::Int8, &rows, 0.25).is_ok());
    let error = golden.check(NumberFormat::Int8, &rows, 0.1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::GoldenMismatch);
    rows[2][1] = f32::NAN;
    assert!(golden.check(NumberFormat::Int8, &rows, 0.25).is_err());
    assert!(golden.check(NumberFormat::F32, &rows[..2], 0.1).is_err());
}
