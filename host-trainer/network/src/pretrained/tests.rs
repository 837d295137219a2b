use super::*;
use crate::zoo::{DenseSpec, dense};
use crate::{Array, by_name, formula};
use std::path::PathBuf;

fn torch_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/torch_files/{name}.pth"))
}

fn refusal(path: &Path) -> String {
    let error = read(path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Weights);
    let text = error.to_string();
    assert!(text.starts_with(&path.display().to_string()), "{text}");
    text
}

/// 0 to 5 less 2.5, as `scripts/weight_fixtures.py` writes them.
const COUNTING: [f32; 6] = [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5];

#[test]
fn every_form_of_torch_save_is_read_with_its_kinds_of_numbers_and_strides() {
    for form in ["zip", "legacy", "protocol5", "wrapped", "wrapped_legacy"] {
        let state = read(&torch_file(form)).unwrap();
        let array = |name: &str| {
            let array = state.weights.get(name).unwrap();
            (array.shape.clone(), array.values.clone())
        };
        for name in ["single", "half", "brain", "double"] {
            assert_eq!(array(name), (vec![2, 3], COUNTING.to_vec()), "{form} {name}");
        }
        let turned = vec![-2.5, 0.5, -1.5, 1.5, -0.5, 2.5];
        assert_eq!(array("turned"), (vec![3, 2], turned), "{form}");
        assert_eq!(array("row"), (vec![3], COUNTING[3..].to_vec()), "{form}");
        assert_eq!(array("scalar"), (vec![], vec![0.25]), "{form}");
        assert_eq!(state.weights.0.len(), 7, "{form}");
        assert_eq!(state.whole_numbers["num_batches_tracked"], Vec::<usize>::new());
    }
    let parameters = read(&torch_file("parameters")).unwrap();
    assert_eq!(parameters.weights.get("weight").unwrap().values, COUNTING);
    assert_eq!(parameters.weights.get("bias").unwrap().values, [-2.5, 0.5]);
}

#[test]
fn files_that_would_run_something_or_hold_a_program_are_refused_by_the_class() {
    assert!(refusal(&torch_file("hostile")).contains("posix.system"));
    let text = refusal(&torch_file("whole_network"));
    assert!(text.contains("torch.nn.modules.linear.Linear"), "{text}");
    assert!(text.contains("network.state_dict()"), "{text}");
}

#[test]
fn a_file_cut_anywhere_or_changed_is_refused_and_never_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.pth");
    for form in ["zip", "legacy", "wrapped_legacy"] {
        let whole = std::fs::read(torch_file(form)).unwrap();
        for length in (0..whole.len()).step_by(11) {
            std::fs::write(&path, &whole[..length]).unwrap();
            refusal(&path);
        }
        for place in (0..whole.len()).step_by(37) {
            let mut changed = whole.clone();
            changed[place] ^= 0x55;
            std::fs::write(&path, &changed).unwrap();
            // Some bytes are only padding or names; what is read must be sound in itself.
            if let Ok(state) = read(&path) {
                let sound = |a: &Array| a.values.len() == a.shape.iter().product::<usize>();
                assert!(state.weights.0.values().all(sound), "byte {place}");
            }
        }
    }
    for nonsense in [&b"\x89HDF\r\n\x1a\n12345678"[..], b"PK\x05\x06", b"", &[0x80; 64]] {
        std::fs::write(&path, nonsense).unwrap();
        assert!(refusal(&path).contains("save the state dictionary alone"));
    }
    assert_eq!(
        read(folder.path().join("none").as_path()).unwrap_err().kind(),
        ErrorKind::File
    );
}

