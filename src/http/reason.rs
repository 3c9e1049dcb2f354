//! Why an attempt failed, in a few words for a log line.

use std::error::Error as StdError;

use crate::error::{Error, ErrorKind};

/// Why an attempt failed, such as `connection refused`, `timed out` or `HTTP 503`.
pub(super) fn reason(error: &Error) -> String {
    if error.kind() == ErrorKind::Timeout {
        return error.kind().as_str().to_owned();
    }
    match (error.status().filter(|status| *status != 200), error.code()) {
        (Some(status), _) => return format!("HTTP {status}"),
        (None, Some(code)) => return format!("code {code}"),
        (None, None) => {}
    }
    // The innermost error is the one of the operating system or of the protocol.
    let mut innermost: &dyn StdError = error;
    while let Some(below) = innermost.source() {
        innermost = below;
    }
    let text = innermost.to_string();
    let text = text.split(" (os error ").next().unwrap_or_default();
    let mut chars = text.chars();
    // Lower-case the first letter of "Connection refused", but not of "DNS …".
    match (chars.next(), chars.next()) {
        (Some(first), Some(second)) if second.is_lowercase() => {
            first.to_lowercase().collect::<String>() + &text[first.len_utf8()..]
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::error::Cause;

    fn error(kind: ErrorKind) -> Error {
        Error::new(kind, "what happened")
    }

    fn caused_by(source: &io::Error) -> Error {
        error(ErrorKind::Network).with_source(Cause::chain(source, &str::to_owned))
    }

    #[test]
    fn a_reason_is_a_few_words() {
        let refused = io::Error::other("Connection refused (os error 111)");
        let dns = io::Error::other("DNS has no such name");
        for (error, words) in [
            (error(ErrorKind::Server).with_status(503), "HTTP 503"),
            (error(ErrorKind::RateLimited).with_status(429), "HTTP 429"),
            (error(ErrorKind::Timeout).with_status(200), "timed out"),
            (caused_by(&refused), "connection refused"),
            (caused_by(&refused).with_status(200), "connection refused"),
            (caused_by(&dns), "DNS has no such name"),
            (error(ErrorKind::Network), "network error: what happened"),
            (
                error(ErrorKind::RateLimited).with_status(200).with_code(Some("7".into()), true),
                "code 7",
            ),
            (
                error(ErrorKind::Server).with_status(500).with_code(Some("x".into()), false),
                "HTTP 500",
            ),
        ] {
            assert_eq!(reason(&error), words);
        }
    }
}
