//! `list`: writes the newest videos as a table for people, or as JSON lines for programs.

use std::io::Write;

use futures::TryStreamExt;
use heygen_videos::export::{Export, Format, Output};
use heygen_videos::{End, Video, VideoQuery};
use indicatif::HumanCount;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::cli::ListArgs;
use crate::connect::Connection;
use crate::env::{Env, Out};
use crate::failure::Failure;
use crate::output::{EscapingWriter, column, counted, escaped};

// The width of each column; the id comes last and has any width.
const TITLE: usize = 32;
const STATUS: usize = 10;
const CREATED: usize = 16;
const FOLDER: usize = 32;

pub(crate) async fn run(args: ListArgs, env: &mut Env) -> Result<(), Failure> {
    let connection = Connection::open(&args.account, env).await?;
    let query = connection.query(&args.filters, &args.account).max_items(args.limit);
    let written = if args.json || !env.stdout.is_terminal {
        write_json(&args, query, env.stdout.clone()).await
    } else {
        write_table(query, env).await
    };
    written.map_err(|failure| connection.explain(failure))
}

/// Writes the lines that `export` writes, without the same secrets.
async fn write_json(args: &ListArgs, query: VideoQuery, out: Out) -> Result<(), Failure> {
    let output = if out.is_terminal {
        Output::writer(EscapingWriter::new(out, Format::Jsonl))
    } else {
        Output::writer(out)
    };
    let export = Export::new(query, output).keep_urls(args.urls.are_kept());
    export.run(|_| {}).await.map_err(|error| Failure::of_export(&error))?;
    Ok(())
}

async fn write_table(query: VideoQuery, env: &mut Env) -> Result<(), Failure> {
    let (mut shown, mut pages) = (0, query.pages());
    while let Some(page) = pages.try_next().await? {
        let mut text = String::new();
        if shown == 0 && !page.videos.is_empty() {
            text.push_str(&row(["TITLE", "STATUS", "CREATED", "FOLDER", "ID"]));
        }
        text.extend(page.videos.iter().map(|video| row_of(video, &env.zone)));
        shown += page.videos.len() as u64;
        env.stdout
            .write_all(text.as_bytes())
            .and_then(|()| env.stdout.flush())
            .map_err(|error| Failure::stdout(&error))?;
    }
    let more = matches!(pages.end(), Some(End::CapReached { more: true, .. }));
    env.say(footer(shown, more, pages.total()));
    Ok(())
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

/// When the video was created, in the local time zone.
fn created(video: &Video, zone: &TimeZone) -> String {
    let instant = video.created_at.and_then(|seconds| Timestamp::from_second(seconds).ok());
    match instant {
        Some(instant) => {
            instant.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
        }
        None => "-".into(),
    }
}

fn footer(shown: u64, more: bool, total: Option<u64>) -> String {
    let mut footer = counted(shown, "video", "videos");
    if let Some(total) = total {
        footer.push_str(&format!("; the account has {}", HumanCount(total)));
    }
    if more {
        footer.push_str("; add --limit N to see more");
    }
    footer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_shows_local_time_and_escapes_the_title() {
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
    fn the_footer_says_whether_there_are_more_videos() {
        assert_eq!(footer(1, false, None), "1 video");
        let more = footer(20, true, Some(2_500));
        assert_eq!(more, "20 videos; the account has 2,500; add --limit N to see more");
    }
}
