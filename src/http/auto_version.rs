//! Which version of the API a walk uses: the client's, the cursor's, or the one that answers.

use std::sync::OnceLock;
use std::sync::atomic::Ordering::Relaxed;

use tracing::warn;

use super::fetch::Fetcher;
use super::response_error::is_code_of_the_api;
use crate::api_version::ApiVersion;
use crate::client::ClientInner;
use crate::cursor::{Cursor, Position};
use crate::error::{Error, ErrorKind, Result};
use crate::wire::WirePage;

/// The likely reason if v1 answers 404 or 410 and the client may not try v3.
const SUNSET: &str = "v1 may be switched off, which HeyGen announced for 2026-10-31";

impl ClientInner {
    /// The version that a new walk tries first.
    pub(crate) fn first_version(&self) -> ApiVersion {
        match self.api {
            ApiVersion::Auto if self.v1_is_gone.load(Relaxed) => ApiVersion::V3,
            ApiVersion::Auto => ApiVersion::V1,
            fixed => fixed,
        }
    }
}

impl Fetcher {
    /// A fetcher for a walk that begins at `cursor`, with the same counters.
    ///
    /// The cursor decides the version, unless nothing was received yet and the client may choose.
    pub(crate) fn for_walk_from(&self, cursor: &Cursor) -> Self {
        let is_free = self.client.inner.api == ApiVersion::Auto;
        let version = match is_free && cursor.position == Position::start() {
            true => OnceLock::new(),
            false => OnceLock::from(cursor.api),
        };
        Self { version: version.into(), ..self.clone() }
    }

    /// The version that the walk uses. It can change until the first page has arrived.
    pub(crate) fn version(&self) -> ApiVersion {
        self.version.get().copied().unwrap_or_else(|| self.client.inner.first_version())
    }

    /// Fetches the page for `token`, or the first page if there is no token. `number` is the page's
    /// number in this walk.
    pub(crate) async fn page(&self, token: Option<&str>, number: u64) -> Result<WirePage> {
        let page = match (self.version.get(), token) {
            // The walk begins with this token: it came from a cursor.
            (Some(api), Some(token)) if number == 1 => self.resumed_page(*api, token).await,
            (Some(api), token) => self.page_of(*api, token, number).await,
            (None, _) => self.first_page(number).await,
        };
        // On an error the stream ends. It sends another request only if its caller rearms it.
        page.inspect_err(|_| self.pass.renew()).map_err(|error| match token {
            None if self.may_be_switched_off(&error) => error.with_remark(SUNSET),
            _ => error,
        })
    }

    /// Fetches the page for the token of a cursor. The error has the kind `Cursor` if the server
    /// refuses the token, but would serve a new listing.
    async fn resumed_page(&self, api: ApiVersion, token: &str) -> Result<WirePage> {
        let refusal = match self.page_of(api, Some(token), 1).await {
            Err(error) if refuses_token(&error) => return Err(error.of_refused_cursor()),
            Err(error) if is_refusal_without_code(&error) => error,
            page => return page,
        };
        // The refusal can have another reason, such as a wrong key or a login page of the network.
        // Then a new listing is refused, too.
        let first = match (self.client.inner.api, api) {
            (ApiVersion::Auto, ApiVersion::V1) => self.first_page(1).await,
            _ => self.page_of(api, None, 1).await,
        };
        if first.is_err() {
            return Err(refusal);
        }
        // The first refusal may have been temporary, so ask again.
        self.page_of(api, Some(token), 1).await.map_err(|error| {
            let is_refused = refuses_token(&error) || is_refusal_without_code(&error);
            if is_refused { error.of_refused_cursor() } else { error }
        })
    }

    /// Fetches the first page from the version that serves it, and uses that version from then on.
    async fn first_page(&self, number: u64) -> Result<WirePage> {
        let first = self.client.inner.first_version();
        let refusal = match self.page_of(first, None, number).await {
            Err(error) if first == ApiVersion::V1 && is_refusal_without_code(&error) => error,
            page => return page.inspect(|_| self.keep_to(first)),
        };
        match self.page_of(ApiVersion::V3, None, number).await {
            Ok(page) => {
                if !self.client.inner.v1_is_gone.swap(true, Relaxed) {
                    warn!(
                        refusal = %refusal.kind(),
                        status = refusal.status(),
                        "v1 of the API refused the listing and v3 has it: this client uses v3 from \
                         now on, which may list other videos than v1 did"
                    );
                }
                self.keep_to(ApiVersion::V3);
                Ok(page)
            }
            // A later attempt can still show whether v3 serves the listing.
            Err(error) if error.is_retryable() || is_refusal_of_v3(&error) => Err(error),
            Err(_) => Err(refusal),
        }
    }

