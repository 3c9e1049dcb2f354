//! `PageResponse`, a page in the format of either version.

use std::io::{self, Write};

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};

use super::entry::Entry;
use super::version::ServedVersion;
use super::video_json::{with_v3_names, write_v1_video, write_v3_video};

pub(super) type Answer = Response<Full<Bytes>>;

/// The contents of a page.
#[derive(Debug)]
pub(super) struct PageResponse<'a> {
    pub(super) entries: Vec<Entry<'a>>,
    pub(super) token: Option<String>,
    pub(super) total: u64,
}

impl PageResponse<'_> {
    pub(super) fn answer(&self, version: ServedVersion) -> io::Result<Answer> {
        // The approximate length of one video, so that the buffer rarely has to grow.
        let each = match version {
            ServedVersion::V1 => 224,
            ServedVersion::V3 => 512,
        };
        let mut body = Vec::with_capacity(512 + each * self.entries.len());
        match version {
            ServedVersion::V1 => self.write_v1(&mut body)?,
            ServedVersion::V3 => self.write_v3(&mut body)?,
        }
        Ok(json_answer(StatusCode::OK, body))
    }

    fn write_v1(&self, out: &mut Vec<u8>) -> io::Result<()> {
        out.extend_from_slice(br#"{"code":100,"data":{"videos":["#);
        self.write_entries(out, |out, entry| match entry {
            Entry::Generated(video) => write_v1_video(out, video),
            Entry::Inserted(video) => Ok(serde_json::to_writer(out, video)?),
        })?;
        out.extend_from_slice(br#"],"token":"#);
        serde_json::to_writer(&mut *out, &self.token)?;
        write!(out, r#","total":{}}},"msg":null,"message":null}}"#, self.total)
    }

    fn write_v3(&self, out: &mut Vec<u8>) -> io::Result<()> {
        out.extend_from_slice(br#"{"data":["#);
        self.write_entries(out, |out, entry| match entry {
            Entry::Generated(video) => write_v3_video(out, video),
            Entry::Inserted(video) => Ok(serde_json::to_writer(out, &with_v3_names(video))?),
        })?;
        write!(out, r#"],"has_more":{},"next_token":"#, self.token.is_some())?;
        serde_json::to_writer(&mut *out, &self.token)?;
        out.push(b'}');
        Ok(())
    }

    fn write_entries(
        &self,
        out: &mut Vec<u8>,
        write: impl Fn(&mut Vec<u8>, &Entry<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        for (nth, entry) in self.entries.iter().enumerate() {
            if nth > 0 {
                out.push(b',');
            }
            write(out, entry)?;
        }
        Ok(())
    }
}

pub(super) fn json_answer(status: StatusCode, body: Vec<u8>) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}
