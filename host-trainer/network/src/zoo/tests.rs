use crate::{Graph, account, by_name};

fn imagenet(name: &str, size: usize) -> Graph {
    by_name(name, size, 1000, &toml::Table::new()).unwrap()
}

/// `num_params` and `_ops` (10^9 multiply-accumulates, three digits) of torchvision 0.26 at the size of its
/// evaluation. Inception's parameters are less those of the auxiliary head, which is 768 to 128 (1x1), 128 to
/// 768 (5x5), both with norms, and 768 to 1000.
#[test]
fn parameters_and_multiplications_are_those_that_torchvision_publishes() {
    let auxiliary = 768 * 128 + 2 * 128 + 128 * 768 * 25 + 2 * 768 + 769 * 1000;
    for (name, size, parameters, giga) in [
        ("vgg16", 224, 138_357_544, "15.470"),
        ("vgg19", 224, 143_667_240, "19.632"),
        ("alexnet", 224, 61_100_840, "0.714"),
        ("inception_v3", 299, 27_161_264 - auxiliary, "5.713"),
        ("resnet18", 224, 11_689_512, "1.814"),
        ("resnet50", 224, 25_557_032, "4.089"),
        ("densenet121", 224, 7_978_856, "2.834"),
        ("mobilenet_v2", 224, 3_504_872, "0.301"),
        ("efficientnet_b0", 224, 5_288_548, "0.386"),
        ("efficientnet_b3", 300, 12_233_232, "1.827"),
        ("efficientnet_v2_s", 384, 21_458_488, "8.366"),
        ("efficientnet_v2_m", 480, 54_139_356, "24.582"),
    ] {
        let count = account::count(&imagenet(name, size));
        assert_eq!(count.parameters, parameters, "{name}");
        assert_eq!(format!("{:.3}", count.macs as f64 / 1e9), giga, "{name}");
    }
}

/// Keras's tables count the running statistics of the norms as parameters: two numbers a channel.
#[test]
fn parameters_are_those_that_keras_publishes() {
    for (name, size, published) in [("xception", 299, 22_910_480), ("mobilenet_v1", 224, 4_253_864)] {
        let graph = imagenet(name, size);
        let all = crate::parameters::of_graph(&graph);
        let count: usize = all.iter().map(|p| p.shape.iter().product::<usize>()).sum();
        assert_eq!(count, published, "{name}");
    }
}

/// Howard et al. 2017, table 4: 569 million, its layers counted without the bias of the last.
#[test]
fn multiplications_are_those_of_the_papers() {
    assert_eq!(
        account::count(&imagenet("mobilenet_v1", 224)).macs / 1_000_000,
        568
    );
}

/// Alkhouli et al. 2024 as chosen in the recipe: 6x6 without padding on 128 px, maxima after the first two.
#[test]
fn the_lightweight_network_counts_as_by_hand() {
    let graph = by_name("lightweight_cnn", 128, 2, &toml::Table::new()).unwrap();
    let last = ((128 - 5) / 2 - 5) / 2 - 5;
    let convs = 64 * (3 * 36 + 1) + 2 * 64 * (64 * 36 + 1);
    let head = 64 * last * last * 128 + 128 + 2 * 128 + 128 * 2 + 2;
    assert_eq!(account::count(&graph).parameters, convs + head);
}

#[test]
fn the_first_bottleneck_widens_on_request_with_the_names_of_the_model_zoo() {
    let options = "first_expansion = true".parse().unwrap();
    let graph = by_name("mobilenet_v2", 64, 2, &options).unwrap();
    let parameters = crate::parameters::of_graph(&graph);
    for name in [
        "features.1.conv.0.0.weight",
        "features.1.conv.0.1.running_var",
        "features.1.conv.1.0.weight",
        "features.1.conv.2.weight",
        "features.1.conv.3.bias",
    ] {
        assert!(parameters.iter().any(|p| p.name == name), "{name}");
    }
    assert_eq!(graph.blocks().len(), 1 + 19 + 1, "input, features.0 to 18, head");
}
