//! Answers: pages and refusals as each version of the API writes them.

use std::borrow::Cow;
use std::io::{self, Write};

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue, LOCATION, RETRY_AFTER};
use hyper::{Response, StatusCode};
use serde_json::{Value, json};

use super::account::Entry;
use super::generator::Generated;
use super::request::ServedVersion;
use crate::video::Video;

pub(super) type Answer = Response<Full<Bytes>>;

/// Why a request gets no page.
#[derive(Debug)]
pub(super) struct Refusal {
    status: u16,
    /// v1's code.
    code: i64,
    /// v3's code.
    word: Cow<'static, str>,
    message: Cow<'static, str>,
    retry_after: Option<String>,
}

/// A page before it is written.
#[derive(Debug)]
pub(super) struct PageResponse<'a> {
    pub(super) entries: Vec<Entry<'a>>,
    pub(super) token: Option<String>,
    pub(super) total: u64,
}

impl Refusal {
    /// A refusal of this status, with the API's own code where it documents one.
    pub(super) fn status(status: u16) -> Self {
        let status = if (200..600).contains(&status) { status } else { 500 };
        let (code, word, message) = match status {
            400 => (400_175, "invalid_parameter", "Invalid parameter"),
            401 => (400_112, "unauthorized", "Unauthorized"),
            402 => (402, "insufficient_credit", "Insufficient credit"),
            403 => (400_562, "forbidden", "Forbidden"),
            404 => (404, "not_found", "Not found"),
            405 => (405, "method_not_allowed", "Method not allowed"),
            429 => (400_140, "rate_limit_exceeded", "Exceed rate limit"),
            500.. => (status.into(), "internal_error", "Internal server error"),
            _ => (status.into(), "error", "Simulated"),
        };
        Self { status, code, word: word.into(), message: message.into(), retry_after: None }
    }

    /// A parameter that is out of range or garbled.
    pub(super) fn bad_parameter(name: &'static str) -> Self {
        let message = format!("Invalid query parameter: {name}").into();
        Self { code: 40_012, message, ..Self::status(400) }
    }

    /// A refusal that only the body tells of.
    pub(super) fn code(code: i64, message: String) -> Self {
        let word = code.to_string().into();
        Self { status: 200, code, word, message: message.into(), retry_after: None }
    }

    pub(super) fn with_retry_after(mut self, value: String) -> Self {
        self.retry_after = Some(value);
        self
    }

    pub(super) fn answer(self, version: ServedVersion) -> Answer {
        let Self { status, code, word, message, .. } = &self;
        let body = match version {
            ServedVersion::V3 => json!({"error": {
                "code": word, "message": message, "param": null, "doc_url": null,
            }}),
            ServedVersion::V1 => match status {
                200 => json!({"code": code, "data": null, "msg": null, "message": message}),
                // v1 has two shapes; its rate limit is known to come in this one.
                429 => json!({"data": null, "error": {"code": code, "message": message}}),
                _ => json!({"code": code, "message": message}),
            },
        };
        let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let has_body = !matches!(status.as_u16(), 204 | 205 | 304);
        let body = if has_body { body.to_string().into_bytes() } else { Vec::new() };
        let mut answer = json_answer(status, body);
        let headers = answer.headers_mut();
        if status.is_redirection() {
            headers.insert(LOCATION, HeaderValue::from_static("/moved"));
        }
        if status == StatusCode::METHOD_NOT_ALLOWED {
            headers.insert(ALLOW, HeaderValue::from_static("GET"));
        }
        if let Some(value) = self.retry_after.and_then(|text| HeaderValue::from_str(&text).ok()) {
            headers.insert(RETRY_AFTER, value);
        }
        answer
    }
}

impl PageResponse<'_> {
    pub(super) fn answer(&self, version: ServedVersion) -> io::Result<Answer> {
        // The length of a video, roughly, so that the buffer need not grow.
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
            Entry::Inserted(video) => Ok(serde_json::to_writer(out, &with_v3_names(video)?)?),
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

/// A generated video as v1 writes it.
pub(super) fn write_v1_video(out: &mut Vec<u8>, video: &Generated<'_>) -> io::Result<()> {
    let (id, status) = (video.id(), video.status());
    write!(out, r#"{{"video_id":"{id}","status":"{status}","video_title":"#)?;
    serde_json::to_writer(&mut *out, &video.title())?;
    let (created_at, video_type) = (video.created_at, video.video_type());
    write!(out, r#","created_at":{created_at},"type":"{video_type}","folder_id":"#)?;
    serde_json::to_writer(&mut *out, &video.folder_id)?;
    out.push(b'}');
    Ok(())
}

/// A generated video as v3 writes it: no type, and fields of its own.
fn write_v3_video(out: &mut Vec<u8>, video: &Generated<'_>) -> io::Result<()> {
    let (id, status, created_at) = (video.id(), video.status(), video.created_at);
    write!(out, r#"{{"id":"{id}","title":"#)?;
    serde_json::to_writer(&mut *out, &video.title())?;
    write!(out, r#","status":"{status}","created_at":{created_at},"folder_id":"#)?;
    serde_json::to_writer(&mut *out, &video.folder_id)?;
    if status == "completed" {
        let tenths = video.tenths();
        let completed_at = created_at.saturating_add_unsigned(tenths / 5);
        write!(
            out,
            r#","completed_at":{completed_at},"duration":{}.{}"#,
            tenths / 10,
            tenths % 10
        )?;
        // The signature of a real one changes from request to request; this one does not.
        let signature = &id[16..];
        write!(
            out,
            r#","video_url":"https://files.example/video/{id}.mp4?Expires={completed_at}&Signature={signature}""#
        )?;
    } else {
        write!(out, r#","completed_at":null,"duration":null,"video_url":null"#)?;
    }
    if status == "failed" {
        write!(out, r#","failure_code":"RENDER_ERROR","failure_message":"Simulated failure""#)?;
    }
    write!(out, r#","thumbnail_url":null,"video_page_url":"https://app.example/videos/{id}"}}"#)
}

/// An inserted video under v3's names.
fn with_v3_names(video: &Video) -> serde_json::Result<Value> {
    let mut value = serde_json::to_value(video)?;
    if let Some(fields) = value.as_object_mut() {
        for (v1, v3) in [("video_id", "id"), ("video_title", "title")] {
            if let Some(field) = fields.remove(v1) {
                fields.insert(v3.to_owned(), field);
            }
        }
    }
    Ok(value)
}

fn json_answer(status: StatusCode, body: Vec<u8>) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}
