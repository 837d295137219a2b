use super::*;
use crate::config::Config;
use crate::domain::{
    Cell, CellClass, FieldId, FieldPixelSize, Finding, NotValidReason, PixelSizeOrigin, ReviewState, SlideId,
    Summary,
};
use crate::screen::{ClassifierFacts, CountingSettings, Tally};
use blastscope_inference::ModelName;
use blastscope_shared::calibration::Calibration;
use blastscope_shared::class::{LabelSet, Role, Roles};
use blastscope_shared::metrics::{MeasuredErrors, SubjectCalls};
use blastscope_shared::stain::StainTransform;
use blastscope_vision::quality::{FieldQuality, FieldVerdict, Measures, QualityReason};
use blastscope_vision::raster::{PixelSize, Rect};
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
        classifier: ClassifierFacts::of_labels(LabelSet::lymphoblast()),
        settings: settings(),
    }
}

fn settings() -> CountingSettings {
    Config::default().counting(&Calibration::identity())
}

fn open(folder: &std::path::Path) -> Store {
    Store::open(folder, &settings()).unwrap()
}

/// What is said of a slide whose counts do not matter.
fn nothing_counted() -> Summary {
    Tally::new(slide("none").classifier, settings().screen).summary()
}

fn field(number: u64) -> NewField {
    NewField {
        number,
        name: format!("field {number}"),
        taken: Timestamp::from_millisecond(1_800_000_001_000 + number as i64).unwrap(),
        width: 960,
        height: 720,
        pixel_size: Some(FieldPixelSize {
            size: PixelSize::new(110),
            origin: PixelSizeOrigin::RedCells,
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
        cell: Cell {
            bounds: Rect {
                left: 10,
                top: 20,
                width: 9,
                height: 2,
            },
            score: 0.75,
            class: CellClass::from(class.to_owned()),
            decision: CellClass::Label("all".into()),
            probability,
            distance: None,
        },
        mask: vec![0xff, 0x80, 0x01],
        crop_x: 8,
        crop_y: 18,
        crop: vec![1, 2, 3],
        duplicate_of: None,
    }
}

fn message(folder: &std::path::Path) -> String {
    Store::open(folder, &settings()).unwrap_err().to_string()
}

#[test]
fn what_was_kept_is_read_back_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    let id = store.begin_slide(&slide("Slide 1")).unwrap();
    let cells = [
        cell("all", 0.9),
        cell("hem", 0.1),
        cell("unidentified", 0.5),
        cell("all", 0.95),
    ];
    let (first, ids) = store.add_field(id, &field(0), &cells).unwrap();
    store.add_field(id, &field(1), &[cell("hem", 0.2)]).unwrap();
    let (_, said) = store.reader().unwrap().slide(id).unwrap();
    store
        .end_slide(id, Timestamp::from_millisecond(1_800_000_009_000).unwrap(), &said)
        .unwrap();
    store.close().unwrap();

    let store = open(folder.path());
    let reader = store.reader().unwrap();
    let slides = reader.slides(None, 10).unwrap();
    assert_eq!(slides.len(), 1);
    assert_eq!((slides[0].id, slides[0].fields, slides[0].cells), (id, 2, 5));
    assert_eq!(slides[0].started.to_string(), "2027-01-15T08:00:00.123Z");
    assert_eq!(slides[0].review_state, ReviewState::Unsigned);
    assert_eq!(slides[0].ended, "2027-01-15T08:00:09Z".parse().ok());
    let (_, summary) = reader.slide(id).unwrap();
    let counts: Vec<u64> = summary.counts.iter().map(|c| c.cells).collect();
    assert_eq!((counts, summary.rejected, summary.fields), (vec![2, 2, 1], 4, 2));
    assert_eq!(summary.scale.nanometres_per_pixel, Some(PixelSize::new(110)));

    let blasts = reader.cells(id, Some("all"), None, 10).unwrap();
    assert_eq!(blasts.iter().map(|c| c.id).collect::<Vec<_>>(), [ids[3], ids[0]]);
    let older = reader.cells(id, None, Some(ids[1]), 10).unwrap();
    assert_eq!(older.iter().map(|c| c.id).collect::<Vec<_>>(), [ids[0]]);
    assert_eq!(reader.crop(ids[0]).unwrap(), [1, 2, 3]);
    let mask = reader.mask(&older[0]).unwrap();
    assert_eq!(
        (mask.width, mask.height, packed_mask(&mask)),
        (9, 2, vec![0xff, 0x80, 0x00])
    );
    assert_eq!(reader.field(first).unwrap().pixel_size, Some(PixelSize::new(110)));
    assert_eq!(reader.cells_of_field(first).unwrap().len(), 4);
    assert_eq!(reader.field_picture(first).unwrap(), [0; 100]);
}

#[test]
fn a_field_is_kept_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
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
    let mut store = open(folder.path());
    let id = store.begin_slide(&slide("cut off")).unwrap();
    store.add_field(id, &field(5), &[]).unwrap();
    store.begin_slide(&slide("empty")).unwrap();
    drop(store);
    let store = open(folder.path());
    let slides = store.reader().unwrap().slides(None, 10).unwrap();
    assert_eq!(slides.len(), 1);
    assert_eq!(
        (slides[0].id, slides[0].ended),
        (id, "2027-01-15T08:00:01.005Z".parse().ok())
    );
}

