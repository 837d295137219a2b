use super::drawn_cells::{EIGHT, draw_cell, draw_folders, official_name};
use super::*;
use blastscope_shared::package::sha256_hex;
use blastscope_shared::preprocess::InputSpec;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const SPEC: InputSpec = InputSpec::masked_cell(32, 220);

pub(super) fn drawn(extension: &str) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    draw_folders(dir.path(), EIGHT, extension);
    dir
}

fn load(root: &Path) -> Result<DataSet, crate::Error> {
    DataSet::load(root, &DataChoice::default(), &SPEC, None, Unreadable::Refuse)
}

pub(super) fn collection(root: &Path) -> Collection {
    Collection::read(root, &DataChoice::default()).unwrap()
}

/// Writes `index.csv` for what lies in the folders.
fn index(root: &Path, extra: &[&str]) {
    let read = collection(root);
    let mut text = "file,label,subject,subject_group,official_fold,sha256_of_original\n".to_owned();
    for cell in &read.cells {
        let label = &read.labels.names()[cell.label];
        text += &format!(
            "{},{label},{},{},0,{}\n",
            cell.file, cell.subject, cell.group, cell.digest
        );
    }
    extra.iter().for_each(|line| text += &format!("{line}\n"));
    fs::write(root.join("index.csv"), text).unwrap();
}

fn refused(root: &Path, words: &[&str]) {
    let error = load(root).unwrap_err();
    let message = error.to_string();
    for word in words {
        assert!(message.contains(word), "{word:?} in {message}");
    }
}

#[test]
fn both_layouts_read_the_same() {
    let dir = drawn("png");
    let folders = load(dir.path()).unwrap();
    index(dir.path(), &[]);
    let indexed = load(dir.path()).unwrap();
    assert_eq!(folders.collection(), indexed.collection());
    assert_eq!(folders.fingerprint(), indexed.fingerprint());
    assert_eq!(folders.len(), 44);
    for i in 0..folders.len() {
        assert_eq!(folders.planes(i).unwrap(), indexed.planes(i).unwrap());
        assert_eq!(folders.area(i), indexed.area(i));
    }
}

#[test]
fn bmp_and_png_give_the_same_cells_and_jpeg_nearly() {
    let [bmp, png, jpeg] = ["bmp", "png", "jpg"].map(|e| load(drawn(e).path()).unwrap());
    for i in 0..bmp.len() {
        assert_eq!(bmp.planes(i).unwrap(), png.planes(i).unwrap());
        let apart = |a: &u8, b: &u8| u64::from(a.abs_diff(*b));
        let (plain, coded) = (bmp.planes(i).unwrap(), jpeg.planes(i).unwrap());
        let pairs = plain.iter().zip(coded.iter());
        let mean = pairs.map(|(a, b)| apart(a, b)).sum::<u64>() / plain.len() as u64;
        assert!(mean < 6, "{mean}");
    }
}

#[test]
fn copies_are_dropped_their_subjects_joined_and_it_is_said() {
    let dir = drawn("bmp");
    let at = |subject: &str, n: usize| dir.path().join(official_name(subject, n, "bmp"));
    fs::copy(at("H3", 0), at("H10", 90)).unwrap();
    fs::copy(at("A1", 1), at("A1", 91)).unwrap();
    let set = load(dir.path()).unwrap();
    let read = set.collection();
    assert_eq!((set.len(), read.copies.len()), (44, 2));
    assert_eq!(read.joined, ["H3+H10"]);
    let groups: BTreeSet<&str> = read.cells.iter().map(|c| c.group.as_str()).collect();
    assert!(groups.contains("H3+H10") && !groups.contains("H3") && groups.len() == 7);
    let said = read.summary().join("\n");
    for word in [
        "2 copies",
        "UID_1_1_91_all.bmp is fold_0/all/UID_1_1_1_all.bmp",
        "H3+H10",
    ] {
        assert!(said.contains(word), "{word} in {said}");
    }
    assert_eq!(collection(dir.path()), *read);
}

#[test]
fn groups_of_an_index_hold_and_are_joined_further_by_copies() {
    let dir = drawn("png");
    let picture = official_name("A3", 0, "png");
    let digest = sha256_hex(&fs::read(dir.path().join(official_name("A2", 0, "png"))).unwrap());
    index(dir.path(), &[]);
    let path = dir.path().join("index.csv");
    let text = fs::read_to_string(&path).unwrap();
    let text = text
        .replace(",A1,A1,", ",A1,clinic-1,")
        .replace(",A10,A10,", ",A10,clinic-1,");
    let line = text.lines().find(|l| l.starts_with(&picture)).unwrap().to_owned();
    let (start, _) = line.rsplit_once(',').unwrap();
    fs::write(&path, text.replace(&line, &format!("{start},{digest}"))).unwrap();
    let set = load(dir.path()).unwrap();
    let groups: BTreeSet<String> = set.collection().groups().into_keys().collect();
    assert!(
        groups.contains("clinic-1") && groups.contains("A2+A3"),
        "{groups:?}"
    );
    assert_eq!(set.collection().joined, ["A2+A3", "clinic-1"]);
    assert_eq!(set.len(), 43);
}

