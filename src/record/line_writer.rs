//! `LineWriter`: writes videos as the JSON lines of the schema, or as they were received.

use std::borrow::Cow;
use std::io;

use serde::Serialize;

use super::copy::{UrlFilter, copy_value};
use super::json::{DamagedLine, Member, ObjectMembers};
use super::other_fields;
use super::schema::COLUMNS;
use super::time::Time;
use crate::video::Video;

/// What a JSON line holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A record of the schema: v1's names, `null` for a missing value and for no folder.
    Schema,
    /// The same without the columns that the API did not send.
    #[cfg(feature = "sqlite")]
    Sent,
    /// The API's object as it was received.
    Raw,
}

/// Writes one JSON line a video.
#[derive(Debug)]
pub(crate) struct LineWriter {
    shape: Shape,
    /// Whether presigned URLs are kept.
    keep_urls: bool,
    /// Whether raw lines use v3's names for the id and the title. Otherwise they use v1's.
    v3_names: bool,
    /// How many presigned URLs were left out so far.
    pub(crate) dropped_urls: u64,
    scratch: Vec<u8>,
}

impl LineWriter {
    pub(crate) fn new(shape: Shape, keep_urls: bool) -> Self {
        Self { shape, keep_urls, v3_names: false, dropped_urls: 0, scratch: Vec::new() }
    }

    /// Sets which version's names raw lines use for the id and the title.
    pub(crate) fn set_v3_names(&mut self, v3_names: bool) {
        self.v3_names = v3_names;
    }

    /// Appends a video as a line, including the line feed.
    pub(crate) fn write(&mut self, to: &mut Vec<u8>, video: &Video) -> io::Result<()> {
        to.push(b'{');
        match self.shape {
            Shape::Schema => self.write_record(to, video, |_| true)?,
            #[cfg(feature = "sqlite")]
            Shape::Sent => self.write_record(to, video, |name| video.was_sent(name))?,
            Shape::Raw => self.write_raw(to, video)?,
        }
        to.extend_from_slice(b"}\n");
        Ok(())
    }

    /// Writes the columns for which `has` is true, and then the other fields.
    fn write_record(
        &mut self,
        to: &mut Vec<u8>,
        video: &Video,
        has: impl Fn(&str) -> bool,
    ) -> io::Result<()> {
        // The id is the first column, and every video has one.
        for (at, name) in COLUMNS.into_iter().filter(|name| has(name)).enumerate() {
            if at > 0 {
                to.push(b',');
            }
            to.push(b'"');
            to.extend_from_slice(name.as_bytes());
            to.extend_from_slice(b"\":");
            write_column(to, video, name)?;
        }
        for (name, value) in other_fields::iter(video) {
            if !COLUMNS.contains(&name) {
                self.scratch.clear();
                serde_json::to_writer(&mut self.scratch, name)?;
                let mut urls = urls(self.keep_urls, &mut self.dropped_urls);
                write_member(to, &self.scratch, value, &mut urls);
            }
        }
        Ok(())
    }

    fn write_raw(&mut self, to: &mut Vec<u8>, video: &Video) -> io::Result<()> {
        self.scratch.clear();
        serde_json::to_writer(&mut self.scratch, video)?;
        let object = str::from_utf8(&self.scratch).map_err(io::Error::other)?;
        let damaged = |DamagedLine| io::Error::other("a video that is not a JSON object");
        let mut members = ObjectMembers::of(object);
        let begin = to.len();
        while let Some(Member { name, value }) = members.next().map_err(damaged)? {
            let name = match (self.v3_names, &object[name]) {
                (true, "\"video_id\"") => "\"id\"",
                (true, "\"video_title\"") => "\"title\"",
                (_, name) => name,
            };
            let mut urls = urls(self.keep_urls, &mut self.dropped_urls);
            write_member(to, name.as_bytes(), &object[value], &mut urls);
        }
        // `write_member` puts a comma before every member. Remove the one before the first.
        if to.len() > begin {
            to.remove(begin);
        }
        Ok(())
    }
}

/// Writes the value of one of the schema's columns.
fn write_column(to: &mut Vec<u8>, video: &Video, name: &str) -> io::Result<()> {
    match name {
        "video_id" => write_json(to, &video.video_id),
        "video_title" if video.video_title.is_some() => write_json(to, &video.video_title),
        "status" if video.status.is_some() => write_json(to, &video.status),
        "type" if video.video_type.is_some() => write_json(to, &video.video_type),
        "folder_id" if video.folder_id.is_some() => write_json(to, &video.folder()),
        "created_at" if video.created_at.is_some() => write_json(to, &video.created_at),
        _ => {
            let received = other_fields::get(video, name);
            let value = received.map_or("null".into(), |value| known_form(name, value));
            copy_value(&value, &mut UrlFilter::Keep, to);
            Ok(())
        }
    }
}

/// Appends a comma, a name and a value, or nothing if the value is a presigned URL.
fn write_member(to: &mut Vec<u8>, name: &[u8], value: &str, urls: &mut UrlFilter<'_>) {
    let begin = to.len();
    to.push(b',');
    to.extend_from_slice(name);
    to.push(b':');
    if !copy_value(value, urls, to) {
        to.truncate(begin);
    }
}

