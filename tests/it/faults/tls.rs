//! Certificates that are not trusted: `ErrorKind::Tls` after one attempt.
//!
//! The root certificates of the system are read once in a process. Each test therefore runs in a
//! process of its own with its own root certificates.

use std::env;
use std::error::Error as _;
use std::fs;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures::StreamExt;
use heygen_videos::{Client, Error, ErrorKind, Result, Video};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::support::fault::{Reply, page_v1};
use crate::support::walk::within;

const ROOTS: &str = "SSL_CERT_FILE";

/// Set in the process that a test starts for itself.
const ALONE: &str = "HEYGEN_VIDEOS_TEST_ALONE";

/// Runs the test with this name in a process of its own, whose root certificates are in a file that
/// the test may write.
fn alone(name: &str, test: impl Future<Output = ()>) {
    if env::var_os(ALONE).is_some() {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let name = format!("{}::{name}", module_path!().split_once("::").unwrap().1);
    let ran = Command::new(env::current_exe().unwrap())
        .args([name.as_str(), "--exact", "--nocapture"])
        .env(ALONE, "1")
        .env(ROOTS, folder.path().join("roots.pem"))
        .env("SSL_CERT_DIR", folder.path().join("none"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{said}{}", String::from_utf8_lossy(&ran.stderr));
    assert!(said.contains("1 passed"), "there is no test {name}");
}

/// A certificate authority that this process trusts from now on.
#[track_caller]
fn trusted() -> Issuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "trusted authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    fs::write(env::var_os(ROOTS).unwrap(), certificate.pem()).unwrap();
    Issuer::new(params, key)
}

/// Serves one page to clients that accept the certificate, and counts connections.
async fn serve(certificate: &Certificate, key: &KeyPair) -> (u16, Arc<AtomicU32>) {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let tried = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&tried);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::Relaxed);
            // The client closes the connection if it refuses the certificate.
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(&Reply::ok(page_v1(["a"], None, 1)).wire()).await;
        }
    });
    (port, tried)
}

/// The first item from a server whose certificate the trusted authority has signed, and how many
/// connections were opened.
async fn first(
    host: &str,
    change: impl FnOnce(&mut CertificateParams),
) -> (Option<Result<Video>>, u32) {
    let (authority, key) = (trusted(), KeyPair::generate().unwrap());
    let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    change(&mut params);
    let certificate = params.signed_by(&key, &authority).unwrap();
    let (port, tried) = serve(&certificate, &key).await;
    let client = Client::builder().api_key("key").base_url(format!("https://{host}:{port}"));
    let item = within(client.build().unwrap().videos().stream().next()).await;
    (item, tried.load(Ordering::Relaxed))
}

/// The certificate was refused once, for this reason.
#[track_caller]
fn assert_refused((item, tried): (Option<Result<Video>>, u32), reason: &str) {
    let error = item.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls, "{error:?}");
    assert_eq!((error.attempts(), error.is_retryable()), (1, false));
    assert_eq!(tried, 1, "connections");
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
        let (item, tried) = first("localhost", |_| ()).await;
        assert_eq!((item.unwrap().unwrap().video_id.as_str(), tried), ("a", 1));
    });
}

#[test]
fn an_expired_certificate_is_a_tls_error_and_not_retried() {
    alone("an_expired_certificate_is_a_tls_error_and_not_retried", async {
        let expired = |params: &mut CertificateParams| {
            params.not_after = date_time_ymd(2020, 1, 1);
        };
        assert_refused(first("localhost", expired).await, "expired");
    });
}

#[test]
fn a_certificate_of_another_host_is_a_tls_error_and_not_retried() {
    alone("a_certificate_of_another_host_is_a_tls_error_and_not_retried", async {
        assert_refused(first("127.0.0.1", |_| ()).await, "not valid for name");
    });
}

#[test]
fn an_unknown_ca_is_a_tls_error_and_not_retried() {
    alone("an_unknown_ca_is_a_tls_error_and_not_retried", async {
        // The trusted authority has not signed the server's certificate.
        drop(trusted());
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        let (port, tried) = serve(&params.self_signed(&key).unwrap(), &key).await;
        let client = Client::builder().api_key("key").base_url(format!("https://localhost:{port}"));
        let item = within(client.build().unwrap().videos().stream().next()).await;
        assert_refused((item, tried.load(Ordering::Relaxed)), "UnknownIssuer");
    });
}

#[test]
fn without_root_certificates_a_client_is_an_error_and_the_simulator_works() {
    alone("without_root_certificates_a_client_is_an_error_and_the_simulator_works", async {
        let error = Client::new("key").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Tls, "{error:?}");
        let simulator = crate::support::walk::simulator(3).await;
        let ids = crate::support::walk::ids(&mut simulator.client().videos().stream()).await;
        assert_eq!(ids, simulator.ids());
    });
}