#[test]
fn one_picture_with_two_labels_is_refused() {
    let dir = drawn("png");
    let at = |subject: &str, n: usize| dir.path().join(official_name(subject, n, "png"));
    fs::copy(at("A1", 0), at("H1", 70)).unwrap();
    refused(
        dir.path(),
        &["UID_1_1_0_all.png", "UID_H1_1_70_hem.png", "different labels"],
    );
}

#[test]
fn pictures_that_cannot_be_read_are_all_named_with_a_remedy() {
    let dir = drawn("jpg");
    let at = |n: usize| dir.path().join(official_name("A1", n, "jpg"));
    let whole = fs::read(at(0)).unwrap();
    fs::write(at(0), &whole[..whole.len() / 2]).unwrap();
    fs::write(at(1), b"not a picture at all").unwrap();
    fs::write(at(2), b"").unwrap();
    let black = image::RgbImage::new(50, 50);
    black.save(at(3)).unwrap();
    let grey = image::RgbImage::from_pixel(50, 50, image::Rgb([200, 200, 200]));
    grey.save(at(4)).unwrap();
    refused(
        dir.path(),
        &[
            "UID_1_1_0_all.jpg: the picture is cut short",
            "UID_1_1_1_all.jpg: not a BMP, PNG or JPEG",
            "UID_1_1_2_all.jpg: the file is empty",
            "UID_1_1_3_all.jpg: the picture is black",
            "UID_1_1_4_all.jpg: shows no single cell on black",
            "5 of 44 pictures",
            "--skip-unreadable",
        ],
    );
    let labels = DataChoice::default();
    let cache = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let rest = DataSet::load(dir.path(), &labels, &SPEC, Some(cache.path()), Unreadable::Skip).unwrap();
        assert_eq!(rest.len(), 39);
        assert_eq!(rest.notes.iter().filter(|n| n.starts_with("left out")).count(), 5);
    }
}

/// The head of a BMP that claims this size.
fn bmp_head(width: i32, height: i32) -> Vec<u8> {
    let mut head = b"BM".to_vec();
    head.extend([0u8; 8]);
    head.extend(54u32.to_le_bytes());
    head.extend(40u32.to_le_bytes());
    head.extend(width.to_le_bytes());
    head.extend(height.to_le_bytes());
    head.extend(1u16.to_le_bytes());
    head.extend(24u16.to_le_bytes());
    head.extend([0u8; 24]);
    head
}

#[test]
fn sizes_that_cannot_be_are_refused_before_memory_is_taken() {
    for (width, height, remedy) in [(0, 0, "take it again"), (30_000, 30_000, "give a part of it")] {
        let dir = drawn("bmp");
        fs::write(
            dir.path().join(official_name("A1", 0, "bmp")),
            bmp_head(width, height),
        )
        .unwrap();
        let size = format!("{width}x{height}");
        refused(dir.path(), &["UID_1_1_0_all.bmp", &size, remedy]);
    }
    let dir = drawn("bmp");
    let path = dir.path().join(official_name("A1", 0, "bmp"));
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    refused(dir.path(), &["UID_1_1_0_all.bmp", "damaged or cut short"]);
}

#[test]
fn folders_and_names_that_are_wrong_are_refused_by_name() {
    let empty = tempfile::tempdir().unwrap();
    refused(empty.path(), &["holds no pictures", "index.csv"]);
    refused(&empty.path().join("nowhere"), &["nowhere is not a folder"]);

    let dir = drawn("png");
    let cell = |name: &str| draw_cell("A1", 0).save(dir.path().join(name)).unwrap();
    cell("fold_0/all/UID_1_1_99_aml.png");
    refused(
        dir.path(),
        &["UID_1_1_99_aml.png", "unknown label \"aml\"", "rename it"],
    );
    fs::remove_file(dir.path().join("fold_0/all/UID_1_1_99_aml.png")).unwrap();
    cell("fold_0/hem/UID_1_1_99_all.png");
    refused(
        dir.path(),
        &["UID_1_1_99_all.png", "lies in folder \"hem\"", "move it"],
    );
    fs::remove_file(dir.path().join("fold_0/hem/UID_1_1_99_all.png")).unwrap();
    draw_cell("A1", 0)
        .save(dir.path().join("fold_0/all/UID_1_1_0_all.bmp"))
        .unwrap();
    refused(
        dir.path(),
        &["UID_1_1_0_all.png", "UID_1_1_0_all.bmp", "two formats"],
    );
}