fn urls(keep: bool, dropped: &mut u64) -> UrlFilter<'_> {
    if keep { UrlFilter::Keep } else { UrlFilter::Drop(dropped) }
}

fn write_json(to: &mut Vec<u8>, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(to, value).map_err(Into::into)
}

/// Converts a known field whose JSON type differs from the API's documentation: a time as text
/// becomes seconds. Any other value is kept unchanged.
fn known_form<'v>(name: &str, value: &'v str) -> Cow<'v, str> {
    let text = value.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    match text.filter(|_| name == "created_at").and_then(Time::parse) {
        Some(time) => time.seconds().to_string().into(),
        None => value.into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn video(value: serde_json::Value) -> Video {
        serde_json::from_value(value).unwrap()
    }

    /// The line of a video, and how many URLs were left out of it.
    #[track_caller]
    fn line(shape: Shape, keep_urls: bool, value: serde_json::Value) -> (String, u64) {
        let (mut writer, mut to) = (LineWriter::new(shape, keep_urls), Vec::new());
        writer.write(&mut to, &video(value)).unwrap();
        (String::from_utf8(to).unwrap(), writer.dropped_urls)
    }

    #[track_caller]
    fn record(value: serde_json::Value) -> String {
        line(Shape::Schema, false, value).0
    }

    #[test]
    fn every_record_has_the_names_of_the_schema() {
        let wanted = r#"{"video_id":"a","video_title":null,"status":null,"type":null,"folder_id":null,"created_at":null}"#;
        assert_eq!(record(json!({ "video_id": "a" })).trim_end(), wanted);
    }

    #[cfg(feature = "sqlite")]
    #[test]
    fn a_column_that_was_not_sent_can_be_left_out() {
        let sent = json!({
            "video_id": "a", "status": null, "folder_id": "null", "created_at": "soon", "n": 1,
        });
        let written = line(Shape::Sent, false, sent).0;
        let wanted = r#"{"video_id":"a","status":null,"folder_id":null,"created_at":"soon","n":1}"#;
        assert_eq!(written.trim_end(), wanted);
        let all = r#"{"video_id":"a","video_title":"t","status":"s","type":"x","folder_id":"f","created_at":1}"#;
        let written = line(Shape::Sent, false, serde_json::from_str(all).unwrap()).0;
        assert_eq!(written.trim_end(), all);
    }

    #[test]
    fn values_that_mean_no_folder_become_null() {
        for none in [json!(null), json!(""), json!("null")] {
            let record = record(json!({ "video_id": "a", "folder_id": none }));
            assert!(record.contains("\"folder_id\":null,"), "{record}");
        }
        let record = record(json!({ "video_id": "a", "folder_id": "f" }));
        assert!(record.contains("\"folder_id\":\"f\","), "{record}");
    }

    #[test]
    fn created_at_is_an_integer_whatever_form_the_time_had() {
        for (received, written) in [
            (json!(1_759_560_467), "1759560467"),
            (json!(1_759_560_467.75), "1759560467"),
            (json!("1759560467"), "1759560467"),
            (json!("2025-10-04T06:47:47Z"), "1759560467"),
            (json!("yesterday"), "\"yesterday\""),
            (json!(null), "null"),
        ] {
            let record = record(json!({ "video_id": "a", "created_at": received }));
            assert!(record.ends_with(&format!(",\"created_at\":{written}}}\n")), "{record}");
        }
    }

    #[test]
    fn presigned_urls_are_left_out_of_every_shape_and_counted() {
        let value = json!({
            "video_id": "a", "files": [{ "url": "https://x.example/?sig=a" }],
            "video_url": "https://x.example/v.mp4?Signature=a", "page": "https://x.example/p?n=1",
        });
        let raw = r#"{"video_id":"a","files":[{}],"page":"https://x.example/p?n=1"}"#;
        let (record, dropped) = line(Shape::Raw, false, value.clone());
        assert_eq!((record.trim_end(), dropped), (raw, 2));
        let (record, dropped) = line(Shape::Schema, false, value.clone());
        assert!(record.ends_with("\"files\":[{}],\"page\":\"https://x.example/p?n=1\"}\n"));
        assert_eq!(dropped, 2);
        let (record, dropped) = line(Shape::Raw, true, value.clone());
        assert_eq!(serde_json::from_str::<serde_json::Value>(&record).unwrap(), value);
        assert_eq!(dropped, 0);
    }

    #[test]
    fn raw_lines_have_the_names_of_their_version() {
        let value = json!({ "video_id": "a", "video_title": null, "folder_id": "null", "n": 1.50 });
        let raw = |v3_names| {
            let (mut writer, mut to) = (LineWriter::new(Shape::Raw, false), Vec::new());
            writer.set_v3_names(v3_names);
            writer.write(&mut to, &video(value.clone())).unwrap();
            String::from_utf8(to).unwrap()
        };
        let v1 = r#"{"video_id":"a","video_title":null,"folder_id":"null","n":1.5}"#;
        assert_eq!(raw(false).trim_end(), v1);
        let v3 = v1.replace("video_id", "id").replace("video_title", "title");
        assert_eq!(raw(true).trim_end(), v3);
    }
}
