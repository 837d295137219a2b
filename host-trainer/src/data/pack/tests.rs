use super::frame::{END, HEAD};
use super::write::Packed;
use super::*;
use crate::Error;
use crate::data::drawn_cells::{EIGHT, draw_cell, draw_folders, official_name};
use crate::data::{DataChoice, DataSet, Unreadable, list};
use blastscope_shared::package::sha256_hex;
use blastscope_shared::preprocess::InputSpec;
use std::fs;
use std::path::{Path, PathBuf};

const SPEC: InputSpec = InputSpec::masked_cell(32, 220);

struct Bench {
    dir: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        draw_folders(&dir.path().join("cells"), EIGHT, "png");
        Self { dir }
    }

    fn root(&self) -> PathBuf {
        self.dir.path().join("cells")
    }

    fn pack(&self, coding: Coding, unreadable: Unreadable) -> Result<(PathBuf, Packed), Error> {
        let (root, path) = (self.root(), self.dir.path().join("cells.pack"));
        let request = PackRequest {
            root: &root,
            layout: DataChoice::default().layout,
            listing: list(&root, &DataChoice::default()).unwrap(),
            spec: &SPEC,
            coding,
            unreadable,
        };
        pack(&path, request).map(|packed| (path, packed))
    }

    fn folder(&self) -> DataSet {
        let choice = DataChoice::default();
        DataSet::load(&self.root(), &choice, &SPEC, None, Unreadable::Refuse).unwrap()
    }
}

fn open(path: &Path) -> Result<DataSet, Error> {
    DataSet::of_pack(path, &DataChoice::default(), &SPEC)
}

#[test]
fn a_raw_pack_is_its_folder_to_the_byte() {
    let bench = Bench::new();
    // A copy shares the pixels of its original and joins the subjects.
    let (from, to) = (official_name("A1", 0, "png"), official_name("A2", 50, "png"));
    fs::copy(bench.root().join(from), bench.root().join(to)).unwrap();
    let folder = bench.folder();
    let (path, packed) = bench.pack(Coding::Raw, Unreadable::Refuse).unwrap();
    let mut set = open(&path).unwrap();
    assert_eq!(
        (packed.cells, packed.bytes),
        (set.len(), fs::metadata(&path).unwrap().len())
    );
    assert_eq!(set.fingerprint(), folder.fingerprint());
    for i in 0..folder.len() {
        assert_eq!(set.planes(i).unwrap(), folder.planes(i).unwrap());
        assert_eq!((set.area(i), set.cell(i)), (folder.area(i), folder.cell(i)));
    }
    let (ours, theirs) = (set.collection(), folder.collection());
    assert_eq!((&ours.copies, &ours.joined), (&theirs.copies, &theirs.joined));
    assert_eq!(
        (ours.copies.len(), ours.joined.as_slice()),
        (1, &["A1+A2".to_owned()][..])
    );
    assert_eq!((&ours.name, &ours.root), (&theirs.name, &path));
    // A trial takes the same cells from either.
    let mut folder = bench.folder();
    set.limit(12);
    folder.limit(12);
    assert_eq!(set.fingerprint(), folder.fingerprint());
    assert_eq!(set.planes(5).unwrap(), folder.planes(5).unwrap());
}

#[test]
fn a_jpeg_pack_is_smaller_and_known_as_other_pixels() {
    let bench = Bench::new();
    let (path, raw) = bench.pack(Coding::Raw, Unreadable::Refuse).unwrap();
    let plain = open(&path).unwrap();
    let (path, jpeg) = bench
        .pack(Coding::Jpeg { quality: 90 }, Unreadable::Refuse)
        .unwrap();
    let coded = open(&path).unwrap();
    assert!(jpeg.bytes < raw.bytes / 2, "{} of {}", jpeg.bytes, raw.bytes);
    assert_ne!(coded.fingerprint(), plain.fingerprint());
    let n = 32 * 32;
    for i in 0..plain.len() {
        let (a, b) = (plain.planes(i).unwrap(), coded.planes(i).unwrap());
        let black = |p: &[u8], at: usize| (0..3).all(|c| p[c * n + at] == 0);
        assert!(
            (0..n).all(|at| black(&a, at) == black(&b, at)),
            "the outline is kept"
        );
        let apart: u64 = a
            .iter()
            .zip(b.iter())
            .map(|(a, b)| u64::from(a.abs_diff(*b)))
            .sum();
        assert!(apart / (a.len() as u64) < 6, "{apart}");
        assert_eq!(coded.crop(i).unwrap().planes(), &*b);
    }
}

