//! Layouts beside C-NMC, and splits over pictures.

use super::drawn_cells::{EIGHT, draw_cell, draw_folders};
use super::*;
use crate::ErrorKind;
use blastscope_shared::class::LabelSet;
use blastscope_shared::preprocess::InputSpec;
use image::{Rgb, RgbImage};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const SPEC: InputSpec = InputSpec::whole_picture(32, 100);

fn choice(layout: Layout) -> DataChoice {
    DataChoice { layout, labels: None }
}

/// A picture of its own for each number.
fn smear(number: usize) -> RgbImage {
    let n = number as u32;
    RgbImage::from_fn(40 + n % 3, 30, |x, y| {
        Rgb([(200 - n) as u8, (x * 3 + n) as u8, (y * 5) as u8])
    })
}

fn write(path: &Path, number: usize) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    smear(number).save(path).unwrap();
}

/// Folders of pictures, so many a class.
fn class_folders(classes: &[(&str, usize)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (c, (class, count)) in classes.iter().enumerate() {
        for i in 0..*count {
            write(
                &dir.path().join(format!("{class}/WBC-{class}-{i:03}.png")),
                c * 40 + i,
            );
        }
    }
    dir
}

const FOUR: [(&str, usize); 4] = [("Benign", 6), ("Early", 7), ("Pre", 8), ("Pro", 9)];

/// ALL-IDB1: two fields with blasts, two without.
fn idb1() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("xyc")).unwrap();
    for (i, name) in ["Im001_1", "Im002_1", "Im003_0", "Im004_0"].iter().enumerate() {
        write(&dir.path().join(format!("img/{name}.png")), i);
        let text = if name.ends_with('1') {
            "10\t20\n39 29\n\n"
        } else {
            ""
        };
        fs::write(dir.path().join(format!("xyc/{name}.xyc")), text).unwrap();
    }
    dir
}

fn refused(root: &Path, choice: &DataChoice, words: &[&str]) {
    let error = list(root, choice).unwrap_err();
    let message = error.to_string();
    assert_eq!(error.kind(), ErrorKind::Data, "{message}");
    for word in words {
        assert!(message.contains(word), "{word:?} in {message}");
    }
}

#[test]
fn the_four_classes_are_read_by_folder_without_subjects() {
    let dir = class_folders(&FOUR);
    // A copy is dropped and joins nobody.
    fs::copy(
        dir.path().join("Pro/WBC-Pro-000.png"),
        dir.path().join("Pro/WBC-Pro-900.png"),
    )
    .unwrap();
    let set = DataSet::load(dir.path(), &choice(Layout::All4), &SPEC, None, Unreadable::Refuse).unwrap();
    let read = set.collection();
    assert_eq!(read.labels.names(), ["benign", "early", "pre", "pro"]);
    assert_eq!((set.len(), read.copies.len(), read.has_subjects), (30, 1, false));
    assert!(read.joined.is_empty() && read.groups().len() == 30);
    let counts = read.groups().into_values().fold([0; 4], |mut sum, c| {
        (0..4).for_each(|l| sum[l] += c[l]);
        sum
    });
    assert_eq!(counts, [6, 7, 8, 9]);
    assert!(read.summary().join("\n").contains("name no subjects"));
    let same = smear(0);
    let view = blastscope_shared::preprocess::RgbView::new(40, 30, same.as_raw()).unwrap();
    let crop = blastscope_shared::preprocess::whole_picture(view, &SPEC).unwrap();
    assert_eq!(set.planes(0).unwrap(), crop.planes());
    assert_eq!(set.area(0), 0);

    let turned = DataChoice {
        labels: LabelSet::new(["pro", "pre", "early", "benign"].map(str::to_owned).into()).ok(),
        ..choice(Layout::All4)
    };
    let listing = list(dir.path(), &turned).unwrap();
    assert_eq!(listing.pictures[0].label, 3);
    let other = DataChoice {
        labels: Some(LabelSet::lymphoblast()),
        ..choice(Layout::All4)
    };
    refused(dir.path(), &other, &["data.labels", "benign", "leave it out"]);
}

