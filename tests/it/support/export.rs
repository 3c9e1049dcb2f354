//! Helpers for exports to temporary folders, and for their files.

use std::fs;
use std::io::Read;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::{Path, PathBuf};

use futures::FutureExt;
use heygen_videos::export::{Event, Export, ExportError, Output, StopHandle, Summary};
use heygen_videos::simulator::Simulator;
use heygen_videos::{Client, VideoQuery};
use tempfile::TempDir;

/// A file name for each format and compression.
pub(crate) const NAMES: [&str; 6] = [
    "videos.jsonl",
    "videos.csv",
    "videos.jsonl.gz",
    "videos.csv.gz",
    "videos.jsonl.zst",
    "videos.csv.zst",
];

/// A temporary folder, and the path of a file in it.
#[track_caller]
pub(crate) fn temp_path(name: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    (folder, path)
}

/// The names of all files in the folder of an export, sorted.
#[track_caller]
pub(crate) fn file_names(path: &Path) -> Vec<String> {
    names_in(path.parent().unwrap())
}

/// The names of all files in a folder, sorted.
#[track_caller]
pub(crate) fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

/// The names and bytes of all files in the folder of an export.
#[track_caller]
pub(crate) fn folder_contents(path: &Path) -> Vec<(String, Vec<u8>)> {
    let names = file_names(path).into_iter();
    names.map(|name| (name.clone(), fs::read(path.with_file_name(name)).unwrap())).collect()
}

/// A side file of an export, such as `PATH.partial`.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Runs an export and drops it at the event with this number, not counting pages, to simulate a
/// crash. Returns false if the export ended earlier.
pub(crate) async fn crash_at(export: Export, number: usize) -> bool {
    let mut events = 0;
    let run = export.run(|event| {
        if !matches!(event, Event::Page { .. }) {
            if events == number {
                // Panic without a message. Everything is dropped in its current state.
                resume_unwind(Box::new(()));
            }
            events += 1;
        }
    });
    AssertUnwindSafe(super::walk::within(run)).catch_unwind().await.is_err()
}

/// Copies a folder: the new files have the same bytes, but are not the files of the export.
#[track_caller]
pub(crate) fn snapshot(from: &Path) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
    }
    copy
}

/// Stops an export after this many pages of 20 videos.
pub(crate) async fn stopped(simulator: &Simulator, path: &Path, after: u32) -> Summary {
    let (handle, mut pages) = (StopHandle::new(), 0);
    let export = export(simulator.client().videos().page_size(20), path).stop(handle.clone());
    let run = export.run(|event| {
        pages += u32::from(matches!(event, Event::Page { .. }));
        if pages == after {
            handle.stop();
        }
    });
    run.await.unwrap()
}

/// An export that saves after every page.
pub(crate) fn export(query: VideoQuery, path: &Path) -> Export {
    Export::new(query, Output::file(path)).checkpoint_every(std::time::Duration::from_secs(60), 1)
}

pub(crate) async fn run(export: Export) -> Result<Summary, ExportError> {
    super::walk::within(export.run(|_| {})).await
}

/// What an uninterrupted run of the same query writes, decompressed.
pub(crate) async fn undisturbed(client: &Client, name: &str) -> Vec<u8> {
    let (_folder, path) = temp_path(name);
    run(export(client.videos().page_size(20), &path)).await.unwrap();
    read(&path)
}

/// The content of a file, decompressed.
#[track_caller]
pub(crate) fn read(path: &Path) -> Vec<u8> {
    let bytes = fs::read(path).unwrap();
    let mut content = Vec::new();
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("gz") => {
            flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut content).unwrap();
        }
        Some("zst") => content = zstd::decode_all(&bytes[..]).unwrap(),
        _ => content = bytes,
    }
    content
}
