//! TLS that fails only once: a damaged record and an alert about an internal error are retried like
//! a lost connection. What the server refuses for good is not.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use heygen_videos::{ApiVersion, Client, ErrorKind, VideoStream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::support::fault::{Reply, page_v1};
use crate::support::tls::{Authority, read_head};
use crate::support::walk::{ids, quick_retries, until_error};

/// What happens on the first connection. All later connections are in order.
#[derive(Clone, Copy, Debug)]
enum Damage {
    /// A record that cannot be decrypted, instead of the second page.
    RecordInsteadOfResponse,
    /// The same after half of the second page.
    RecordWithinBody,
    /// This alert instead of a handshake.
    Alert(u8),
    /// A response in plain HTTP instead of a handshake.
    NoTls,
}

const INTERNAL_ERROR: u8 = 80;
const HANDSHAKE_FAILURE: u8 = 40;
const PROTOCOL_VERSION: u8 = 70;

/// A stream of two pages from a server whose first connection has this damage, and the number of
/// its connections.
async fn stream_with(damage: Damage) -> (VideoStream, Arc<AtomicUsize>) {
    let authority = Authority::new();
    let acceptor = TlsAcceptor::from(Arc::new(authority.server_config("localhost", |_| ())));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let connections = Arc::new(AtomicUsize::default());
    let count = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let damage = (count.fetch_add(1, Relaxed) == 0).then_some(damage);
            // The client may close the connection at any time.
            tokio::spawn(serve(stream, acceptor.clone(), damage));
        }
    });
    let client = Client::builder()
        .api_key("canary-key")
        .base_url(format!("https://localhost:{port}"))
        .api(ApiVersion::V1)
        .root_certificate_pem(authority.pem)
        .retry(quick_retries(3));
    (client.build().unwrap().videos().stream(), connections)
}

async fn serve(
    mut stream: TcpStream,
    acceptor: TlsAcceptor,
    damage: Option<Damage>,
) -> io::Result<()> {
    if let Some(Damage::Alert(_) | Damage::NoTls) = damage {
        read_hello(&mut stream).await?;
        let answer = match damage {
            Some(Damage::Alert(alert)) => vec![0x15, 3, 3, 0, 2, 2, alert],
            _ => b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n".to_vec(),
        };
        stream.write_all(&answer).await?;
        return stream.shutdown().await;
    }
    let mut stream = acceptor.accept(stream).await?;
    loop {
        let is_second = read_head(&mut stream).await.contains("token=t");
        let page = if is_second { page_v1(["b"], None, 2) } else { page_v1(["a"], Some("t"), 2) };
        let response = Reply::ok(page).wire();
        if let (true, Some(damage)) = (is_second, damage) {
            if matches!(damage, Damage::RecordWithinBody) {
                stream.write_all(&response[..response.len() - 20]).await?;
                stream.flush().await?;
            }
            let record = [&[0x17, 3, 3, 0, 32][..], &[7; 32]].concat();
            stream.get_mut().0.write_all(&record).await?;
            return stream.get_mut().0.shutdown().await;
        }
        stream.write_all(&response).await?;
        stream.flush().await?;
    }
}

/// Reads the client's first record: five bytes of head, which end with the length, then the rest.
async fn read_hello(stream: &mut TcpStream) -> io::Result<()> {
    let mut head = [0; 5];
    stream.read_exact(&mut head).await?;
    let length = u16::from_be_bytes([head[3], head[4]]);
    stream.read_exact(&mut vec![0; length.into()]).await?;
    Ok(())
}

#[tokio::test]
async fn damage_within_tls_is_retried_on_a_new_connection() {
    for (damage, opened) in [
        (Damage::RecordInsteadOfResponse, 2),
        (Damage::RecordWithinBody, 2),
        // The first page is retried, and the connection of a retry is not used for the second.
        (Damage::Alert(INTERNAL_ERROR), 3),
    ] {
        let (mut videos, connections) = stream_with(damage).await;
        assert_eq!(ids(&mut videos).await, ["a", "b"], "{damage:?}");
        assert_eq!((videos.stats().retries, connections.load(Relaxed)), (1, opened), "{damage:?}");
    }
}

#[tokio::test]
async fn a_handshake_that_is_refused_is_not_tried_again() {
    for damage in [Damage::Alert(HANDSHAKE_FAILURE), Damage::Alert(PROTOCOL_VERSION), Damage::NoTls]
    {
        let (mut videos, connections) = stream_with(damage).await;
        let (_, error) = until_error(&mut videos).await;
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Tls, 1), "{damage:?}: {error:?}");
        assert_eq!((error.is_retryable(), connections.load(Relaxed)), (false, 1), "{damage:?}");
    }
}
