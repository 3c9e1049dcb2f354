//! Certificates and TLS servers.
//!
//! The system's root certificates are set by environment variables. A test that needs its own root
//! certificates therefore runs in a separate process.

use std::env;
use std::fs;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::fault::{Reply, page_v1};

const ROOTS: &str = "SSL_CERT_FILE";

/// Set in the process that a test starts for itself.
const ALONE: &str = "HEYGEN_VIDEOS_TEST_ALONE";

/// Runs the test with this name in `module` in a separate process. The only root certificates there
/// are those that the test adds.
#[track_caller]
pub(crate) fn alone(module: &str, name: &str, test: impl Future<Output = ()>) {
    if env::var_os(ALONE).is_some() {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let name = format!("{}::{name}", module.split_once("::").unwrap().1);
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

/// A certificate authority.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its own certificate.
    pub(crate) pem: String,
}

impl Authority {
    #[track_caller]
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        // With equal names, a certificate of another authority would count as one with a bad
        // signature.
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("authority {}", NUMBER.fetch_add(1, Relaxed));
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// Makes this the only root certificate of the system, in a test that runs alone.
    #[track_caller]
    pub(crate) fn trusted(self) -> Self {
        assert!(env::var_os(ALONE).is_some());
        fs::write(env::var_os(ROOTS).unwrap(), &self.pem).unwrap();
        self
    }

    /// The settings of a server for `host`, with a certificate of this authority that `change`
    /// changes.
    #[track_caller]
    pub(crate) fn server_config(
        &self,
        host: &str,
        change: impl FnOnce(&mut CertificateParams),
    ) -> ServerConfig {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([host.to_owned()]).unwrap();
        change(&mut params);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let mut config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        config.alpn_protocols = vec!["h2".into(), "http/1.1".into()];
        config
    }
}

/// A server of one page over TLS.
pub(crate) struct TlsServer {
    pub(crate) port: u16,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    connections: u32,
    /// The heads of all requests, including those to the proxy.
    heads: Vec<String>,
    /// The protocols that were negotiated.
    protocols: Vec<String>,
}

impl TlsServer {
    /// Serves `host` with a certificate of `authority`, changed by `change`.
    pub(crate) async fn start(
        host: &str,
        authority: &Authority,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Self {
        Self::start_as(host, authority, change, false).await
    }

    /// A proxy that tunnels to a built-in server for `host`.
    pub(crate) async fn behind_a_proxy(host: &str, authority: &Authority) -> Self {
        Self::start_as(host, authority, |_| (), true).await
    }

    async fn start_as(
        host: &str,
        authority: &Authority,
        change: impl FnOnce(&mut CertificateParams),
        is_proxy: bool,
    ) -> Self {
        let acceptor = TlsAcceptor::from(Arc::new(authority.server_config(host, change)));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let log = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                log.lock().unwrap().connections += 1;
                if is_proxy {
                    let head = read_head(&mut stream).await;
                    log.lock().unwrap().heads.push(head);
                    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
                }
                // The client closes the connection if it rejects the certificate.
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let protocol = stream.get_ref().1.alpn_protocol().unwrap_or_default().to_vec();
                let head = read_head(&mut stream).await;
                {
                    let mut log = log.lock().unwrap();
                    log.protocols.push(String::from_utf8_lossy(&protocol).into_owned());
                    log.heads.push(head);
                }
                let _ = stream.write_all(&Reply::ok(page_v1(["a"], None, 1)).wire()).await;
            }
        });
        Self { port, seen }
    }

    pub(crate) fn connections(&self) -> u32 {
        self.seen.lock().unwrap().connections
    }

    pub(crate) fn heads(&self) -> Vec<String> {
        self.seen.lock().unwrap().heads.clone()
    }

    pub(crate) fn protocols(&self) -> Vec<String> {
        self.seen.lock().unwrap().protocols.clone()
    }
}

/// Reads everything before the first empty line.
pub(crate) async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8_lossy(&head).into_owned()
}