#[test]
fn an_ended_slide_without_fields_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    let id = store.begin_slide(&slide("empty")).unwrap();
    store.end_slide(id, Timestamp::now(), &nothing_counted()).unwrap();
    assert_eq!(store.reader().unwrap().slides(None, 10).unwrap(), []);
    let error = store.reader().unwrap().slide(id).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Absent);
}

#[test]
fn every_commit_reaches_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    drop(store);
    let store = open(folder.path());
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
    open(folder.path()).close().unwrap();
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
    assert!(message(folder.path()).contains("not a Blastscope database"));
}

#[test]
fn two_processes_do_not_share_a_data_directory() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path());
    assert!(message(folder.path()).contains("another blastscope uses"));
    drop(first);
    assert!(Store::open(folder.path(), &settings()).is_ok());
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
    let mut store = open(folder.path());
    let id = store.begin_slide(&slide("Slide 1")).unwrap();
    let mut soft = field(1);
    soft.quality.verdict = FieldVerdict::Unusable;
    soft.quality.reasons = vec![QualityReason::OutOfFocus];
    soft.quality.measures.reduction = 3;
    (soft.pixel_size, soft.rejected) = (None, 0);
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
    assert_eq!(kept.reasons, ["out_of_focus"]);
    assert_eq!(kept.measures["reduction"], 3);
    assert_eq!(
        reader.field(good).unwrap().quality.unwrap().verdict,
        FieldVerdict::Good
    );
    let (row, summary) = reader.slide(id).unwrap();
    assert_eq!(
        (summary.fields, summary.fields_unusable, summary.cells),
        (2, 1, 1)
    );
    assert_eq!(summary.scale.fields_without, 0);
    assert_eq!(row.stain.unwrap().gain, [1.0, 1.5, 0.5]);
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
    let store = open(folder.path());
    let reader = store.reader().unwrap();
    assert_eq!(reader.field(FieldId(1)).unwrap().quality, None);
    let (_, summary) = reader.slide(SlideId(1)).unwrap();
    assert_eq!(
        (summary.fields, summary.fields_unusable, summary.rejected),
        (1, 0, 2)
    );
}

#[test]
fn a_finished_slide_says_the_same_whatever_is_set_later() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    let id = store.begin_slide(&slide("Slide 1")).unwrap();
    let cells: Vec<NewCell> = (0..120).map(|_| cell("all", 0.9)).collect();
    store.add_field(id, &field(0), &cells).unwrap();
    let running = store.begin_slide(&slide("on the stage")).unwrap();
    store.add_field(running, &field(1), &cells).unwrap();
    let (_, said) = store.reader().unwrap().slide(id).unwrap();
    store.end_slide(id, Timestamp::now(), &said).unwrap();
    assert!(matches!(said.finding, Finding::BlastsLikely { .. }), "{said:?}");
    store.close().unwrap();

    let mut other = settings();
    other.screen.minimum_cells = 400;
    other.screen.blasts_likely_above_percent = 99.5;
    other.screen.poor_fields_above_percent = 0.0;
    other.screen.poor_cells_above_percent = 0.0;
    other.screen.stop_early = false;
    other.screen.fields_compared = 0;
    (other.cells_per_slide, other.fields_per_slide, other.scale_nm) = (7, 7, Some(PixelSize::new(77)));
    other.quality.largest_blur = 1.0;
    let store = Store::open(folder.path(), &other).unwrap();
    let reader = store.reader().unwrap();
    let (slide, kept) = reader.slide(id).unwrap();
    assert_eq!(kept, said);
    assert_eq!(slide.blasts_likely_above_percent, 5.0);
    // The one that a power cut ended is said under the settings that it was counted under.
    assert_eq!(reader.slide(running).unwrap().1, said);
    for column in ["summary", "settings", "labels", "performance"] {
        let sql = format!("UPDATE slides SET {column} = '[]' WHERE id = {id}");
        let refused = store.connection().execute(&sql, []).unwrap_err().to_string();
        assert!(refused.contains("not change"), "{refused}");
    }
}

