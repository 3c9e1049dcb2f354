//! What to do about a failed listing, export or sync, in terms of the program's options.

use heygen_videos::export::{ExportError, ExportErrorKind};
use heygen_videos::sync::{SyncError, SyncErrorKind};
use heygen_videos::{ApiVersion, Error, ErrorKind};

/// What to do if the name of the output does not say its format.
pub(crate) const FOR_A_FORMAT: &str = "end the name in .jsonl or .csv, optionally followed by .gz or \
                                       .zst, or in .xlsx or .parquet, or add --format";

/// The settings of a command that the advice depends on.
pub(crate) struct AdviceContext {
    pub(crate) api: ApiVersion,
    pub(crate) page_size: u32,
    pub(crate) has_folder: bool,
    /// Where the key was found.
    pub(crate) key_source: String,
    /// The variable that replaces the system's root certificates, if it is set.
    pub(crate) roots: Option<&'static str>,
}

/// What to do about a failed listing, unless its message already says so.
pub(crate) fn for_listing(error: &Error, context: &AdviceContext) -> Option<String> {
    let advice = match error.kind() {
        ErrorKind::Unauthorized => return Some(for_a_refused_key(error, context)),
        ErrorKind::RateLimited => match error.retry_after() {
            Some(wait) => {
                let seconds = wait.as_secs_f64().ceil();
                return Some(format!(
                    "the server asks to wait for {seconds} s: try again then, or give a longer \
                     --max-wait"
                ));
            }
            None => {
                "try again later, give a longer --max-wait, or send fewer requests with \
                 --requests-per-second"
            }
        },
        ErrorKind::Api => for_a_refused_request(error, context)?,
        ErrorKind::Cursor => {
            "the server does not accept the saved position; to drop what was saved and begin again, \
             give --restart instead of --resume"
        }
        ErrorKind::Timeout if error.is_about_proxy() => {
            "try again later, raise --timeout or --max-wait, or check the proxy and the variable \
             that names it"
        }
        // The message names both.
        ErrorKind::Proxy | ErrorKind::Network if error.is_about_proxy() => {
            "check the proxy and the variable that names it"
        }
        ErrorKind::Redirect => "give --base-url the address that the server redirects to",
        ErrorKind::Tls => return Some(for_tls(context)),
        ErrorKind::Decode if error.is_bad_entry() => "--malformed skip leaves such entries out",
        ErrorKind::Network | ErrorKind::Decode => {
            "check the connection, --base-url and HEYGEN_API_BASE"
        }
        ErrorKind::Timeout => "try again later, or raise --timeout or --max-wait",
        ErrorKind::TooLarge if context.page_size == 1 => {
            "check --base-url and HEYGEN_API_BASE: the response may not be a page of videos"
        }
        ErrorKind::TooLarge => "lower --page-size",
        // Filters are the same in every request, so the token of a later page is too long.
        ErrorKind::InvalidRequest if error.cursor().is_some_and(|at| !at.is_at_first_page()) => {
            "no request can send this token, so the run cannot continue from here: try another --api, \
             begin again, and report it to HeyGen"
        }
        ErrorKind::Server => match error.status() {
            Some(501 | 505) => "check --base-url and HEYGEN_API_BASE: this server lacks the API",
            Some(511) => "this network requires a login: log in to it, then try again",
            _ => "try again later",
        },
        _ => return None,
    };
    Some(advice.to_owned())
}

fn for_tls(context: &AdviceContext) -> String {
    let roots = match context.roots {
        Some(name) => format!("{name}, whose root certificates replace those of the system"),
        None => "that the system's root certificates are installed".to_owned(),
    };
    format!("check --base-url and HEYGEN_API_BASE, and {roots}")
}

fn for_a_refused_request(error: &Error, context: &AdviceContext) -> Option<&'static str> {
    Some(match error.status()? {
        404 | 410 => for_not_found(error, context)?,
        402 => "check the plan and the credits of the account",
        304 => "a cache answers instead of the API: check the proxy, or try again later",
        400 | 422 if error.to_string().to_lowercase().contains("limit") => {
            "if the server means the parameter 'limit', lower --page-size"
        }
        _ => return None,
    })
}

fn for_a_refused_key(error: &Error, context: &AdviceContext) -> String {
    let source = &context.key_source;
    match error.status() {
        Some(403) => format!(
            "the key came from {source}: check that it may list videos (scope videos:read) and \
             that its account may use the API"
        ),
        _ => format!("the key came from {source}: check it, and that its account may use the API"),
    }
}

/// A 404 with the API's own code comes from an existing endpoint.
fn for_not_found(error: &Error, context: &AdviceContext) -> Option<&'static str> {
    let is_v1 = context.api == ApiVersion::V1;
    // The URL is right, because it served the earlier pages.
    let is_later_page = error.cursor().is_some_and(|cursor| !cursor.is_at_first_page());
    if is_later_page && error.code().is_none() {
        return Some("the server may no longer accept the token of this page: try again");
    }
    match (error.code().is_some(), context.has_folder) {
        (_, true) if error.code().is_some() || !is_v1 => {
            Some("check --folder-id: the account has no such folder, or the key may not see it")
        }
        (true, _) => None,
        (false, true) => Some(
            "check --folder-id, --base-url and HEYGEN_API_BASE; if HeyGen has switched v1 off, \
             give --api v3",
        ),
        (false, false) if is_v1 => Some(
            "check --base-url and HEYGEN_API_BASE; if HeyGen has switched v1 off, give --api v3",
        ),
        (false, false) => Some("check --base-url and HEYGEN_API_BASE"),
    }
}

/// What to do about a failed export, if its listing did not fail and the library's hint does not
/// suit.
pub(crate) fn for_export(error: &ExportError) -> Option<&'static str> {
    Some(match error.kind() {
        ExportErrorKind::Exists => "add --force to replace it, or choose another path",
        ExportErrorKind::Unfinished => {
            "add --resume to go on; to drop what was saved and begin again, add --restart"
        }
        ExportErrorKind::Locked => "wait until the other run has ended, or choose another path",
        ExportErrorKind::Mismatch => {
            "choose another path, or use --resume with the options and the key that the export \
             was started with; if the key is a new one of the same account, add --key-rotated; to \
             drop what was saved and begin again, give --restart instead"
        }
        ExportErrorKind::DoesNotFit if error.is_resumable() => {
            "go on in a format that holds them, --format csv or jsonl, and rename the file"
        }
        // The library knows which setting or file is wrong.
        _ => return None,
    })
}

/// What to do about a failed sync, if the library's hint does not suit.
pub(crate) fn for_sync(error: &SyncError, context: &AdviceContext) -> Option<String> {
    let advice = match error.kind() {
        SyncErrorKind::Api => match error.api() {
            Some(listing) if listing.kind() == ErrorKind::Cursor => {
                "run the same command again: if the server still refuses the saved position, it begins \
                 at the newest video"
            }
            listing => return for_listing(listing?, context),
        },
        SyncErrorKind::Mismatch => {
            "choose another path, or give the options and the key that the database was created \
             with; if the key is a new one of the same account, add --key-rotated"
        }
        // The library reports which file is affected.
        _ => return None,
    };
    Some(advice.to_owned())
}
