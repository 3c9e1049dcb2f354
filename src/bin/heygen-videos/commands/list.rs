//! `list`: the newest videos as a table for people, or as JSON lines for programs.

use std::io::Write;

use futures::TryStreamExt;
use heygen_videos::export::{Export, Format, Output};
use heygen_videos::{End, Video, VideoQuery};
use indicatif::HumanCount;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::cli::{ListArgs, Urls};
use crate::connect::Connection;
use crate::env::{Env, Out};
use crate::failure::Failure;
use crate::output::{EscapingWriter, column, counted, escaped};

/// The columns that are shown in full are as wide as what the API puts there.
const TITLE: usize = 32;
const STATUS: usize = 10;
const CREATED: usize = 16;
const FOLDER: usize = 32;

pub(crate) async fn run(args: ListArgs, env: &mut Env) -> Result<(), Failure> {
    let connection = Connection::open(&args.account, env).await?;
    let query = connection.query(&args.filters, &args.account).max_items(args.limit);
    let mut out = env.stdout.clone();
    if args.json || !out.is_terminal {
        return write_json(&args, query, &connection, out).await;
    }
    let (mut shown, mut pages) = (0, query.pages());
    let failed = |error| connection.explain(Failure::from(error));
    while let Some(page) = pages.try_next().await.map_err(failed)? {
        let mut text = String::new();
        if shown == 0 && !page.videos.is_empty() {
            text.push_str(&row(["TITLE", "STATUS", "CREATED", "FOLDER", "ID"]));
        }
        text.extend(page.videos.iter().map(|video| row_of(video, &env.zone)));
        shown += page.videos.len() as u64;
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        written.map_err(|error| Failure::stdout(&error))?;
    }
    env.say(footer(shown, pages.end(), pages.total()));
    Ok(())
}

/// The lines of an export: what is a secret there is one here.
async fn write_json(
    args: &ListArgs,
    query: VideoQuery,
    connection: &Connection,
    out: Out,
) -> Result<(), Failure> {
    let output = match out.is_terminal {
        true => Output::writer(EscapingWriter::new(out, Format::Jsonl)),
        false => Output::writer(out),
    };
    let export = Export::new(query, output).keep_urls(matches!(args.urls, Urls::Keep));
    let written = export.run(|_| {}).await;
    written.map(|_| ()).map_err(|error| connection.explain(Failure::of_export(&error)))
}

fn row_of(video: &Video, zone: &TimeZone) -> String {
    let title = escaped(video.video_title.as_deref().unwrap_or("-"));
    let status = escaped(video.status.as_ref().map_or("-", |status| status.as_str()));
    let folder = escaped(video.folder().unwrap_or("-"));
    let created = created(video, zone);
    row([&title, &status, &created, &folder, &escaped(&video.video_id)])
}

fn row([title, status, created, folder, id]: [&str; 5]) -> String {
    let (title, status) = (column(title, TITLE), column(status, STATUS));
    let (created, folder) = (column(created, CREATED), column(folder, FOLDER));
    format!("{title}  {status}  {created}  {folder}  {id}\n")
}

/// When the video was created, in the time zone of who looks.
fn created(video: &Video, zone: &TimeZone) -> String {
    let instant = video.created_at.and_then(|seconds| Timestamp::from_second(seconds).ok());
    match instant {
        Some(instant) => {
            instant.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
        }
        None => "-".into(),
    }
}

fn footer(shown: u64, end: Option<End>, total: Option<u64>) -> String {
    let of =
        total.map_or(String::new(), |total| format!("; the account has {}", HumanCount(total)));
    let more = match end {
        Some(End::CapReached { more: true }) => "; more follow: see --limit",
        _ => "",
    };
    format!("{}{of}{more}", counted(shown, "video", "videos"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_shows_local_time_and_commands_no_terminal() {
        let mut video = Video::new("a1");
        video.video_title = Some("Intro\u{1b}[31m\nred".into());
        video.created_at = Some(1_759_734_824);
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        let row = row_of(&video, &zone);
        assert_eq!(row.split_whitespace().nth(2), Some("2025-10-06"), "{row}");
        assert!(row.contains("2025-10-06 09:13") && row.ends_with("  a1\n"), "{row}");
        assert!(row.starts_with(r"Intro\u{1b}[31m\nred"), "{row}");
        video.created_at = Some(i64::MAX);
        assert_eq!(created(&video, &zone), "-");
    }

    #[test]
    fn the_footer_says_whether_that_is_all() {
        assert_eq!(footer(1, Some(End::Exhausted), None), "1 video");
        let more = footer(20, Some(End::CapReached { more: true }), Some(2_500));
        assert_eq!(more, "20 videos; the account has 2,500; more follow: see --limit");
    }
}
