#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| blastscope_fuzz::package(bytes));