/// A zip as `torch.save` writes it, around this pickle and one storage.
fn write_zip(path: &Path, pickle: &[u8], order: &[u8], storage: &[u8]) {
    use std::io::Write;
    let mut zip = zip::ZipWriter::new(std::fs::File::create(path).unwrap());
    for (name, bytes) in [("data.pkl", pickle), ("byteorder", order), ("data/0", storage)] {
        let stored =
            zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        zip.start_file(format!("x/{name}"), stored).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
}

/// `{"w": tensor}` of float numbers: how many there are, and the view.
fn one_tensor(count: u8, offset: u8, size: u8, stride: u8) -> Vec<u8> {
    let mut pickle = b"\x80\x02}X\x01\x00\x00\x00wctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK".to_vec();
    pickle.extend([
        count, b't', b'Q', b'K', offset, b'K', size, 0x85, b'K', stride, 0x85, 0x89,
    ]);
    pickle.extend(b"ccollections\nOrderedDict\n)RtRs.");
    pickle
}

#[test]
fn views_beyond_their_storage_and_foreign_byte_orders_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made.pt");
    let storage = [0u8; 16];
    write_zip(&path, &one_tensor(4, 1, 3, 1), b"little", &storage);
    assert_eq!(read(&path).unwrap().weights.0["w"].shape, [3]);
    for (view, why) in [
        ((4, 2, 3, 1), "beyond its storage"),
        ((4, 0, 3, 2), "beyond its storage"),
        // One number seen many times is no weight.
        ((4, 0, 200, 0), "beyond its storage"),
        ((5, 0, 4, 1), "storage 0 has not the 20 bytes"),
        ((3, 0, 3, 1), "has 16 bytes, 12 at most"),
    ] {
        let (count, offset, size, stride) = view;
        write_zip(
            &path,
            &one_tensor(count, offset, size, stride),
            b"little",
            &storage,
        );
        let text = refusal(&path);
        assert!(text.contains(why), "{view:?}: {text}");
    }
    write_zip(&path, &one_tensor(4, 0, 4, 1), b"big", &storage);
    assert!(refusal(&path).contains("big-endian"));
}

#[test]
fn a_pickle_of_nested_tuples_does_not_overflow_the_stack() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep.pt");
    let deep = [&b"\x80\x02)"[..], &[0x85; 1_000_000], b"."].concat();
    write_zip(&path, &deep, b"little", &[]);
    assert!(refusal(&path).contains("tuples in one another"));
}

fn small() -> Graph {
    let mut spec = DenseSpec::default();
    spec.stages.truncate(2);
    dense(&spec, 16, 2).unwrap()
}

/// Weights that differ in every number from those of another seed.
fn drawn(graph: &Graph, seed: u8) -> Weights {
    let mut weights = formula::weights(graph, 1.0);
    let all = weights.0.values_mut().flat_map(|a| &mut a.values);
    all.for_each(|v| *v += f32::from(seed));
    weights
}

/// Saves weights after a change, as `name.safetensors`.
fn saved(folder: &Path, mut weights: Weights, change: impl FnOnce(&mut Weights)) -> PathBuf {
    change(&mut weights);
    let path = folder.join("w.safetensors");
    std::fs::write(&path, weights.to_bytes().unwrap()).unwrap();
    path
}

fn array(shape: &[usize]) -> Array {
    Array {
        shape: shape.to_vec(),
        values: vec![0.5; shape.iter().product()],
    }
}

#[test]
fn a_fitting_file_is_loaded_and_the_report_names_what_was_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let graph = small();
    let (theirs, mut ours) = (drawn(&graph, 1), drawn(&graph, 2));
    let before = ours.clone();
    let path = saved(folder.path(), theirs.clone(), |w| {
        // A bias that fits says nothing beside a weight that does not.
        w.0.insert("head.linear.weight".into(), array(&[2, 1000]));
        w.0.insert("fc.weight".into(), array(&[1000, 32]));
        w.0.insert("AuxLogits.fc.bias".into(), array(&[1000]));
    });
    let report = load(&path, &graph, &mut ours, false).unwrap();
    let text = report.to_string();
    for part in [
        "10 tensors of",
        "classifier left fresh (2): head.linear.weight, head.linear.bias",
        "classifier of the file left out (3): fc.weight, head.linear.bias, head.linear.weight",
        "AuxLogits, the second classifier of training (1)",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    for (name, array) in &theirs.0 {
        let wanted = if name.starts_with("head.") {
            &before.0[name]
        } else {
            array
        };
        assert_eq!(&ours.0[name], wanted, "{name}");
    }
}

