//! Turns a request without a response, or with a body that could not be read, into an `Error` of
//! the right kind, without secrets.

use std::error::Error as StdError;
use std::io;
use std::sync::atomic::Ordering::Relaxed;

use super::body::BodyError;
use super::error_layers::error_layers;
use super::redact::Redactor;
use super::tls_refusal::is_tls_refusal;
use crate::client::{ClientInner, MAX_HEADERS};
use crate::error::{Cause, Error, ErrorKind};

/// The error for a request without a response, or with a response that could not be read.
pub(super) fn transport_error(
    error: reqwest::Error,
    client: &ClientInner,
    redactor: &Redactor<'_>,
) -> Error {
    let host = &client.host;
    // Check the timeout first: reqwest reports a timeout during the body as a decoding error, too.
    let (kind, message) = if error.is_timeout() {
        (ErrorKind::Timeout, timeout_message(&error, client))
    } else if is_tls_refusal(&error) {
        (ErrorKind::Tls, format!("the TLS handshake with {host} failed"))
    } else if error.is_builder() {
        // Every part of the URL was checked and escaped, so only its length can be wrong.
        let message = "a filter, or the server's token, is too long for a URL";
        (ErrorKind::InvalidRequest, message.to_owned())
    } else if let Some(failure) = ProxyFailure::find(&error) {
        proxy_failure(failure, client)
    } else if is_head_unreadable(&error) {
        let message = format!(
            "the head of the response of {host} cannot be read: a server or a proxy sends headers \
             that HTTP does not allow, or more than {MAX_HEADERS}"
        );
        (ErrorKind::Decode, message)
    } else if error.is_connect() {
        (ErrorKind::Network, connect_message(&error, host))
    } else if error.is_body() || error.is_decode() {
        (ErrorKind::Network, cut_message(client))
    } else {
        let message = format!("the connection to {host} failed before a response arrived");
        (ErrorKind::Network, message)
    };
    let status = match kind {
        ErrorKind::Proxy if ProxyFailure::find(&error) == Some(ProxyFailure::Password) => Some(407),
        _ => error.status().map(|status| status.as_u16()),
    };
    let is_about_proxy = match kind {
        ErrorKind::Timeout => unproven_proxy(client).is_some(),
        _ => ProxyFailure::find(&error).is_some(),
    };
    let cause = Cause::chain(&error.without_url(), &|text| redactor.clean(text));
    let error = Error::new(kind, message).with_source(cause);
    let error = if is_about_proxy { error.about_proxy() } else { error };
    match status {
        Some(status) => error.with_status(status),
        None => error,
    }
}

fn timeout_message(error: &reqwest::Error, client: &ClientInner) -> String {
    let host = &client.host;
    let what = match error.is_connect() {
        true => format!("could not connect to {host} within the client's timeout"),
        false => format!("no complete response from {host} within the client's timeout"),
    };
    match unproven_proxy(client) {
        Some(proxy) => format!("{what}; perhaps the proxy {proxy} does not answer"),
        None => what,
    }
}

/// The name of the proxy, unless the server has answered through it before. reqwest does not report
/// whether it was connected to the proxy or to the host.
fn unproven_proxy(client: &ClientInner) -> Option<&String> {
    client.proxy.as_ref().filter(|_| !client.was_answered.load(Relaxed))
}

fn connect_message(error: &reqwest::Error, host: &str) -> String {
    let is_refused = |layer: &(dyn StdError + 'static)| {
        let error = layer.downcast_ref::<io::Error>();
        error.is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
    };
    match error_layers(error).any(is_refused) {
        true => format!("connection refused by {host}"),
        false => format!("could not connect to {host}"),
    }
}

