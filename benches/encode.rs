//! The last step of an export: a spool of JSON lines in, one file of each format out.
//!
//! Each format runs in a process of its own, so that its peak memory is known.
//!
//! `cargo bench --bench encode --features __internals,cli,parquet`; with `--test` only a few videos.
#![allow(clippy::print_stdout, reason = "a bench reports on stdout")]

use std::env;
use std::error::Error;
use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Write};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use heygen_videos::export::internals::encode_spool;

type Outcome<T> = Result<T, Box<dyn Error>>;

const FORMATS: [[&str; 2]; 8] = [
    ["jsonl", "none"],
    ["jsonl", "gzip"],
    ["jsonl", "zstd"],
    ["csv", "none"],
    ["csv", "gzip"],
    ["csv", "zstd"],
    ["xlsx", "none"],
    ["parquet", "none"],
];

fn main() -> Outcome<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    if let [spool, format, compression, out] = &args[..] {
        return encode(Path::new(spool), [format, compression], Path::new(out));
    }
    let sizes =
        if args.iter().any(|arg| arg == "--test") { [100, 200] } else { [10_000, 1_000_000] };
    let folder = tempfile::tempdir()?;
    println!(
        "{:<14} {:>9} {:>9} {:>12} {:>10}",
        "format", "videos", "seconds", "bytes", "peak KiB"
    );
    for videos in sizes {
        let spool = folder.path().join("spool");
        write_spool(&spool, videos)?;
        for [format, compression] in FORMATS {
            let ran = Command::new(env::current_exe()?)
                .arg(&spool)
                .args([format, compression])
                .arg(folder.path().join("out"))
                .output()?;
            let report = String::from_utf8(ran.stdout)?;
            if !ran.status.success() {
                return Err(format!("{format}: {}", String::from_utf8_lossy(&ran.stderr)).into());
            }
            println!("{:<14} {videos:>9} {report}", format!("{format} {compression}"));
        }
    }
    Ok(())
}

/// Encodes once and prints the time, the size and the peak of the memory.
fn encode(spool: &Path, format: [&str; 2], out: &Path) -> Outcome<()> {
    let mut lines = BufReader::with_capacity(64 * 1024, File::open(spool)?);
    let begun = Instant::now();
    encode_spool(&mut lines, format, None, File::create(out)?)?;
    let seconds = begun.elapsed().as_secs_f64();
    let bytes = fs::metadata(out)?.len();
    println!("{seconds:>9.3} {bytes:>12} {:>10}", peak_memory()?);
    Ok(())
}

/// The largest resident size of this process in KiB, on Linux.
fn peak_memory() -> Outcome<String> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    Ok(peak.unwrap_or("?").trim().trim_end_matches(" kB").to_owned())
}

/// Videos as v3 lists them, with ids and titles that do not repeat.
fn write_spool(path: &Path, videos: u64) -> Outcome<()> {
    let mut to = BufWriter::new(File::create(path)?);
    let mut random = fastrand::Rng::with_seed(1);
    for n in 0..videos {
        let id = random.u128(..);
        let created_at = 1_759_560_467 - 37 * n;
        let folder = random.u8(0..20);
        writeln!(
            to,
            r#"{{"video_id":"{id:032x}","video_title":"Onboarding {n}, week {folder} - take 2","status":"completed","type":"GENERATED","folder_id":"32c8d8a0632d40949dffb60c557dc6{folder:02x}","created_at":{created_at},"completed_at":{},"duration":{}.5,"thumbnail_url":null,"video_page_url":"https://app.example/videos/{id:032x}"}}"#,
            created_at + 60,
            n % 300,
        )?;
    }
    to.flush()?;
    Ok(())
}