#[test]
fn an_index_that_is_wrong_is_refused_with_its_line() {
    let dir = drawn("png");
    let line = |file: &str, label: &str| format!("{file},{label},A1,A1,0,{}", "0".repeat(64));
    let first = official_name("A1", 0, "png");
    for (extra, words) in [
        (
            line("nowhere.png", "all"),
            ["nowhere.png is not there", "line 46"],
        ),
        (line(&first, "all"), ["is on line", "line 46"]),
        (
            line(&first, "aml").replace("_1_0_", "_1_00_"),
            ["unknown label", "aml"],
        ),
        (line("../x.png", "all"), ["../x.png", "below the folder"]),
        ("a.png,all".to_owned(), ["index.csv", "line 46"]),
        (format!("{first}x,all,A1,A1,0,zz"), ["is not a sha256", "line 46"]),
    ] {
        let _ = fs::remove_file(dir.path().join("index.csv"));
        index(dir.path(), &[&extra]);
        refused(dir.path(), &words);
    }
    fs::write(dir.path().join("index.csv"), "file,label\n").unwrap();
    refused(dir.path(), &["holds no pictures"]);
    fs::write(dir.path().join("index.csv"), "file,label\na.png,all\n").unwrap();
    refused(dir.path(), &["subject", "line 2"]);
}

#[test]
fn a_cache_gives_the_same_cells_and_a_damaged_one_is_made_anew() {
    let (dir, cache) = (drawn("png"), tempfile::tempdir().unwrap());
    let labels = DataChoice::default();
    let load = || DataSet::load(dir.path(), &labels, &SPEC, Some(cache.path()), Unreadable::Refuse).unwrap();
    let first = load();
    let file = fs::read_dir(cache.path())
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let written = fs::read(&file).unwrap();
    let check = |again: &DataSet, anew: bool| {
        assert_eq!(again.fingerprint(), first.fingerprint());
        assert!(
            (0..first.len())
                .all(|i| again.planes(i).unwrap() == first.planes(i).unwrap()
                    && again.area(i) == first.area(i))
        );
        assert_eq!(again.notes.iter().any(|n| n.contains("made again")), anew);
        assert_eq!(fs::read(&file).unwrap(), written);
    };
    check(&load(), false);
    let mut flipped = written.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    for damaged in [flipped.as_slice(), &written[..written.len() - 5], b""] {
        // Another file under the same name: what is mapped stays as it is.
        fs::remove_file(&file).unwrap();
        fs::write(&file, damaged).unwrap();
        check(&load(), true);
    }
    // A changed picture is another key.
    draw_cell("A1", 500)
        .save(dir.path().join(official_name("A1", 0, "png")))
        .unwrap();
    assert_ne!(load().fingerprint(), first.fingerprint());
}

#[test]
fn a_limit_leaves_some_of_every_subject() {
    let mut set = load(drawn("png").path()).unwrap();
    let before: Vec<Vec<u8>> = (0..set.len()).map(|i| set.planes(i).unwrap().to_vec()).collect();
    let names: Vec<String> = (0..set.len()).map(|i| set.cell(i).file.clone()).collect();
    let groups = set.collection().groups();
    set.limit(16);
    assert!((12..=20).contains(&set.len()), "{}", set.len());
    assert!(set.collection().groups().keys().eq(groups.keys()));
    for i in 0..set.len() {
        let at = names.iter().position(|n| *n == set.cell(i).file).unwrap();
        assert_eq!(set.planes(i).unwrap(), before[at]);
    }
}

#[test]
fn a_limit_before_decoding_is_that_after_it_and_keeps_the_groups_of_all() {
    let dir = drawn("png");
    let mut decoded = load(dir.path()).unwrap();
    decoded.limit(12);
    let listing = list(dir.path(), &DataChoice::default()).unwrap();
    let all = listing.pictures.len();
    let (listing, total) = Collection::limited(dir.path(), listing, 12).unwrap();
    assert!(listing.pictures.len() < total && total <= all);
    let chosen = DataSet::of(dir.path(), listing, &SPEC, None, Unreadable::Refuse).unwrap();
    assert_eq!(chosen.fingerprint(), decoded.fingerprint());
    assert_eq!(chosen.collection().groups(), decoded.collection().groups());
    assert_eq!(chosen.planes(3).unwrap(), decoded.planes(3).unwrap());
}