#[test]
fn everything_that_does_not_fit_is_listed_and_nothing_is_changed_unless_a_part_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let graph = small();
    let (theirs, mut ours) = (drawn(&graph, 1), drawn(&graph, 2));
    let before = ours.clone();
    let path = saved(folder.path(), theirs.clone(), |w| {
        w.0.remove("stage1.norm.bias");
        w.0.insert("stage1.conv.weight".into(), array(&[24, 3, 5, 5]));
        w.0.insert("stage9.conv.weight".into(), array(&[1]));
    });
    let text = load(&path, &graph, &mut ours, false).unwrap_err().to_string();
    for part in [
        "w.safetensors: these weights are not of this network",
        "missing (1): stage1.norm.bias",
        "unknown (1): stage9.conv.weight",
        "misshapen (1): stage1.conv.weight is [24, 3, 5, 5] instead of [24, 3, 3, 3]",
        "--allow-partial",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert_eq!(ours, before);
    let report = load(&path, &graph, &mut ours, true).unwrap().to_string();
    for name in ["stage1.norm.bias", "stage9.conv.weight", "stage1.conv.weight is"] {
        assert!(report.contains(name), "{name} in {report}");
    }
    assert_eq!(ours.0["stage1.norm.bias"], before.0["stage1.norm.bias"]);
    assert_eq!(ours.0["stage2.conv.weight"], theirs.0["stage2.conv.weight"]);
}

#[test]
fn numbers_that_are_not_finite_are_refused_by_the_tensor_even_in_part() {
    let folder = tempfile::tempdir().unwrap();
    let graph = small();
    let (theirs, mut ours) = (drawn(&graph, 1), drawn(&graph, 2));
    let before = ours.clone();
    let path = saved(folder.path(), theirs.clone(), |w| {
        w.0.get_mut("stage2.conv.weight").unwrap().values[7] = f32::NAN;
    });
    let text = load(&path, &graph, &mut ours, true).unwrap_err().to_string();
    assert!(text.contains("stage2.conv.weight"), "{text}");
    assert_eq!(ours, before);
}

#[test]
fn nothing_that_fits_is_refused_even_in_part() {
    let graph = small();
    let text = load(&torch_file("parameters"), &graph, &mut drawn(&graph, 2), true)
        .unwrap_err()
        .to_string();
    assert!(text.contains("nothing of it fits"), "{text}");
}

/// The weights that the environment names, where it does.
fn mobilenet_file() -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os("BLASTSCOPE_WEIGHTS")?);
    Some(folder.join("mobilenetv2-imagenet/features.safetensors"))
}

#[test]
fn the_mobilenet_file_loads_into_the_network_with_a_first_expansion_and_is_recognised_by_the_other() {
    let Some(path) = mobilenet_file() else {
        eprintln!("skipped: BLASTSCOPE_WEIGHTS is not set");
        return;
    };
    let graph = |options: &str| {
        let options: toml::Table = options.parse().unwrap();
        by_name("mobilenet_v2", 64, 2, &options).unwrap()
    };
    let expanded = graph("first_expansion = true");
    let report = load(&path, &expanded, &mut drawn(&expanded, 1), false).unwrap();
    assert_eq!(report.plan.pairs.len(), 265);
    assert_eq!(report.plan.fresh, ["classifier.1.weight", "classifier.1.bias"]);
    let plain = graph("");
    let text = load(&path, &plain, &mut drawn(&plain, 1), false)
        .unwrap_err()
        .to_string();
    assert!(
        text.contains("these look like mobilenet_v2 with first_expansion = true"),
        "{text}"
    );
}
