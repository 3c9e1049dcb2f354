//! Runs the checks on small source trees.

use std::fs;

use super::check;

/// The findings in a source tree of these files, given as paths and texts.
#[track_caller]
fn findings(files: &[(&str, &str)]) -> Vec<String> {
    let src = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = src.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    check(src.path())
}

#[track_caller]
fn assert_clean(files: &[(&str, &str)]) {
    assert_eq!(findings(files), [""; 0]);
}

#[test]
fn imports_may_point_down() {
    assert_clean(&[
        ("lib.rs", "mod error; mod http; pub use error::{Error, ErrorKind};"),
        (
            "error/mod.rs",
            "use crate::cursor::Cursor; pub struct Error(Cursor); pub enum ErrorKind {}",
        ),
        ("cursor/mod.rs", "mod text; pub struct Cursor;"),
        ("cursor/text.rs", "use super::Cursor; use crate::error::Error;"),
        ("http/mod.rs", "mod fetch; mod request; pub(crate) use fetch::Fetcher;"),
        ("http/fetch.rs", "use super::request::Request; use crate::error::{self, Error};"),
        ("http/request.rs", "use std::fmt; pub(crate) struct Request;"),
        ("stream/mod.rs", "use crate::http::Fetcher;"),
    ]);
}

#[test]
fn an_import_that_points_up_is_found_in_every_form() {
    for import in [
        "use crate::http::Fetcher;",
        "use crate::http::{self, request::{Request as Other}};",
        "pub(crate) fn a() { crate::http::go(); }",
        "use super::http;",
        "use super::{error::Error, http as other};",
        "mod inner { use super::super::http::Fetcher; }",
        "fn a() { use crate::http::*; }",
    ] {
        let files = [
            ("client/mod.rs", import),
            ("http/mod.rs", "mod request;"),
            ("http/request.rs", ""),
            ("error/mod.rs", ""),
        ];
        let found = findings(&files);
        assert!(!found.is_empty(), "{import}");
        for found in found {
            assert!(found.starts_with("client/mod.rs:1 must not import http/"), "{found}");
        }
    }
}

#[test]
fn folders_on_one_level_do_not_import_each_other() {
    let http = ("http/mod.rs", "");
    let found = findings(&[http, ("simulator/mod.rs", "use crate::http::Fetcher;")]);
    assert_eq!(found, ["simulator/mod.rs:1 must not import http/mod.rs"]);
    assert_clean(&[("sync/mod.rs", "use crate::export::Event;"), ("export/mod.rs", "")]);
    let found = findings(&[("wire/mod.rs", ""), ("simulator/mod.rs", "use crate::wire;")]);
    assert_eq!(found, ["simulator/mod.rs:1 must not import wire/mod.rs"]);
    assert_eq!(findings(&[("odd.rs", "")]), ["odd.rs has no row"]);
}

#[test]
fn comments_strings_and_tests_do_not_count() {
    assert_clean(&[
        ("http/mod.rs", "pub struct Fetcher;"),
        ("client/mod.rs", "//! [a](crate::http::Fetcher)\n/* use crate::http; */ mod a;"),
        ("client/a.rs", "const A: &str = \"use crate::http;\"; #[cfg(test)] mod b;"),
        ("client/a/b.rs", "use crate::http::Fetcher; struct Fetcher;"),
        ("wire/mod.rs", "#[cfg(test)] mod tests { use crate::http; struct Fetcher; }"),
    ]);
}

#[test]
fn an_import_from_the_crate_root_is_found() {
    let lib = ("lib.rs", "mod error; mod video; pub use error::Error;");
    let error = ("error/mod.rs", "pub struct Error;");
    for import in ["use crate::Error;", "use crate::{video, Error};", "use super::Error as E;"] {
        let found = findings(&[lib, error, ("record/mod.rs", ""), ("wire.rs", import)]);
        assert_eq!(found, ["wire.rs:1 imports crate::Error", "wire.rs has no row"], "{import}");
    }
}

#[test]
fn a_cycle_is_found_and_a_re_export_is_not_one() {
    let found = findings(&[
        ("video/mod.rs", "mod decode; use decode::read; struct Video;"),
        ("video/decode.rs", "use super::names::NAMES; use super::Video;"),
        ("video/names.rs", "fn a() { super::decode::read() }"),
        ("wire/mod.rs", "mod v1; pub(crate) use v1::PATH; struct Wire;"),
        ("wire/v1.rs", "use super::Wire;"),
    ]);
    let cycle = "video/decode.rs -> video/mod.rs -> video/decode.rs";
    assert_eq!(found, [format!("import cycle: {cycle}")]);

    let found = findings(&[
        ("wire/mod.rs", "mod v1; pub(crate) use v1::PATH; struct Wire; const A: &str = PATH;"),
        ("wire/v1.rs", "use super::Wire;"),
    ]);
    assert_eq!(found, ["import cycle: wire/mod.rs -> wire/v1.rs -> wire/mod.rs"]);
}

#[test]
fn an_import_through_an_imported_folder_is_found() {
    let found = findings(&[
        ("http/mod.rs", "mod a; mod b;"),
        ("http/a.rs", "use crate::stream; fn a() { stream::walk::b() }"),
        ("http/b.rs", ""),
        ("stream/mod.rs", "pub(crate) mod walk;"),
        ("stream/walk.rs", ""),
    ]);
    let wanted = ["stream/mod.rs", "stream/walk.rs"];
    assert_eq!(found, wanted.map(|path| format!("http/a.rs:1 must not import {path}")));
}

#[test]
fn a_program_is_checked_as_a_separate_crate() {
    let found = findings(&[
        ("lib.rs", "mod error;"),
        ("error/mod.rs", ""),
        ("bin/tool/main.rs", "mod cli; mod exit; use heygen_videos::error; use cli::Cli;"),
        ("bin/tool/cli.rs", "use crate::exit::Exit; struct Cli;"),
        ("bin/tool/exit.rs", "use crate::{cli, error::Error};"),
    ]);
    let cycle = "bin/tool/cli.rs -> bin/tool/exit.rs -> bin/tool/cli.rs";
    assert_eq!(found, [format!("import cycle: {cycle}")]);
}

#[test]
fn types_that_share_a_name_are_found_and_associated_types_are_not() {
    let found = findings(&[
        (
            "error/mod.rs",
            "pub struct A; type Alias = u8;\nmacro! { pub enum B { C } } union D { e: u8 }",
        ),
        ("retry.rs", "enum A {} mod inner { trait B {} type Alias = u8; } fn a() { struct D; }"),
        ("query/mod.rs", "impl Iterator for A { type Item = u8; } trait C { type Item; }"),
    ]);
    assert_eq!(
        found,
        [
            "types named A: error/mod.rs:1, retry.rs:1",
            "types named Alias: error/mod.rs:1, retry.rs:1",
            "types named B: error/mod.rs:2, retry.rs:1",
            "types named D: error/mod.rs:2, retry.rs:1",
        ]
    );
}
