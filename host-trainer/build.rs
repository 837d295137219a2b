//! Compiles what of libtorch tch does not bind, tells the linker where libtorch lies, so that the binary
//! runs without LD_LIBRARY_PATH, and the program which libtorch it was built with.

use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=cpp/shim.cpp");
    let Ok(lib) = std::env::var("DEP_TCH_LIBTORCH_LIB") else {
        println!("cargo:rustc-env=BLASTSCOPE_LIBTORCH=unknown");
        return;
    };
    println!("cargo:rustc-link-arg=-Wl,-rpath,{lib}");
    let torch = Path::new(&lib).parent().unwrap_or(Path::new("."));
    let header = std::fs::read_to_string(torch.join("include/torch/headeronly/version.h"));
    let version = header.ok().and_then(|text| version_of(&text));
    let version = version.unwrap_or_else(|| "unknown".into());
    println!("cargo:rustc-env=BLASTSCOPE_LIBTORCH={version}");
    cc::Build::new()
        .cpp(true)
        .std("c++17")
        .warnings(false)
        .include(torch.join("include"))
        .define("_GLIBCXX_USE_CXX11_ABI", "1")
        .file("cpp/shim.cpp")
        .compile("blastscope_shim");
}

/// `2.11.0`, from three lines such as `#define TORCH_VERSION_MINOR 11`.
fn version_of(header: &str) -> Option<String> {
    let part = |name: &str| {
        let start = format!("#define TORCH_VERSION_{name} ");
        header
            .lines()
            .find_map(|l| Some(l.strip_prefix(&start)?.trim().to_owned()))
    };
    Some(format!(
        "{}.{}.{}",
        part("MAJOR")?,
        part("MINOR")?,
        part("PATCH")?
    ))
}