/// Whether a response with a status line arrived whose headers are not valid. The same request
/// would most likely get them again. Bytes that are not HTTP at all count as damage in transit.
fn is_head_unreadable(error: &reqwest::Error) -> bool {
    // hyper reports only that parsing failed. What it could not parse is recognised by the text.
    const TEXTS: [&str; 4] = [
        "invalid HTTP header parsed",
        "invalid content-length parsed",
        "unexpected transfer-encoding parsed",
        "message head is too large",
    ];
    error_layers(error).any(|layer| TEXTS.contains(&layer.to_string().as_str()))
}

fn cut_message(client: &ClientInner) -> String {
    let host = &client.host;
    format!("the response of {host} was cut short or damaged in transit")
}

/// How a proxy failed to open a tunnel.
#[derive(Debug, Clone, Copy, PartialEq)]
enum ProxyFailure {
    /// It could not be reached.
    Unreachable,
    /// It refused the user name and password, or none were given (407).
    Password,
    /// It answered with a status other than 200 and 407. hyper does not report which one.
    Refused,
}

impl ProxyFailure {
    fn find(error: &reqwest::Error) -> Option<Self> {
        // hyper does not export the type of this error, so it is recognised by its text.
        error_layers(error).find_map(|layer| {
            let text = layer.to_string();
            Some(match text.strip_prefix("tunnel error: ")? {
                "proxy authorization required" => Self::Password,
                "unsuccessful" => Self::Refused,
                _ => Self::Unreachable,
            })
        })
    }
}

fn proxy_failure(failure: ProxyFailure, client: &ClientInner) -> (ErrorKind, String) {
    let host = &client.host;
    let proxy = match &client.proxy {
        Some(name) => format!("the proxy {name}"),
        None => "the proxy of this system".to_owned(),
    };
    match failure {
        ProxyFailure::Unreachable => {
            (ErrorKind::Network, format!("could not connect to {host} through {proxy}"))
        }
        ProxyFailure::Password => (
            ErrorKind::Proxy,
            format!("{proxy} wants a user name and password, or refused those in its URL"),
        ),
        // If the server has answered through this proxy before, the failure is temporary. Otherwise
        // the proxy is set up to refuse.
        ProxyFailure::Refused if client.was_answered.load(Relaxed) => {
            (ErrorKind::Network, format!("{proxy} could not connect to {host}"))
        }
        ProxyFailure::Refused => {
            (ErrorKind::Proxy, format!("{proxy} does not allow a connection to {host}"))
        }
    }
}

/// The error for a response with status 200 whose body could not be read.
pub(super) fn body_error(error: BodyError, client: &ClientInner, redactor: &Redactor<'_>) -> Error {
    match error {
        BodyError::Transport(error) => transport_error(error, client, redactor),
        BodyError::Gzip(error) => Error::new(ErrorKind::Network, cut_message(client))
            .with_source(Cause::chain(&error, &|text| redactor.clean(text))),
        BodyError::TooLong => too_large_error(client.max_response_bytes),
        BodyError::UnknownCoding(name) => {
            let name = redactor.clean(&name);
            let message = format!("the body has the content coding '{name}', not gzip or none");
            Error::new(ErrorKind::Decode, message).with_status(200)
        }
    }
}

/// The error for a response with status 200 whose body has more than `max` bytes.
fn too_large_error(max: usize) -> Error {
    let message = format!("it has more than {max} bytes");
    Error::new(ErrorKind::TooLarge, message).with_status(200)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Client;

    #[test]
    fn a_proxy_that_refuses_is_final_unless_the_server_has_answered_through_it() {
        let client = Client::builder().api_key("key").base_url("http://127.0.0.1:1").build();
        let inner = client.unwrap().inner;
        assert_eq!(proxy_failure(ProxyFailure::Refused, &inner).0, ErrorKind::Proxy);
        inner.was_answered.store(true, Relaxed);
        assert_eq!(proxy_failure(ProxyFailure::Refused, &inner).0, ErrorKind::Network);
        assert_eq!(proxy_failure(ProxyFailure::Password, &inner).0, ErrorKind::Proxy);
    }
}