#[test]
fn plain_folders_name_their_labels() {
    let dir = class_folders(&[("Monocyte", 3), ("basophil", 2), ("seg_neutrophil", 4)]);
    let listing = list(dir.path(), &choice(Layout::Folders)).unwrap();
    let mut names = listing.labels.names().to_vec();
    names.sort();
    assert_eq!(names, ["basophil", "monocyte", "seg_neutrophil"]);
    assert_eq!(listing.pictures.len(), 9);
    let dir = class_folders(&[("a b", 3), ("c", 2)]);
    refused(
        dir.path(),
        &choice(Layout::Folders),
        &["a b", "each of which should be a class"],
    );
    let dir = class_folders(&[("only", 3)]);
    refused(
        dir.path(),
        &choice(Layout::Folders),
        &["the folders only", "2 to 64"],
    );
    let dir = class_folders(&[("a", 3), ("b", 1)]);
    fs::remove_file(dir.path().join("b/WBC-b-000.png")).unwrap();
    refused(
        dir.path(),
        &choice(Layout::Folders),
        &["no BMP, PNG or JPEG in a folder \"b\""],
    );
}

#[test]
fn all_idb_is_read_by_name_and_its_centroids_are_checked() {
    let dir = idb1();
    let one = choice(Layout::AllIdb1);
    let listing = list(dir.path(), &one).unwrap();
    assert_eq!(listing.labels.names(), ["blast", "normal"]);
    let labels: Vec<usize> = listing.pictures.iter().map(|p| p.label).collect();
    assert_eq!((labels, listing.has_subjects), (vec![0, 0, 1, 1], false));
    let two = list(dir.path(), &choice(Layout::AllIdb2)).unwrap();
    assert_eq!(two.pictures, listing.pictures);

    let xyc = |name: &str| dir.path().join("xyc").join(name);
    for (file, text, words) in [
        (
            "Im001_1.xyc",
            "10 20\n41 5\n",
            ["Im001_1.xyc line 2", "outside the picture of 40x30"],
        ),
        (
            "Im001_1.xyc",
            "10 20 30\n",
            ["Im001_1.xyc line 1", "is not a centroid"],
        ),
        (
            "Im001_1.xyc",
            "ten 20\n",
            ["Im001_1.xyc line 1", "is not a centroid"],
        ),
        ("Im001_1.xyc", "", ["names no blast", "Im001_1.png"]),
        ("Im003_0.xyc", "3 4\n", ["names 1 blasts", "Im003_0.png"]),
    ] {
        let before = fs::read(xyc(file)).unwrap();
        fs::write(xyc(file), text).unwrap();
        refused(dir.path(), &one, &words);
        fs::write(xyc(file), before).unwrap();
    }
    fs::remove_file(xyc("Im004_0.xyc")).unwrap();
    assert!(
        list(dir.path(), &one).is_ok(),
        "a field without blasts needs no file"
    );
    fs::remove_file(xyc("Im002_1.xyc")).unwrap();
    refused(dir.path(), &one, &["Im002_1.xyc", "is not there"]);
    fs::remove_dir_all(dir.path().join("xyc")).unwrap();
    refused(
        dir.path(),
        &one,
        &["no folder xyc", "looks like data.layout = \"all-idb2\""],
    );
    write(&dir.path().join("img/Im005_2.png"), 9);
    refused(
        dir.path(),
        &choice(Layout::AllIdb2),
        &["Im005_2.png", "not named as in ALL-IDB"],
    );
    let tiffs = tempfile::tempdir().unwrap();
    fs::create_dir(tiffs.path().join("img")).unwrap();
    fs::write(tiffs.path().join("img/Im001_1.tif"), "II*").unwrap();
    refused(
        tiffs.path(),
        &choice(Layout::AllIdb2),
        &["1 TIFF files", "convert them to PNG"],
    );
}

#[test]
fn blasts_are_cut_out_around_their_centroids() {
    let (dir, out) = (idb1(), tempfile::tempdir().unwrap());
    assert_eq!(crop_blasts(dir.path(), out.path(), 21).unwrap(), 4);
    let cut = image::open(out.path().join("blast/Im002_1-01.png"))
        .unwrap()
        .into_rgb8();
    assert_eq!(cut.dimensions(), (21, 21));
    assert_eq!(cut.get_pixel(10, 10), smear(1).get_pixel(10, 20));
    let message = crop_blasts(dir.path(), out.path(), 7).unwrap_err().to_string();
    assert!(message.contains("16 to 1024"), "{message}");
}

#[test]
fn a_wrong_layout_is_refused_with_what_it_looks_like() {
    let four = class_folders(&FOUR);
    refused(
        four.path(),
        &DataChoice::default(),
        &["looks like data.layout = \"all-4\"", "says \"c-nmc\""],
    );
    refused(
        four.path(),
        &choice(Layout::AllIdb2),
        &["no folder img", "\"all-4\""],
    );
    let cnmc = tempfile::tempdir().unwrap();
    draw_folders(cnmc.path(), EIGHT, "png");
    refused(
        cnmc.path(),
        &choice(Layout::All4),
        &["the folders fold_0", "\"c-nmc\""],
    );
    let other = class_folders(&[("x", 2), ("y", 2)]);
    refused(
        other.path(),
        &choice(Layout::All4),
        &["the folders x, y", "\"folders\""],
    );
    let idb = idb1();
    refused(
        idb.path(),
        &choice(Layout::Folders),
        &["no BMP, PNG or JPEG", "\"all-idb1\""],
    );
}