/// Refused, with the file, the section and the remedy.
fn refused(path: &Path, bytes: &[u8], section: &str) {
    fs::write(path, bytes).unwrap();
    let error = open(path).unwrap_err();
    assert_eq!(error.kind(), crate::ErrorKind::Data);
    let text = error.to_string();
    for word in [path.to_str().unwrap(), section, "pack the data again"] {
        assert!(text.contains(word), "{word} in {text}");
    }
}

#[test]
fn a_damaged_pack_is_refused_with_the_section_and_the_remedy() {
    let bench = Bench::new();
    let (path, _) = bench.pack(Coding::Raw, Unreadable::Refuse).unwrap();
    let whole = fs::read(&path).unwrap();
    let end = whole.len() - END;
    let index = u64::from_le_bytes(whole[end..end + 8].try_into().unwrap()) as usize;
    for (at, section) in [
        (2, "head: this is not a pack"),
        (40, "head or end"),
        (HEAD, "pixels, block 1 of 1"),
        (index - 1, "pixels, block 1 of 1"),
        (index, "index"),
        (end - 1, "index"),
        (end, "head or end"),
        (whole.len() - 1, "head or end"),
    ] {
        let mut flipped = whole.clone();
        flipped[at] ^= 1;
        refused(&path, &flipped, section);
    }
    for left in [whole.len() - 1, end, index, HEAD + 10] {
        refused(&path, &whole[..left], "end");
    }
    refused(&path, b"", "head");
    // Bytes that are missing in the middle.
    refused(&path, &[&whole[..HEAD], &whole[HEAD + 5..]].concat(), "pixels");
    let mut foreign = whole.clone();
    foreign[16] = 9;
    refused(&path, &foreign, "version 9; this program reads versions 1 to 2");
    fs::write(&path, &whole).unwrap();
    open(&path).unwrap();
}

#[test]
fn a_pack_of_the_first_version_is_read() {
    let bench = Bench::new();
    let (path, _) = bench.pack(Coding::Raw, Unreadable::Refuse).unwrap();
    let now = open(&path).unwrap();
    // A packed folder has none of what the second version added.
    let mut bytes = fs::read(&path).unwrap();
    bytes[16] = 1;
    let end = bytes.len() - END;
    let sum = sha256_hex(&[&bytes[..HEAD], &bytes[end..end + 96]].concat());
    bytes[end + 96..].copy_from_slice(&sum.as_bytes()[..32]);
    fs::write(&path, &bytes).unwrap();
    assert_eq!(open(&path).unwrap().fingerprint(), now.fingerprint());
}

#[test]
fn cells_that_were_cut_need_masks_candidates_and_sources_that_fit() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cut.pack");
    let write = |pixels: u8, change: &dyn Fn(&mut Index)| {
        let written = write_whole(&path, |out| {
            let mut writer = PackWriter::new(out)?;
            let (offset, length) = writer.write(&vec![pixels; 3 * 32 * 32])?;
            let mut index = index_of_one(offset, length);
            change(&mut index);
            writer.end(index)
        });
        written.unwrap();
        let choice = toml::from_str("layout = \"cells\"").unwrap();
        DataSet::of_pack(&path, &choice, &SPEC).map_err(|e| e.to_string())
    };
    assert_eq!(write(9, &|_| ()).unwrap().len(), 1);
    type Change<'a> = &'a dyn Fn(&mut Index);
    let changes: [(&str, u8, Change<'_>); 5] = [
        ("its mask is empty", 0, &|_| ()),
        ("candidates", 9, &|i| i.cells[0].candidates = vec![1, 0]),
        ("candidates", 9, &|i| i.cells[0].candidates = vec![0, 2]),
        ("unknown source", 9, &|i| i.cells[0].source = Some("b".into())),
        ("has no role", 9, &|i| {
            i.roles.remove("hem");
        }),
    ];
    for (word, pixels, change) in changes {
        let text = write(pixels, change).unwrap_err();
        assert!(text.contains(word), "{word} in {text}");
    }
}

