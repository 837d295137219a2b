use super::*;
use crate::screen::{FieldScale, ScaleOrigin, ScreenSettings};
use blastscope_inference::ModelName;
use blastscope_shared::class::LabelSet;
use blastscope_shared::stain::StainTransform;
use blastscope_vision::quality::{FieldQuality, FieldVerdict, Measures, QualityReason};
use jiff::Timestamp;
use rusqlite::Connection;

fn slide(name: &str) -> NewSlide {
    NewSlide {
        name: name.into(),
        started: Timestamp::from_millisecond(1_800_000_000_123).unwrap(),
        source: "synthetic".into(),
        model: ModelName {
            name: "test".into(),
            version: "1.0.0".into(),
            precision: "f32".into(),
        },
        labels: LabelSet::lymphoblast(),
        performance: None,
    }
}

fn field(number: u64) -> NewField {
    NewField {
        number,
        name: format!("field {number}"),
        taken: Timestamp::from_millisecond(1_800_000_001_000 + number as i64).unwrap(),
        width: 960,
        height: 720,
        scale: Some(FieldScale {
            nanometres_per_pixel: 110,
            origin: ScaleOrigin::RedCells,
        }),
        rejected: 2,
        quality: FieldQuality {
            verdict: FieldVerdict::Good,
            reasons: Vec::new(),
            measures: Measures::default(),
            usual_edge_width: None,
        },
        stain: None,
        resolved: 0,
        picture: vec![number as u8; 100],
    }
}

fn cell(class: &str, probability: f32) -> NewCell {
    NewCell {
        cell: ClassifiedCell {
            x: 10,
            y: 20,
            width: 9,
            height: 2,
            score: 0.75,
            class: class.into(),
            decision: "all".into(),
            probability,
        },
        mask: vec![0xff, 0x80, 0x01],
        crop_x: 8,
        crop_y: 18,
        crop: vec![1, 2, 3],
        duplicate_of: None,
    }
}

fn message(folder: &std::path::Path) -> String {
    Store::open(folder).unwrap_err().to_string()
}

#[test]
fn what_was_kept_is_read_back_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    let id = store.begin_slide(&slide("Slide 1")).unwrap();
    let cells = [
        cell("all", 0.9),
        cell("hem", 0.1),
        cell("unidentified", 0.5),
        cell("all", 0.95),
    ];
    let (first, ids) = store.add_field(id, &field(0), &cells).unwrap();
    store.add_field(id, &field(1), &[cell("hem", 0.2)]).unwrap();
    store
        .end_slide(id, Timestamp::from_millisecond(1_800_000_009_000).unwrap())
        .unwrap();
    store.close().unwrap();

    let store = Store::open(folder.path()).unwrap();
    let reader = store.reader().unwrap();
    let slides = reader.slides(None, 10).unwrap();
    assert_eq!(slides.len(), 1);
    assert_eq!((slides[0].id, slides[0].fields, slides[0].cells), (id, 2, 5));
    assert_eq!(slides[0].started, "2027-01-15T08:00:00.123Z");
    assert_eq!(slides[0].ended.as_deref(), Some("2027-01-15T08:00:09Z"));
    let (_, summary) = reader.slide(id, &ScreenSettings::default()).unwrap();
    let counts: Vec<u64> = summary.counts.iter().map(|c| c.1).collect();
    assert_eq!((counts, summary.rejected, summary.fields), (vec![2, 2, 1], 4, 2));
    assert_eq!(summary.scale.nanometres_per_pixel, Some(110));

    let blasts = reader.cells(id, Some("all"), None, 10).unwrap();
    assert_eq!(blasts.iter().map(|c| c.id).collect::<Vec<_>>(), [ids[3], ids[0]]);
    let older = reader.cells(id, None, Some(ids[1]), 10).unwrap();
    assert_eq!(older.iter().map(|c| c.id).collect::<Vec<_>>(), [ids[0]]);
    assert_eq!(reader.crop(ids[0]).unwrap(), [1, 2, 3]);
    assert_eq!(reader.mask(ids[0]).unwrap(), [0xff, 0x80, 0x01]);
    assert_eq!(reader.field(first).unwrap().scale_nm, Some(110));
    assert_eq!(reader.cells_of_field(first).unwrap().len(), 4);
    assert_eq!(reader.field_picture(first).unwrap(), [0; 100]);
}

#[test]
fn a_field_is_kept_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    let id = store.begin_slide(&slide("Slide 1")).unwrap();
    let impossible = [cell("all", 0.9), cell("all", 1.5)];
    assert_eq!(
        store.add_field(id, &field(0), &impossible).unwrap_err().kind(),
        ErrorKind::Store
    );
    let row = &store.reader().unwrap().slides(None, 1).unwrap()[0];
    assert_eq!((row.fields, row.cells), (0, 0));
}

#[test]
fn a_slide_cut_off_by_a_power_cut_is_ended_at_the_next_start_and_an_empty_one_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    let id = store.begin_slide(&slide("cut off")).unwrap();
    store.add_field(id, &field(5), &[]).unwrap();
    store.begin_slide(&slide("empty")).unwrap();
    drop(store);
    let store = Store::open(folder.path()).unwrap();
    let slides = store.reader().unwrap().slides(None, 10).unwrap();
    assert_eq!(slides.len(), 1);
    assert_eq!(
        (slides[0].id, slides[0].ended.as_deref()),
        (id, Some("2027-01-15T08:00:01.005Z"))
    );
}