    /// Whether v1 most likely refused the first page because it was switched off.
    fn may_be_switched_off(&self, error: &Error) -> bool {
        self.client.inner.api == ApiVersion::V1
            && matches!(error.status(), Some(404 | 410))
            && is_refusal_without_code(error)
            && (&self.request.folder_id, &self.request.title) == (&None, &None)
    }

    fn keep_to(&self, api: ApiVersion) {
        // Nothing else sets it: a walk fetches one page at a time.
        let _ = self.version.set(api);
    }
}

/// Whether a refusal is permanent and has none of the API's codes, like that of a missing endpoint.
fn is_refusal_without_code(error: &Error) -> bool {
    let is_refusal = match error.kind() {
        // Another server that does not accept the key, a page of HTML, or a status such as 404 or
        // 410.
        ErrorKind::Unauthorized | ErrorKind::Api | ErrorKind::Redirect => true,
        // A response without a status has a head that cannot be read.
        ErrorKind::Decode => error.status().is_some(),
        // No response, or one that does not show whether the endpoint exists.
        _ => false,
    };
    // One of the API's own error codes, or a page, shows that the endpoint exists.
    let is_there = error.is_about_page() || error.code().is_some_and(is_code_of_the_api);
    is_refusal && !error.is_retryable() && !is_there
}

/// Whether v3 exists and refused the listing for a reason of its own, such as a wrong key.
fn is_refusal_of_v3(error: &Error) -> bool {
    let is_missing = match error.kind() {
        ErrorKind::Api => matches!(error.status(), Some(404 | 405 | 410)),
        ErrorKind::Redirect | ErrorKind::Decode => true,
        _ => false,
    };
    !is_missing || error.is_about_page() || error.code().is_some()
}

/// Whether the server certainly refused a request because of its token. The server accepted the
/// rest of the request when it sent that token.
fn refuses_token(error: &Error) -> bool {
    let status = matches!(error.status(), Some(400 | 404 | 410 | 422));
    error.kind() == ErrorKind::Api && !error.is_retryable() && (status || error.code().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: ErrorKind, status: Option<u16>, code: Option<&str>, end_of_v1: bool) {
        let error = Error::new(kind, "").with_code(code.map(Into::into), false);
        let error = match status {
            Some(status) => error.with_status(status),
            None => error,
        };
        assert_eq!(is_refusal_without_code(&error), end_of_v1, "{error}");
    }

    #[test]
    fn a_refusal_without_code_is_permanent_and_has_none_of_the_codes_of_the_api() {
        use ErrorKind::{
            Api, Decode, Network, RateLimited, Redirect, Server, Timeout, Tls, TooLarge,
            Unauthorized,
        };
        for (kind, status) in [
            (Api, 400),
            (Api, 404),
            (Api, 410),
            (Api, 200),
            (Unauthorized, 401),
            (Unauthorized, 403),
            (Redirect, 301),
            (Redirect, 308),
            (Decode, 200),
            (Decode, 204),
        ] {
            check(kind, Some(status), None, true);
            for code in ["404", "410", "gone", "not_found", "endpoint_removed"] {
                check(kind, Some(status), Some(code), true);
            }
            for code in ["400545", "40012", "400112", "unauthorized", "forbidden"] {
                check(kind, Some(status), Some(code), false);
            }
        }
        for (kind, status) in [
            (Network, None),
            (Network, Some(200)),
            (Timeout, None),
            (Tls, None),
            (Decode, None),
            (RateLimited, Some(429)),
            (Server, Some(500)),
            (Server, Some(501)),
            (Server, Some(503)),
            (Api, Some(408)),
            (TooLarge, Some(200)),
        ] {
            check(kind, status, None, false);
        }
    }
}
