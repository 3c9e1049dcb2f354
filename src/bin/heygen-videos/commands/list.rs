//! `list`: writes the newest videos as a table for people, or as JSON lines for programs.

use std::io::Write;

use futures::TryStreamExt;
use heygen_videos::export::{Export, Format, Output};
use heygen_videos::{End, VideoQuery};
use indicatif::HumanCount;

use crate::cli::ListArgs;
use crate::connect::Connection;
use crate::env::{Env, Out};
use crate::failure::Failure;
use crate::output::{EscapingWriter, NoticeLog, VideoTable, counted};

/// The width to assume for a terminal that does not report it.
const DEFAULT_COLUMNS: usize = 80;

pub(crate) async fn run(args: ListArgs, env: &mut Env) -> Result<(), Failure> {
    let connection = Connection::open(&args.account, &args.filters, env).await?;
    let query = connection.query(&args.filters, &args.account).max_items(args.limit);
    let _listening = NoticeLog::listen(env);
    if args.json || !env.stdout.is_terminal {
        write_json(&args, query, &connection, env.stdout.clone()).await
    } else {
        write_table(query, &connection, env).await
    }
}

/// Writes the same JSON lines as `export`, and leaves out the same secrets.
async fn write_json(
    args: &ListArgs,
    query: VideoQuery,
    connection: &Connection,
    out: Out,
) -> Result<(), Failure> {
    let output = if out.is_terminal {
        Output::writer(EscapingWriter::new(out, Format::Jsonl))
    } else {
        Output::writer(out)
    };
    let export = Export::new(query, output).keep_urls(args.urls.are_kept());
    export.run(|_| {}).await.map_err(|error| connection.failed_export(&error))?;
    Ok(())
}

async fn write_table(
    query: VideoQuery,
    connection: &Connection,
    env: &mut Env,
) -> Result<(), Failure> {
    let columns = env.columns.unwrap_or(DEFAULT_COLUMNS);
    let table = VideoTable::new(columns, env.zone.clone());
    let (mut shown, mut pages) = (0, query.pages());
    while let Some(page) =
        pages.try_next().await.map_err(|error| connection.failed_listing(&error))?
    {
        let mut text = String::new();
        if shown == 0 && !page.videos.is_empty() {
            text.push_str(&table.header());
        }
        text.extend(page.videos.iter().map(|video| table.row(video)));
        shown += page.videos.len() as u64;
        env.stdout
            .write_all(text.as_bytes())
            .and_then(|()| env.stdout.flush())
            .map_err(|error| Failure::stdout(&error))?;
    }
    if !env.is_quiet {
        let has_more = matches!(pages.end(), Some(End::CapReached { more: true, .. }));
        env.say(footer(shown, has_more, pages.total(), columns));
    }
    Ok(())
}

/// How many videos were shown and how many there are, wrapped to the given width.
fn footer(shown: u64, has_more: bool, total: Option<u64>, columns: usize) -> String {
    let mut parts = vec![counted(shown, "video", "videos")];
    parts.extend(total.map(|total| format!("the account has {}", HumanCount(total))));
    if has_more {
        parts.push("add --limit N to see more".to_owned());
    }
    let line = parts.join("; ");
    if line.len() <= columns { line } else { parts.join("\n") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_footer_says_whether_there_are_more_videos() {
        assert_eq!(footer(1, false, None, 80), "1 video");
        let footer = |columns| footer(20, true, Some(2_500), columns);
        assert_eq!(footer(80), "20 videos; the account has 2,500; add --limit N to see more");
        assert_eq!(footer(40), "20 videos\nthe account has 2,500\nadd --limit N to see more");
    }
}