/// A pack of one cell that was cut.
fn index_of_one(offset: u64, length: u64) -> Index {
    let text = format!(
        r#"{{"name": "cells", "layout": "cells", "input": {}, "preprocessing": "{}",
        "picture_nanometres_per_pixel": 0, "coding": {{"kind": "raw"}}, "labels": ["all", "hem"],
        "roles": {{"all": "blast", "hem": "white_cell"}}, "has_subjects": true, "copies": [], "joined": [],
        "sources": [{{"name": "a", "title": "A", "licence": "L", "citation": "C", "cells": 1}}],
        "left_out": [], "blocks": [], "cells": [{{"file": "a/1.png", "label": 0, "candidates": [0, 1],
        "subject": "a:1", "group": "a:1", "digest": "", "area": 9, "source": "a",
        "nanometres_per_pixel": 90, "offset": {offset}, "length": {length}}}]}}"#,
        serde_json::to_string(&SPEC).unwrap(),
        SPEC.preprocessing(),
    );
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_pack_for_another_input_or_layout_is_refused_with_both() {
    let bench = Bench::new();
    let (path, _) = bench.pack(Coding::Raw, Unreadable::Refuse).unwrap();
    let other = InputSpec::masked_cell(48, 220);
    let error = DataSet::of_pack(&path, &DataChoice::default(), &other).unwrap_err();
    for word in ["32 px", "48 px", "pack the data again"] {
        assert!(error.to_string().contains(word), "{error}");
    }
    let choice: DataChoice = toml::from_str("layout = \"folders\"").unwrap();
    let error = DataSet::of_pack(&path, &choice, &SPEC).unwrap_err().to_string();
    assert!(error.contains("c-nmc") && error.contains("folders"), "{error}");
    let choice: DataChoice = toml::from_str("labels = [\"hem\", \"all\"]").unwrap();
    let error = DataSet::of_pack(&path, &choice, &SPEC).unwrap_err().to_string();
    assert!(
        error.contains("all, hem") && error.contains("hem, all"),
        "{error}"
    );
}

#[test]
fn what_cannot_be_read_is_refused_or_left_out_and_named_each_time() {
    let bench = Bench::new();
    let bad = official_name("H1", 70, "png");
    fs::write(bench.root().join(&bad), b"\x89PNG nonsense").unwrap();
    let error = bench.pack(Coding::Raw, Unreadable::Refuse).unwrap_err();
    assert!(error.to_string().contains(&bad) && error.kind() == crate::ErrorKind::Picture);
    assert!(!bench.dir.path().join("cells.pack").exists());
    assert_eq!(fs::read_dir(bench.dir.path()).unwrap().count(), 1, "no litter");
    let (path, packed) = bench.pack(Coding::Raw, Unreadable::Skip).unwrap();
    let set = open(&path).unwrap();
    for notes in [&packed.notes, &set.notes] {
        assert!(
            notes[0].contains("left out") && notes[0].contains(&bad),
            "{notes:?}"
        );
    }
    assert_eq!(set.len(), 44);
}

#[test]
fn pixels_of_many_blocks_are_each_checked_and_the_bad_one_names_its_cells() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("cells");
    for number in 0..2 {
        for subject in ["A1", "H1"] {
            let path = root.join(official_name(subject, number, "png"));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            draw_cell(subject, number).save(path).unwrap();
        }
    }
    let (path, spec) = (dir.path().join("large.pack"), InputSpec::masked_cell(1024, 55));
    let request = PackRequest {
        root: &root,
        layout: DataChoice::default().layout,
        listing: list(&root, &DataChoice::default()).unwrap(),
        spec: &spec,
        coding: Coding::Raw,
        unreadable: Unreadable::Refuse,
    };
    pack(&path, request).unwrap();
    let choice = DataChoice::default();
    assert_eq!(DataSet::of_pack(&path, &choice, &spec).unwrap().len(), 4);
    let mut bytes = fs::read(&path).unwrap();
    bytes[HEAD + 3 * (3 << 20)] ^= 4;
    fs::write(&path, bytes).unwrap();
    let text = DataSet::of_pack(&path, &choice, &spec).unwrap_err().to_string();
    assert!(
        text.contains("block 3 of 3") && text.contains("UID_H1_1_1_hem.png"),
        "{text}"
    );
}