#[test]
fn a_slide_cut_off_counts_by_role_and_distance_as_it_did_before() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    let labels = ["lymphocyte", "blast", "erythroblast"].map(str::to_owned);
    let labels = LabelSet::new(labels.to_vec()).unwrap();
    let roles = [
        ("lymphocyte", Role::WhiteCell),
        ("blast", Role::Blast),
        ("erythroblast", Role::Beside),
    ];
    let roles = roles.map(|(name, role)| (name.to_owned(), role)).into();
    let calls = |label, called: [u64; 4]| SubjectCalls {
        source: "laboratory".into(),
        subject: "subject".into(),
        label,
        called: called.to_vec(),
    };
    let errors = vec![calls(0, [90, 8, 0, 2]), calls(1, [5, 95, 0, 0])];
    let classifier = ClassifierFacts {
        roles: Roles::new(&labels, &roles).unwrap(),
        errors: Some(MeasuredErrors::new(errors, labels.len()).unwrap()),
        labels,
        performance: None,
    };
    let many = NewSlide {
        classifier: classifier.clone(),
        ..slide("Many labels")
    };
    let id = store.begin_slide(&many).unwrap();
    let mut tally = Tally::new(classifier, settings().screen);
    let at = |class: &str, distance: f32| {
        let mut new = cell(class, 0.5);
        new.cell.distance = Some(distance);
        new
    };
    let cells = [
        at("blast", 0.2),
        at("lymphocyte", 0.3),
        at("lymphocyte", 0.9),
        at("erythroblast", 0.1),
        at("unidentified", 1.5),
    ];
    store.add_field(id, &field(0), &cells).unwrap();
    tally.add_field(field(0).pixel_size, [Some(1), Some(0), Some(0), Some(2), None], 2);
    tally.note_distances(cells.iter().filter_map(|c| c.cell.distance));
    let expected = tally.summary();
    assert_eq!(
        expected.blast_percent,
        Some(33.33),
        "erythroblasts are no white cells"
    );
    assert!(expected.differential[1].corrected_interval.is_some());
    assert_eq!(store.reader().unwrap().slide(id).unwrap().1, expected);
    let (far, _) = store
        .add_field(id, &field(1), &vec![at("unidentified", f32::MAX); 16])
        .unwrap();
    store.close().unwrap();

    let store = open(folder.path());
    let (_, said) = store.reader().unwrap().slide(id).unwrap();
    let reason = NotValidReason::UnlikeTraining;
    assert_eq!(said.finding, Finding::NotValid { reason });
    assert_eq!((said.blast_percent, said.cells), (None, 21));
    let kept = store.reader().unwrap().cells_of_field(far).unwrap();
    assert_eq!(kept[0].cell.distance, Some(f32::MAX));
    let changed = store.connection().execute("UPDATE slides SET roles = NULL", []);
    assert!(changed.is_err(), "what was said stays said");
}

#[test]
fn a_summary_of_a_version_without_a_differential_is_read() {
    let mut said = serde_json::to_value(nothing_counted()).unwrap();
    for key in ["differential", "beside"] {
        said.as_object_mut().unwrap().remove(key).unwrap();
    }
    let read: Summary = serde_json::from_value(said).unwrap();
    assert_eq!((read.differential.len(), read.beside.len()), (0, 0));
}

#[test]
fn a_database_of_version_3_shows_the_same_slides_and_its_sentences_become_codes() {
    let folder = tempfile::tempdir().unwrap();
    let old = Connection::open(folder.path().join("blastscope.sqlite")).unwrap();
    for batch in [
        include_str!("migrations/0001_slides_fields_cells.sql"),
        include_str!("migrations/0002_quality_and_stain.sql"),
        include_str!("migrations/0003_duplicates_performance.sql"),
        include_str!("version_3.sql"),
    ] {
        old.execute_batch(batch).unwrap();
    }
    drop(old);
    let said = |settings: &CountingSettings| {
        let store = Store::open(folder.path(), settings).unwrap();
        let reader = store.reader().unwrap();
        let slides = reader.slides(None, 10).unwrap();
        let summaries: Vec<Summary> = slides.iter().map(|s| reader.slide(s.id).unwrap().1).collect();
        (
            slides,
            summaries,
            reader.field(FieldId(2)).unwrap().quality.unwrap(),
        )
    };
    let (slides, summaries, quality) = said(&settings());
    assert_eq!(slides.len(), 2);
    assert_eq!(slides[1].name, "leukaemic");
    assert!(
        slides
            .iter()
            .all(|s| s.review_state == ReviewState::Unsigned && s.ended.is_some())
    );
    let counts = |s: &Summary| s.counts.iter().map(|c| c.cells).collect::<Vec<_>>();
    assert_eq!(counts(&summaries[1]), [2, 1, 1]);
    assert_eq!((summaries[1].fields, summaries[1].fields_unusable), (2, 1));
    assert_eq!((summaries[1].rejected, summaries[1].duplicates), (2, 1));
    assert_eq!(summaries[1].blast_percent, Some(66.67));
    assert_eq!(
        summaries[1].performance.map(|p| p.sensitivity.share),
        Some(0.971_234_567_890_123_4)
    );
    assert_eq!(
        quality.reasons,
        ["blank", "out_of_focus", "said by nobody: do nothing"]
    );
    // What the first start has frozen stays.
    let mut other = settings();
    other.screen.minimum_cells = 1;
    other.screen.blasts_likely_above_percent = 0.0;
    assert_eq!(said(&other), (slides, summaries, quality));
}

#[test]
fn a_slide_whose_settings_are_lost_is_not_said_under_others() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    let id = store.begin_slide(&slide("Slide 1")).unwrap();
    store.add_field(id, &field(0), &[cell("all", 0.9)]).unwrap();
    let lose = "DROP TRIGGER settings_of_a_slide_stay; UPDATE slides SET settings = NULL;";
    store.connection().execute_batch(lose).unwrap();
    let error = store.reader().unwrap().slide(id).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Store);
}
