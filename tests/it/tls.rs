//! Certificates that are not to be trusted: `ErrorKind::Tls`, after one attempt.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures::StreamExt;
use heygen_videos::{Client, ErrorKind};
use rcgen::{CertificateParams, KeyPair};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::support::walk::within;

/// Serves TLS with a certificate of nobody's for `localhost`, and counts who tries it.
async fn untrusted() -> (u16, Arc<AtomicU32>) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap();
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
            assert!(acceptor.accept(stream).await.is_err(), "nobody should trust it");
        }
    });
    (port, tried)
}

#[tokio::test]
async fn a_certificate_of_nobodys_is_a_tls_error_and_not_retried() {
    let (port, tried) = untrusted().await;
    let base = format!("https://localhost:{port}");
    let client = Client::builder().api_key("key").base_url(base).build().unwrap();
    let error = within(client.videos().stream().next()).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls, "{error:?}");
    assert_eq!((error.attempts(), error.is_retryable()), (1, false));
    assert_eq!(tried.load(Ordering::Relaxed), 1);
}
