//! `Entries`: the videos of a page, read all at once or one by one.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::malformed::{BadEntry, Malformed};
use super::page::MAX_PAGE_SIZE;
use crate::video::{ExtraBuilder, Names, Push, RawJson, Video};

/// The most videos that a page may have. It limits memory, because a video in memory can be several
/// times as large as its entry in the JSON.
const MAX_VIDEOS: usize = 100_000;

/// The error for a page with more.
pub(super) const TOO_MANY: &str = "more than 100000 videos in one page";

/// The error for a page that has its videos in two fields of the same name.
pub(super) const LISTED_TWICE: &str = "a second list of videos in one page";

/// The videos of a page, while they are read.
#[derive(Debug)]
pub(super) struct Entries {
    names: Names,
    mode: Mode,
    pub(super) list: List,
    pub(super) videos: Vec<Video>,
    /// How many entries were left out.
    pub(super) skipped: u64,
    /// The first entry that is not a video. It fails the page, unless such entries are left out.
    pub(super) first_bad: Option<BadEntry>,
}

#[derive(Debug, Clone, Copy)]
enum Mode {
    /// Reading stops at the first value of an undocumented type.
    Plain,
    /// Reading stops at the first entry that is not a video, without recording which one it is.
    Fast,
    /// Each entry is read on its own, from its text.
    OneByOne {
        malformed: Malformed,
        /// Whether half surrogate pairs were replaced in the text. If so, an entry whose id
        /// contains a replacement character does not count as a video.
        is_replaced: bool,
    },
}

/// What the field for the array of videos holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    Absent,
    Null,
    Array,
}

impl Entries {
    pub(super) fn plain(names: Names) -> Self {
        Self::new(names, Mode::Plain)
    }

    pub(super) fn fast(names: Names) -> Self {
        Self::new(names, Mode::Fast)
    }

    pub(super) fn one_by_one(names: Names, malformed: Malformed, is_replaced: bool) -> Self {
        Self::new(names, Mode::OneByOne { malformed, is_replaced })
    }

    fn new(names: Names, mode: Mode) -> Self {
        Self { names, mode, list: List::Absent, videos: Vec::new(), skipped: 0, first_bad: None }
    }

    /// Records what the field holds. A page with two such fields is refused: neither can be trusted.
    fn set_list<E: Error>(&mut self, list: List) -> Result<(), E> {
        if self.list != List::Absent {
            return Err(E::custom(LISTED_TWICE));
        }
        self.list = list;
        Ok(())
    }

    /// Whether a character of this text may have been replaced. For texts that must be exact.
    pub(super) fn may_be_altered(&self, text: &str) -> bool {
        matches!(self.mode, Mode::OneByOne { is_replaced: true, .. })
            && text.contains(char::REPLACEMENT_CHARACTER)
    }

    fn read_all<'de, A: SeqAccess<'de>>(
        &mut self,
        mut seq: A,
        is_plain: bool,
    ) -> Result<(), A::Error> {
        let Self { names, videos, .. } = self;
        let mut extra = ExtraBuilder::default();
        while videos.len() <= MAX_VIDEOS {
            let push = Push { names: *names, videos, extra: &mut extra, is_plain };
            if seq.next_element_seed(push)?.is_none() {
                return Ok(());
            }
        }
        Err(A::Error::custom(TOO_MANY))
    }

    fn read_one_by_one<'de, A: SeqAccess<'de>>(
        &mut self,
        mut seq: A,
        malformed: Malformed,
    ) -> Result<(), A::Error> {
        let mut extra = ExtraBuilder::default();
        let mut index = 0;
        while let Some(entry) = seq.next_element::<&'de RawValue>()? {
            let entry = RawJson(entry.get());
            if !self.read_one(entry, &mut extra) {
                let Self { names, first_bad, skipped, .. } = self;
                first_bad.get_or_insert_with(|| BadEntry::new(index, entry, names.id()));
                match malformed {
                    Malformed::Fail => break,
                    Malformed::Skip => *skipped += 1,
                }
            }
            if self.videos.len() > MAX_VIDEOS {
                return Err(A::Error::custom(TOO_MANY));
            }
            index += 1;
        }
        // After a `break`, skip the rest, so that the fields after the array are read.
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    /// Reads one entry; false if it is not a video.
    fn read_one(&mut self, entry: RawJson<'_>, extra: &mut ExtraBuilder) -> bool {
        let count = self.videos.len();
        let (names, videos) = (self.names, &mut self.videos);
        let push = Push { names, videos, extra, is_plain: false };
        let read = push.deserialize(&mut serde_json::Deserializer::from_str(entry.0));
        let is_video = read.is_ok()
            && self.videos.last().is_some_and(|video| !self.may_be_altered(&video.video_id));
        if !is_video {
            self.videos.truncate(count);
        }
        is_video
    }
}

impl<'de> DeserializeSeed<'de> for &mut Entries {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &mut Entries {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of videos")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<(), A::Error> {
        self.set_list(List::Array)?;
        // Most pages are full. Growing the vector step by step would move each video several times.
        self.videos.reserve(MAX_PAGE_SIZE as usize);
        match self.mode {
            Mode::Plain => self.read_all(seq, true),
            Mode::Fast => self.read_all(seq, false),
            Mode::OneByOne { malformed, .. } => self.read_one_by_one(seq, malformed),
        }
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.set_list(List::Null)
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;
    use crate::api_version::ApiVersion;

    /// Checks that a plain read of a v1 page with this video gives what the exact one gives, or
    /// fails if it should.
    #[track_caller]
    fn check(fields: &str, is_plain: bool) {
        let body = format!(r#"{{"data":{{"videos":[{{"video_id":"a"{fields}}}],"total":1}}}}"#);
        let read = |entries| read(ApiVersion::V1, body.as_bytes(), entries);
        let exact = read(Entries::fast(Names::V1)).unwrap().unwrap();
        match read(Entries::plain(Names::V1)) {
            Ok(plain) => assert_eq!(format!("{:?}", plain.unwrap()), format!("{exact:?}")),
            Err(_) => assert!(!is_plain, "{fields}"),
        }
        assert_eq!(read(Entries::plain(Names::V1)).is_ok(), is_plain, "{fields}");
    }

    #[test]
    fn a_plain_read_gives_what_an_exact_read_gives_or_fails() {
        let texts = ["video_title", "status", "type", "folder_id"];
        for name in texts.into_iter().chain(["created_at", "x"]) {
            let is_text = texts.contains(&name);
            for (value, is_plain) in [
                ("null", true),
                (r#""""#, is_text || name == "x"),
                (r#""completed""#, is_text || name == "x"),
                (r#""a\"\ud83d\ude00 \u0041""#, is_text || name == "x"),
                (r#""\ud83d""#, name == "x"),
                ("1759560467", !is_text),
                ("-9223372036854775808", !is_text),
                ("9223372036854775808", name == "x"),
                ("-0", name == "x"),
                ("1.5", name == "x"),
                ("1e999", name == "x"),
                ("true", name == "x"),
                (r#"[1, {"a" : "b "}]"#, name == "x"),
            ] {
                check(&format!(r#","{name}":{value}"#), is_plain);
                check(&format!(r#","{name}":null,"{name}":{value}"#), is_plain);
                check(&format!(r#","{name}":{value},"{name}":null"#), is_plain);
            }
        }
        check(r#","video_id":"b","id":"c","title":"d""#, true);
    }
}
