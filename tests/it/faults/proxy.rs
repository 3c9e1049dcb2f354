//! Proxies in the environment: one that refuses is asked once and named, and a variable that cannot
//! be used is an error.
//!
//! The environment belongs to the whole process, so each test runs in a process of its own.

use std::env;
use std::process::Command;
use std::time::Duration;

use heygen_videos::{Client, Error, ErrorKind, RetryPolicy};

use crate::support::fault::{FaultServer, Reply, refused_url};
use crate::support::log::Lines;
use crate::support::walk::{ids, quick_retries, until_error};

/// Set in the process that a test starts for itself.
const ALONE: &str = "HEYGEN_VIDEOS_TEST_ALONE";

const PROXY_VARIABLES: [&str; 8] = [
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "NO_PROXY",
    "no_proxy",
];

/// Runs the test with this name in a process of its own, with these variables and with a root
/// certificate that signed nothing.
fn alone(name: &str, variables: &[(&str, &str)]) {
    let folder = tempfile::tempdir().unwrap();
    let roots = folder.path().join("roots.pem");
    let key = rcgen::KeyPair::generate().unwrap();
    let root = rcgen::CertificateParams::default().self_signed(&key).unwrap();
    std::fs::write(&roots, root.pem()).unwrap();
    let name = format!("{}::{name}", module_path!().split_once("::").unwrap().1);
    let mut command = Command::new(env::current_exe().unwrap());
    PROXY_VARIABLES.iter().for_each(|name| {
        command.env_remove(name);
    });
    command.args([name.as_str(), "--exact", "--nocapture"]).env(ALONE, "1");
    let ran = command.env("SSL_CERT_FILE", roots).envs(variables.iter().copied()).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{said}{}", String::from_utf8_lossy(&ran.stderr));
    assert!(said.contains("1 passed"), "there is no test {name}");
}

/// Runs `test` if this is the process that [`alone`] started. Returns whether it is.
fn is_alone(test: impl Future<Output = ()>) -> bool {
    let is_alone = env::var_os(ALONE).is_some();
    if is_alone {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
    }
    is_alone
}

/// A proxy that answers every `CONNECT` with this status, and the runtime that it lives in.
fn proxy(status: u16) -> (tokio::runtime::Runtime, FaultServer) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let server = runtime.block_on(FaultServer::start(move |_, _| {
        Reply::new(status, "canary").header("proxy-authenticate", "Basic realm=x")
    }));
    (runtime, server)
}

/// The error of a listing through the proxy in the environment.
async fn error() -> Error {
    let client = Client::builder().api_key("canary-key").base_url("https://api.heygen.invalid");
    let client = client.retry(quick_retries(3)).build().unwrap();
    let (_, error) = until_error(&mut client.videos().stream()).await;
    assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
    error
}

#[test]
fn a_proxy_that_refuses_the_password_is_asked_once() {
    let test = async {
        let error = error().await;
        assert_eq!((error.kind(), error.status()), (ErrorKind::Proxy, Some(407)), "{error:?}");
        assert_eq!((error.attempts(), error.is_retryable()), (1, false));
        let shown = error.to_string();
        assert!(
            shown.contains("the proxy 127.0.0.1:") && shown.contains("(HTTPS_PROXY)"),
            "{shown}"
        );
    };
    if !is_alone(test) {
        let (_runtime, proxy) = proxy(407);
        let url = format!("http://bob:canary@{}", proxy.address());
        let variables = [("HTTPS_PROXY", url.as_str())];
        alone("a_proxy_that_refuses_the_password_is_asked_once", &variables);
        let requests = proxy.requests();
        assert_eq!(requests.len(), 1, "{requests:?}");
        assert_eq!(requests[0].method, "CONNECT");
        assert!(requests[0].header("x-api-key").is_none(), "the proxy got the key");
    }
}

#[test]
fn a_proxy_that_forbids_the_host_is_asked_once() {
    let test = async {
        let error = error().await;
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Proxy, 1), "{error:?}");
        let shown = error.to_string();
        let says = "does not allow a connection to api.heygen.invalid:443";
        assert!(shown.contains("(all_proxy)") && shown.contains(says), "{shown}");
    };
    if !is_alone(test) {
        let (_runtime, proxy) = proxy(403);
        let url = proxy.address().to_string();
        alone("a_proxy_that_forbids_the_host_is_asked_once", &[("all_proxy", &url)]);
        assert_eq!(proxy.requests().len(), 1);
    }
}

#[test]
fn a_proxy_that_cannot_be_reached_is_named_and_tried_again() {
    let test = async {
        let lines = Lines::keep();
        let error = error().await;
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Network, 3), "{error:?}");
        assert!(error.is_retryable());
        let shown = error.to_string();
        assert!(shown.contains("through the proxy 127.0.0.1:"), "{shown}");
        assert!(shown.contains("(https_proxy)"), "{shown}");
        let retries = lines.with("retrying reason=connection refused host=the proxy 127.0.0.1:");
        assert_eq!(retries.len(), 2, "{retries:?}");
    };
    if !is_alone(test) {
        let name = "a_proxy_that_cannot_be_reached_is_named_and_tried_again";
        alone(name, &[("https_proxy", &refused_url())]);
    }
}

#[test]
fn a_proxy_that_never_answers_is_named() {
    let test = async {
        let client = Client::builder().api_key("key").base_url("https://api.heygen.invalid");
        let client = client.retry(RetryPolicy::none()).timeout(Duration::from_millis(300));
        let (_, error) = until_error(&mut client.build().unwrap().videos().stream()).await;
        assert_eq!((error.kind(), error.is_about_proxy()), (ErrorKind::Timeout, true), "{error:?}");
        let shown = error.to_string();
        assert!(shown.contains("perhaps the proxy 127.0.0.1:"), "{shown}");
    };
    if !is_alone(test) {
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = silent.local_addr().unwrap().to_string();
        alone("a_proxy_that_never_answers_is_named", &[("HTTPS_PROXY", &url)]);
    }
}

#[test]
fn a_host_in_no_proxy_is_reached_directly() {
    let test = async {
        let error = error().await;
        // The host does not exist.
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Network, 3), "{error:?}");
    };
    if !is_alone(test) {
        let (_runtime, proxy) = proxy(403);
        let url = proxy.base_url();
        for exceptions in ["heygen.invalid", "a.example *.heygen.invalid", "api.heygen.invalid:443"]
        {
            let variables = [("HTTPS_PROXY", url.as_str()), ("NO_PROXY", exceptions)];
            alone("a_host_in_no_proxy_is_reached_directly", &variables);
            assert_eq!(proxy.requests().len(), 0, "{exceptions}");
        }
    }
}

#[test]
fn a_proxy_variable_that_cannot_be_used_is_refused_and_ignored_for_this_machine() {
    let test = async {
        let error = Client::new("canary-key").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error:?}");
        let shown = format!("{error} {error:?}");
        assert!(shown.contains("the environment variable HTTPS_PROXY must end"), "{shown}");
        assert!(!shown.contains("canary"), "{shown}");
        // The setting replaces the variable.
        Client::builder().api_key("key").proxy("http://127.0.0.1:9").build().unwrap();
        let simulator = crate::support::walk::simulator(3).await;
        assert_eq!(ids(&mut simulator.client().videos().stream()).await, simulator.ids());
    };
    if !is_alone(test) {
        let name = "a_proxy_variable_that_cannot_be_used_is_refused_and_ignored_for_this_machine";
        // Without the encoding of `#`, the user name is read as the host.
        alone(name, &[("HTTPS_PROXY", "http://bob:12#canary@127.0.0.1:3128")]);
    }
}