#[test]
fn an_ended_slide_without_fields_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    let id = store.begin_slide(&slide("empty")).unwrap();
    store.end_slide(id, Timestamp::now()).unwrap();
    assert_eq!(store.reader().unwrap().slides(None, 10).unwrap(), []);
    let error = store
        .reader()
        .unwrap()
        .slide(id, &ScreenSettings::default())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Absent);
}

#[test]
fn every_commit_reaches_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    drop(store);
    let store = Store::open(folder.path()).unwrap();
    let pragma = |name: &str| store_pragma(&store, name);
    assert_eq!(pragma("journal_mode"), "wal");
    assert_eq!(pragma("synchronous"), "2");
    assert_eq!(pragma("foreign_keys"), "1");
}

fn store_pragma(store: &Store, name: &str) -> String {
    let value: rusqlite::types::Value = store
        .connection()
        .query_row(&format!("PRAGMA {name}"), [], |r| r.get(0))
        .unwrap();
    match value {
        rusqlite::types::Value::Text(text) => text,
        rusqlite::types::Value::Integer(number) => number.to_string(),
        other => format!("{other:?}"),
    }
}

#[test]
fn a_database_of_a_newer_version_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    Store::open(folder.path()).unwrap().close().unwrap();
    let path = folder.path().join("blastscope.sqlite");
    Connection::open(&path)
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    let before = std::fs::read(&path).unwrap();
    let text = message(folder.path());
    assert!(
        text.contains("newer version") && text.contains("99") && text.contains("--data-dir"),
        "{text}"
    );
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn other_files_in_its_place_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("blastscope.sqlite");
    Connection::open(&path)
        .unwrap()
        .execute_batch("CREATE TABLE notes (text TEXT)")
        .unwrap();
    assert!(message(folder.path()).contains("another program"));
    std::fs::write(&path, vec![b'x'; 4096]).unwrap();
    assert!(message(folder.path()).contains("no database"));
}

#[test]
fn two_processes_do_not_share_a_data_directory() {
    let folder = tempfile::tempdir().unwrap();
    let first = Store::open(folder.path()).unwrap();
    assert!(message(folder.path()).contains("another blastscope uses"));
    drop(first);
    assert!(Store::open(folder.path()).is_ok());
}

#[test]
fn a_data_directory_that_cannot_be_written_is_refused_with_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    // Permission bits do not bind root, these do: a folder below a file, and a file system without files.
    for place in [file.join("data"), "/proc/blastscope".into()] {
        let text = message(&place);
        assert!(text.contains(&place.display().to_string()), "{text}");
        assert!(
            text.contains("cannot be written") && text.contains("--data-dir"),
            "{text}"
        );
    }
}

#[test]
fn what_was_said_of_a_field_is_read_back_and_an_unusable_one_counts_as_a_field_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    let id = store.begin_slide(&slide("Slide 1")).unwrap();
    let mut soft = field(1);
    soft.quality.verdict = FieldVerdict::Unusable;
    soft.quality.reasons = vec![QualityReason::OutOfFocus];
    soft.quality.measures.reduction = 3;
    (soft.scale, soft.rejected) = (None, 0);
    let mut stained = field(0);
    stained.stain = Some(StainTransform {
        gain: [1.0, 1.5, 0.5],
        scale: [1.0; 3],
        shift: [0.25, 0.0, 0.0],
    });
    let (good, _) = store.add_field(id, &stained, &[cell("all", 0.9)]).unwrap();
    let (bad, _) = store.add_field(id, &soft, &[]).unwrap();
    let reader = store.reader().unwrap();
    let kept = reader.field(bad).unwrap().quality.unwrap();
    assert_eq!(kept.verdict, FieldVerdict::Unusable);
    assert_eq!(
        kept.reasons,
        serde_json::json!(["out of focus: turn the fine focus"])
    );
    assert_eq!(kept.measures["reduction"], 3);
    assert_eq!(
        reader.field(good).unwrap().quality.unwrap().verdict,
        FieldVerdict::Good
    );
    let (row, summary) = reader.slide(id, &ScreenSettings::default()).unwrap();
    assert_eq!(
        (summary.fields, summary.fields_unusable, summary.cells),
        (2, 1, 1)
    );
    assert_eq!(summary.scale.fields_without, 0);
    assert_eq!(row.stain.unwrap()["gain"], serde_json::json!([1.0, 1.5, 0.5]));
}

#[test]
fn a_database_of_the_first_version_is_brought_up_and_its_fields_stay_unjudged() {
    let folder = tempfile::tempdir().unwrap();
    let old = Connection::open(folder.path().join("blastscope.sqlite")).unwrap();
    old.execute_batch(include_str!("migrations/0001_slides_fields_cells.sql"))
        .unwrap();
    old.execute_batch(
        "INSERT INTO slides VALUES (1, 'old', '2027-01-15T08:00:00Z', '2027-01-15T09:00:00Z', 'synthetic',
             'test', '1.0.0', 'f32', '[\"all\",\"hem\"]');
         INSERT INTO fields VALUES (1, 1, 0, 'f', '2027-01-15T08:00:00Z', 10, 10, NULL, NULL, 2, x'00');
         PRAGMA application_id = 0x42534350; PRAGMA user_version = 1;",
    )
    .unwrap();
    drop(old);
    let store = Store::open(folder.path()).unwrap();
    let reader = store.reader().unwrap();
    assert_eq!(reader.field(FieldId(1)).unwrap().quality, None);
    let (_, summary) = reader.slide(SlideId(1), &ScreenSettings::default()).unwrap();
    assert_eq!(
        (summary.fields, summary.fields_unusable, summary.rejected),
        (1, 0, 2)
    );
}
