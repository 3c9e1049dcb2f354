//! Checks a query and opens its walk.

use super::VideoQuery;
use crate::api_version::ApiVersion;
use crate::cursor::{Cursor, Position};
use crate::error::Error;
use crate::http::{Fetcher, Request};
use crate::stream::{Remaining, Seen, Steps, Tracked, WalkSource};
use crate::wire::MAX_PAGE_SIZE;

/// More than this is a mistake: no consumer needs so many pages at once.
const MAX_READ_AHEAD: usize = 1_000;

impl VideoQuery {
    /// Checks the query and opens its walk.
    pub(super) fn open(self) -> (Tracked<Steps>, WalkSource) {
        let request = self.request();
        let refusal = self.refusal(&request);
        let is_whole = self.folder_id.is_none()
            && self.title.is_none()
            && self.start.is_none()
            && self.cursor.as_ref().is_none_or(|cursor| cursor.position == Position::start());
        // The stream of a refused query still returns the cursor that the query was given.
        let cursor = self.cursor.unwrap_or_else(|| {
            let api = self.client.inner.first_version();
            let position = self.start.unwrap_or_else(Position::start);
            Cursor { api, filters: request.fingerprint(api), position }
        });
        let (source, cap) = match refusal {
            // The error is an item of the stream, too: a cap of 0 must not suppress it.
            Some(why) => (WalkSource::Refused(why), Remaining::new(None)),
            None => {
                let source = WalkSource::Listing {
                    fetcher: Fetcher::new(self.client, request),
                    seen: Seen::default(),
                    read_ahead: self.read_ahead,
                    since: self.created_since,
                    is_whole,
                };
                (source, Remaining::new(self.max_items))
            }
        };
        (Tracked::open(&source, cursor, cap), source)
    }

    fn request(&self) -> Request {
        let sent_again = self.cursor.as_ref().map_or(0, |cursor| cursor.position.yielded_count());
        Request {
            folder_id: self.folder_id.clone(),
            title: self.title.clone(),
            limit: Remaining::new(self.max_items).page_limit(self.page_size, sent_again),
            malformed: self.malformed,
        }
    }

    /// What is wrong with the query, and how to correct it; `None` for a valid query.
    fn refusal(&self, request: &Request) -> Option<Error> {
        let Self { page_size, read_ahead, .. } = self;
        if !(1..=MAX_PAGE_SIZE).contains(page_size) {
            let message = format!("page_size is {page_size}: it must be 1 to {MAX_PAGE_SIZE}");
            return Some(Error::invalid(message));
        }
        if *read_ahead > MAX_READ_AHEAD {
            let message =
                format!("read_ahead is {read_ahead} pages: it may be {MAX_READ_AHEAD} at most");
            return Some(Error::invalid(message));
        }
        if self.folder_id.as_deref() == Some("") {
            return Some(Error::invalid("folder_id is empty: leave it out to list all folders"));
        }
        if self.title.as_deref() == Some("") {
            return Some(Error::invalid("title is empty: leave it out to list all titles"));
        }
        if matches!(&self.start, Some(Position::At { token: Some(token), .. }) if token.is_empty())
        {
            return Some(Error::invalid(
                "start_token is empty: leave it out to begin with the first page",
            ));
        }
        if self.start.is_some() && self.cursor.is_some() {
            return Some(Error::invalid(
                "start_token and resume_from are two places to begin: give one",
            ));
        }
        cursor_refusal(self.cursor.as_ref()?, request, self.client.inner.api)
    }
}

/// Why `cursor` cannot resume a walk of `request` by a client for this version; `None` if it can.
fn cursor_refusal(cursor: &Cursor, request: &Request, api: ApiVersion) -> Option<Error> {
    if api != ApiVersion::Auto && api != cursor.api {
        let message = format!(
            "the cursor is for API {}, but the client uses {api}: build it with \
             .api(ApiVersion::{})",
            cursor.api,
            cursor.api.as_str().to_uppercase(),
        );
        return Some(Error::bad_cursor(message));
    }
    (cursor.filters != request.fingerprint(cursor.api)).then(|| {
        Error::bad_cursor(
            "the cursor belongs to a query with other filters: give the same folder_id and title",
        )
    })
}
