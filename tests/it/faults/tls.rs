//! TLS: certificates that are not trusted are `ErrorKind::Tls` after one attempt, and which root
//! certificates are trusted.

use std::error::Error as _;
use std::time::Duration;

use futures::StreamExt;
use heygen_videos::{Client, ClientBuilder, Error, ErrorKind, Result, RetryPolicy, Video};
use rcgen::{CertificateParams, date_time_ymd};
use tokio::net::TcpListener;

use crate::support::mock::next_error;
use crate::support::tls::{Authority, TlsServer};
use crate::support::walk::{ids, within};

fn alone(name: &str, test: impl Future<Output = ()>) {
    crate::support::tls::alone(module_path!(), name, test);
}

fn client(host: &str, port: u16) -> ClientBuilder {
    Client::builder().api_key("canary-key").base_url(format!("https://{host}:{port}"))
}

async fn first(client: ClientBuilder) -> Option<Result<Video>> {
    within(client.build().unwrap().videos().stream().next()).await
}

/// Connects to `host`, where a server shows a certificate for localhost, signed by the trusted
/// authority. Returns the first item and how many connections were opened.
async fn first_of(
    host: &str,
    change: impl FnOnce(&mut CertificateParams),
) -> (Option<Result<Video>>, u32) {
    let server = TlsServer::start("localhost", &Authority::new().trusted(), change).await;
    (first(client(host, server.port)).await, server.connections())
}

/// The certificate was refused once, for this reason.
#[track_caller]
fn assert_refused((item, connections): (Option<Result<Video>>, u32), reason: &str) {
    let error = item.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls, "{error:?}");
    assert_eq!((error.attempts(), error.is_retryable()), (1, false));
    assert_eq!(connections, 1);
    assert!(chain(&error).contains(reason), "{}", chain(&error));
}

fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

#[test]
fn a_certificate_of_a_trusted_ca_is_accepted() {
    alone("a_certificate_of_a_trusted_ca_is_accepted", async {
        let (item, connections) = first_of("localhost", |_| ()).await;
        assert_eq!((item.unwrap().unwrap().video_id.as_str(), connections), ("a", 1));
    });
}

#[test]
fn an_expired_certificate_is_a_tls_error_and_not_retried() {
    alone("an_expired_certificate_is_a_tls_error_and_not_retried", async {
        let expired = |params: &mut CertificateParams| {
            params.not_after = date_time_ymd(2020, 1, 1);
        };
        assert_refused(first_of("localhost", expired).await, "expired");
    });
}

#[test]
fn a_certificate_of_another_host_is_a_tls_error_and_not_retried() {
    alone("a_certificate_of_another_host_is_a_tls_error_and_not_retried", async {
        assert_refused(first_of("127.0.0.1", |_| ()).await, "not valid for name");
    });
}

#[test]
fn an_unknown_ca_is_a_tls_error_and_not_retried() {
    alone("an_unknown_ca_is_a_tls_error_and_not_retried", async {
        // Neither the authority that the system trusts nor the given one has signed the certificate.
        drop(Authority::new().trusted());
        let server = TlsServer::start("localhost", &Authority::new(), |_| ()).await;
        let client = client("localhost", server.port).root_certificate_pem(Authority::new().pem);
        assert_refused((first(client).await, server.connections()), "UnknownIssuer");
    });
}

#[test]
fn without_root_certificates_a_client_is_an_error_and_the_simulator_works() {
    alone("without_root_certificates_a_client_is_an_error_and_the_simulator_works", async {
        let error = Client::new("key").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Tls, "{error:?}");
        let simulator = crate::support::walk::simulator(3).await;
        assert_eq!(ids(&mut simulator.client().videos().stream()).await, simulator.ids());
    });
}

#[test]
fn a_given_root_certificate_is_trusted_in_addition_to_those_of_the_system() {
    alone("a_given_root_certificate_is_trusted_in_addition_to_those_of_the_system", async {
        // The first server needs a given certificate. The system has none yet.
        let authorities = [Authority::new(), Authority::new()];
        let bundle = authorities.each_ref().map(|authority| authority.pem.as_str()).concat();
        let system = Authority::new();
        for authority in &authorities {
            let server = TlsServer::start("localhost", authority, |_| ()).await;
            let client = client("localhost", server.port).root_certificate_pem(bundle.as_str());
            first(client).await.unwrap().unwrap();
        }
        let system = system.trusted();
        for authority in authorities.iter().chain([&system]) {
            let server = TlsServer::start("localhost", authority, |_| ()).await;
            let client = client("localhost", server.port)
                .root_certificate_pem(authorities[0].pem.as_str())
                .root_certificate_pem(authorities[1].pem.as_str());
            first(client).await.unwrap().unwrap();
        }
    });
}

#[test]
fn only_http_1_1_is_used() {
    alone("only_http_1_1_is_used", async {
        let server = TlsServer::start("localhost", &Authority::new().trusted(), |_| ()).await;
        first(client("localhost", server.port)).await.unwrap().unwrap();
        assert_eq!(server.protocols(), ["http/1.1"], "the server prefers h2");
        let heads = server.heads();
        assert!(heads[0].starts_with("GET /v1/video.list?limit=100 HTTP/1.1\r\n"), "{heads:?}");
        let codings = heads[0].lines().filter(|line| line.starts_with("accept-encoding"));
        assert_eq!(codings.collect::<Vec<_>>(), ["accept-encoding: gzip"]);
    });
}

#[test]
fn the_connect_timeout_includes_the_handshake() {
    alone("the_connect_timeout_includes_the_handshake", async {
        drop(Authority::new().trusted());
        // It accepts connections and never answers.
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = client("localhost", listener.local_addr().unwrap().port())
            .connect_timeout(Duration::from_millis(200))
            // `next_error` fails before this timeout.
            .timeout(Duration::from_secs(600))
            .retry(RetryPolicy::none());
        let client = client.build().unwrap();
        let error = next_error(&mut client.videos().stream(), "no handshake").await;
        assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Timeout, true));
    });
}

#[test]
fn a_proxy_makes_a_tunnel_and_sees_no_key() {
    alone("a_proxy_makes_a_tunnel_and_sees_no_key", async {
        let authority = Authority::new();
        let proxy = TlsServer::behind_a_proxy("api.heygen.invalid", &authority).await;
        let client = Client::builder()
            .api_key("canary-key")
            .base_url("https://api.heygen.invalid")
            .header("x-team", "canary-team")
            .root_certificate_pem(authority.pem)
            .proxy(format!("http://bob:p%40ss@127.0.0.1:{}", proxy.port));
        assert_eq!(first(client).await.unwrap().unwrap().video_id, "a");
        let heads = proxy.heads();
        assert_eq!(heads.len(), 2, "{heads:?}");
        assert!(heads[0].starts_with("CONNECT api.heygen.invalid:443 HTTP/1.1\r\n"), "{heads:?}");
        let password = "proxy-authorization: Basic Ym9iOnBAc3M=\r\n"; // bob:p@ss
        assert!(heads[0].contains(password), "{heads:?}");
        assert!(!heads[0].contains("canary"), "{heads:?}");
        assert!(heads[1].contains("x-api-key: canary-key\r\n"), "{heads:?}");
        assert!(heads[1].contains("x-team: canary-team\r\n"), "{heads:?}");
        assert!(!heads[1].contains("proxy-authorization"), "{heads:?}");
    });
}