#[test]
fn one_class_one_subject_and_no_subjects_are_refused_by_name_alone() {
    let dir = tempfile::tempdir().unwrap();
    // Nothing here can be decoded: what is refused was refused before that.
    for (subject, label) in [("1", "all"), ("2", "all")] {
        let path = dir
            .path()
            .join(format!("fold_0/{label}/UID_{subject}_1_1_{label}.bmp"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "nothing").unwrap();
    }
    refused(
        dir.path(),
        &DataChoice::default(),
        &["all 2 pictures are \"all\"", "another class"],
    );

    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.bmp"), "nothing").unwrap();
    fs::write(dir.path().join("b.bmp"), "nothing").unwrap();
    fs::write(
        dir.path().join("index.csv"),
        "file,label,subject\na.bmp,all,S1\nb.bmp,hem,S1\n",
    )
    .unwrap();
    let listing = list(dir.path(), &DataChoice::default()).unwrap();
    let message = listing.check_unit(SplitUnit::Subject).unwrap_err().to_string();
    assert!(
        message.contains("subject S1") && message.contains("split.unit = \"image\""),
        "{message}"
    );
    listing.check_unit(SplitUnit::Image).unwrap();

    let four = class_folders(&FOUR);
    let listing = list(four.path(), &choice(Layout::All4)).unwrap();
    let message = listing.check_unit(SplitUnit::Subject).unwrap_err().to_string();
    assert!(
        message.contains("no subjects") && message.contains("split.unit = \"image\""),
        "{message}"
    );
    listing.check_unit(SplitUnit::Image).unwrap();
    let read = Collection::of(four.path(), listing).unwrap();
    let error = plan(2, SplitUnit::Subject).split(&read).unwrap_err();
    assert!(error.to_string().contains("--unit image"), "{error}");
}

fn plan(folds: usize, unit: SplitUnit) -> SplitPlan {
    SplitPlan {
        folds,
        seed: 3,
        validation_share: 0.25,
        holdout: 0.0,
        unit,
    }
}

#[test]
fn random_folds_are_stratified_disjoint_and_reproducible() {
    let dir = class_folders(&[("Benign", 11), ("Early", 23), ("Pre", 17), ("Pro", 30)]);
    let read = Collection::read(dir.path(), &choice(Layout::All4)).unwrap();
    let plan = plan(5, SplitUnit::Image);
    let split = plan.split(&read).unwrap();
    split.check(&read).unwrap();
    assert_eq!(split, plan.split(&read).unwrap());
    let units = read.units(SplitUnit::Image);
    let mut tested = BTreeSet::new();
    for fold in split.folds() {
        let count = |side: &[String], label: usize| side.iter().map(|f| units[f][label]).sum::<usize>();
        for label in 0..4 {
            let total: usize = units.values().map(|c| c[label]).sum();
            let test = count(&fold.test, label);
            assert!(test == total / 5 || test == total / 5 + 1, "{test} of {total}");
            let share = count(&fold.validation, label) as f64 / (total - test) as f64;
            assert!((share - 0.25).abs() < 0.08, "{share}");
        }
        tested.extend(fold.test.iter().cloned());
        assert_eq!(fold.shared_subjects(&read), None);
    }
    assert_eq!(tested.len(), read.cells.len());
    let sizes: Vec<usize> = split.folds().iter().map(|f| f.test.len()).collect();
    assert!(
        sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 2,
        "{sizes:?}"
    );
    let other = SplitPlan {
        seed: 4,
        ..plan.clone()
    };
    assert_ne!(other.split(&read).unwrap().fingerprint(), split.fingerprint());
    let held = SplitPlan {
        holdout: 0.2,
        ..plan.clone()
    };
    let held = held.split(&read).unwrap();
    held.check(&read).unwrap();
    let [first, last] = [&held.folds()[0], &held.folds()[4]];
    assert_eq!(first.test, last.test);
    assert!((14..=19).contains(&first.test.len()), "{}", first.test.len());
    assert_ne!(first.validation, last.validation);
    let many = SplitPlan { folds: 12, ..plan };
    let message = many.split(&read).unwrap_err().to_string();
    assert!(
        message.contains("12 folds are too many for 11 pictures of \"benign\""),
        "{message}"
    );
}

#[test]
fn a_random_split_of_subjects_says_how_many_stand_on_both_sides() {
    let dir = tempfile::tempdir().unwrap();
    draw_folders(dir.path(), EIGHT, "png");
    draw_cell("A77", 1)
        .save(dir.path().join("fold_0/all/UID_77_1_1_all.png"))
        .unwrap();
    let set = DataSet::load(
        dir.path(),
        &DataChoice::default(),
        &InputSpec::masked_cell(32, 220),
        None,
        Unreadable::Refuse,
    );
    let set = set.unwrap();
    let read = set.collection();
    let split = plan(3, SplitUnit::Image).split(read).unwrap();
    let path = dir.path().join("split.json");
    split.write(&path).unwrap();
    assert_eq!(Split::read(&path, read).unwrap(), split);
    assert_eq!(split.unit(), SplitUnit::Image);
    for fold in split.folds() {
        let groups = |side: &[String]| -> BTreeSet<&str> {
            set.cells_of(side)
                .into_iter()
                .map(|i| set.cell(i).group.as_str())
                .collect()
        };
        let learnt: BTreeSet<&str> = &groups(&fold.train) | &groups(&fold.validation);
        let tested = groups(&fold.test);
        let shared = fold.shared_subjects(read).unwrap();
        assert_eq!(
            (shared.tested, shared.shared),
            (tested.len(), (&tested & &learnt).len())
        );
        assert!(shared.shared >= 4, "{shared:?}");
        assert_eq!(set.cells_of(&fold.test).len(), fold.test.len());
        let sum = fold.test.len() + fold.validation.len() + fold.train.len();
        assert_eq!(sum, set.len());
    }
    let honest = plan(2, SplitUnit::Subject).split(read).unwrap();
    for fold in honest.folds() {
        assert_eq!(fold.shared_subjects(read).unwrap().shared, 0);
    }
    assert!(!serde_json::to_string(&honest).unwrap().contains("unit"));
    // The fingerprint of a split by subject is what it was before there was another unit.
    let folds = honest.folds().iter().map(|f| {
        let (t, v, r) = (&f.test, &f.validation, &f.train);
        format!("Fold {{ test: {t:?}, validation: {v:?}, train: {r:?} }}")
    });
    let text = format!("[{}]", folds.collect::<Vec<_>>().join(", "));
    assert_eq!(
        honest.fingerprint(),
        blastscope_shared::package::sha256_hex(text.as_bytes())
    );
    let text = fs::read_to_string(&path)
        .unwrap()
        .replace("UID_77_1_1", "UID_78_1_1");
    fs::write(&path, text).unwrap();
    let message = Split::read(&path, read).unwrap_err().to_string();
    assert!(
        message.contains("names pictures that") && message.contains("UID_78_1_1"),
        "{message}"
    );
}

#[test]
fn a_limit_without_subjects_leaves_every_class() {
    let dir = class_folders(&FOUR);
    let mut set = DataSet::load(dir.path(), &choice(Layout::All4), &SPEC, None, Unreadable::Refuse).unwrap();
    set.limit(10);
    assert!((10..=14).contains(&set.len()), "{}", set.len());
    let labels: BTreeSet<usize> = (0..set.len()).map(|i| set.cell(i).label).collect();
    assert_eq!(labels.len(), 4);
}

#[test]
fn framings_have_their_own_caches_and_fingerprints() {
    let (dir, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    draw_folders(dir.path(), EIGHT, "png");
    let load = |spec: &InputSpec| {
        let choice = DataChoice::default();
        DataSet::load(dir.path(), &choice, spec, Some(cache.path()), Unreadable::Refuse).unwrap()
    };
    let specs = [
        InputSpec::masked_cell(32, 220),
        InputSpec::whole_picture(32, 220),
        InputSpec {
            enhancement: blastscope_shared::preprocess::Enhancement::Alkhouli2024,
            ..InputSpec::whole_picture(32, 220)
        },
    ];
    let sets: Vec<DataSet> = specs.iter().map(load).collect();
    let prints: BTreeSet<String> = sets.iter().map(DataSet::fingerprint).collect();
    assert_eq!(
        (prints.len(), fs::read_dir(cache.path()).unwrap().count()),
        (3, 3)
    );
    assert!(
        sets[0].planes(0).unwrap() != sets[1].planes(0).unwrap()
            && sets[1].planes(0).unwrap() != sets[2].planes(0).unwrap()
    );
    let again = load(&specs[2]);
    assert!((0..again.len()).all(|i| again.planes(i).unwrap() == sets[2].planes(i).unwrap()));
}
