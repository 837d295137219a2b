//! Tells the linker where libtorch lies, so that the binary runs without LD_LIBRARY_PATH, and the program which
//! libtorch it was built with.
fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let mut version = None;
    if let Ok(lib) = std::env::var("DEP_TCH_LIBTORCH_LIB") {
        println!("cargo:rustc-link-arg=-Wl,-rpath,{lib}");
        let header = std::fs::read_to_string(format!("{lib}/../include/torch/headeronly/version.h"));
        version = header.ok().and_then(|text| version_of(&text));
    }
    let version = version.unwrap_or_else(|| "unknown".into());
    println!("cargo:rustc-env=BLASTSCOPE_LIBTORCH={version}");
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
