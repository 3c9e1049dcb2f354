//! `VideoTable`: videos as rows that fit the terminal.

use heygen_videos::Video;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::escape::escaped;
use super::format::{column, cut};

// The width of each column except the title.
const STATUS: usize = 10;
const CREATED: usize = 16;
const FOLDER: usize = 32;
const ID: usize = 32;
/// The date without the time.
const DAY: usize = 10;

/// Lays out videos for a terminal of a given width.
#[derive(Debug)]
pub(crate) struct VideoTable {
    columns: usize,
    zone: TimeZone,
}

impl VideoTable {
    pub(crate) fn new(columns: usize, zone: TimeZone) -> Self {
        Self { columns, zone }
    }

    pub(crate) fn header(&self) -> String {
        self.lines(["TITLE", "STATUS", "CREATED", "FOLDER", "ID"])
    }

    /// Formats a video as one line, or as two on a narrow terminal.
    pub(crate) fn row(&self, video: &Video) -> String {
        let title = escaped(video.video_title.as_deref().unwrap_or("-"));
        let status = escaped(video.status.as_ref().map_or("-", |status| status.as_str()));
        let folder = escaped(video.folder().unwrap_or("-"));
        let created = self.created(video);
        self.lines([&title, &status, &created, &folder, &escaped(&video.video_id)])
    }

    fn lines(&self, [title, status, created, folder, id]: [&str; 5]) -> String {
        // The title gets the width that the other columns do not use.
        let title_beside = |used| (title, self.columns.saturating_sub(used).max(1));
        let (status, created, folder) = ((status, STATUS), (created, CREATED), (folder, FOLDER));
        match self.columns {
            ..70 => {
                let day = created.0.split(' ').next().unwrap_or_default();
                let first = self.line(&[title_beside(STATUS + DAY + 4), status], day);
                // The empty column indents the id.
                first + &self.line(&[("", 0)], id)
            }
            70..120 => self.line(&[title_beside(STATUS + CREATED + ID + 6), status, created], id),
            _ => {
                let title = title_beside(STATUS + CREATED + FOLDER + ID + 8);
                self.line(&[title, status, created, folder], id)
            }
        }
    }

    /// A line of columns, each followed by two spaces, and a last field of any width.
    fn line(&self, columns: &[(&str, usize)], last: &str) -> String {
        let columns: String =
            columns.iter().map(|(text, width)| column(text, *width) + "  ").collect();
        format!("{}\n", cut((columns + last).trim_end(), self.columns))
    }

    /// When the video was created, in the local time zone.
    fn created(&self, video: &Video) -> String {
        let instant = video.created_at.and_then(|seconds| Timestamp::from_second(seconds).ok());
        match instant {
            Some(instant) => {
                instant.to_zoned_datetime(self.zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
            }
            None => "-".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthChar;

    use super::*;

    fn video(title: &str, id: &str) -> Video {
        let mut video = Video::new(id);
        video.video_title = Some(title.into());
        video.folder_id = Some("f".repeat(32));
        video.created_at = Some(1_759_734_824);
        video
    }

    #[test]
    fn a_row_shows_local_time_and_escapes_the_title() {
        let table = VideoTable::new(120, TimeZone::fixed(jiff::tz::offset(2)));
        let mut video = video("Intro\u{1b}[31m\nred", "a1");
        let row = table.row(&video);
        assert!(row.contains("2025-10-06 09:13") && row.ends_with("  a1\n"), "{row}");
        assert!(row.starts_with(r"Intro\u{1b}[31m\nred"), "{row}");
        video.created_at = Some(i64::MAX);
        assert_eq!(table.created(&video), "-");
    }

    #[test]
    fn no_row_is_wider_than_the_terminal() {
        let id = "0123456789abcdef0123456789abcdef";
        for columns in (1..=200).chain([1_000]) {
            let table = VideoTable::new(columns, TimeZone::UTC);
            for title in
                ["", "x", "A title as long as people give them, number 12", "製品紹介について製品"]
            {
                let text = table.header() + &table.row(&video(title, id));
                for line in text.lines() {
                    let width: usize = line.chars().filter_map(|c| c.width()).sum();
                    assert!(width <= columns, "{width} of {columns} columns: {line}");
                }
                assert!(columns < 34 || text.contains(id), "{columns} columns: {text}");
            }
        }
    }

    #[test]
    fn a_title_with_thousands_of_marks_is_cut() {
        let marks = "z".to_owned() + &"\u{300}".repeat(5_000);
        let row = VideoTable::new(80, TimeZone::UTC).row(&video(&marks, "a1"));
        assert!(row.len() < 200 && row.starts_with(r"z\u{300}"), "{row}");
    }
}
