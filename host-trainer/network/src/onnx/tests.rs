use super::*;
use crate::{by_name, formula};

#[test]
fn the_size_of_a_file_is_known_to_the_byte_before_it_is_written() {
    for (name, size) in [
        ("dense", 32),
        ("mobilenet_v2", 32),
        ("efficientnet_b0", 32),
        ("resnet18", 32),
    ] {
        let graph = by_name(name, size, 3, &toml::Table::new()).unwrap();
        let written = write_f32(&graph, &formula::weights(&graph, 1.0)).unwrap();
        assert_eq!(f32_len(&graph).unwrap(), written.len(), "{name}");
    }
}
