//! Compiles the switches that tch does not bind, and tells the linker where libtorch lies, so that the binary
//! runs without LD_LIBRARY_PATH.

use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=cpp/shim.cpp");
    let Ok(lib) = std::env::var("DEP_TCH_LIBTORCH_LIB") else {
        return;
    };
    println!("cargo:rustc-link-arg=-Wl,-rpath,{lib}");
    let torch = Path::new(&lib).parent().unwrap_or(Path::new("."));
    cc::Build::new()
        .cpp(true)
        .std("c++17")
        .warnings(false)
        .include(torch.join("include"))
        .define("_GLIBCXX_USE_CXX11_ABI", "1")
        .file("cpp/shim.cpp")
        .compile("blastscope_shim");
}
