//! One connection of the fault server: reads requests, sends replies, and ends as they specify.

use std::future::pending;
use std::io;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::ReadHalf;
use tokio::sync::watch;

use super::reply::End;
use super::{Log, RawRequest, Script};

/// The client has ended the connection.
pub(super) struct HungUp;

impl From<io::Error> for HungUp {
    fn from(_: io::Error) -> Self {
        Self
    }
}

/// Serves one connection until one side ends it. `Ok` if the server ended it.
pub(super) async fn serve(
    stream: TcpStream,
    connection: usize,
    script: &Script,
    log: &watch::Sender<Log>,
) -> Result<(), HungUp> {
    // Otherwise each small write may wait 40 ms for an acknowledgement.
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    loop {
        let (request, number) = read_request(&mut stream, connection, log).await?;
        let reply = script(&request, number);
        let (read, mut write) = stream.get_mut().split();
        tokio::select! {
            sent = reply.send(&mut write) => sent?,
            () = hung_up(read) => return Err(HungUp),
        }
        match reply.end() {
            End::KeepAlive => {}
            End::Close => return Ok(stream.shutdown().await?),
            End::Reset => return Ok(stream.get_ref().set_zero_linger()?),
            // `Repeat` never gets here, because it is sent forever.
            End::Silence | End::Repeat(..) => {
                hung_up(stream.get_mut().split().0).await;
                return Err(HungUp);
            }
            End::StaleClose => {
                read_request(&mut stream, connection, log).await?;
                return Ok(stream.shutdown().await?);
            }
            End::StaleReset => {
                read_request(&mut stream, connection, log).await?;
                return Ok(stream.get_ref().set_zero_linger()?);
            }
        }
    }
}

/// Reads and logs one request head. Returns it with its number.
async fn read_request(
    stream: &mut BufReader<TcpStream>,
    connection: usize,
    log: &watch::Sender<Log>,
) -> Result<(RawRequest, usize), HungUp> {
    let start = read_line(stream).await?;
    let mut words = start.split(' ').map(str::to_owned);
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut headers = Vec::new();
    loop {
        let line = read_line(stream).await?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let request = RawRequest { method, target, headers, connection };
    let mut number = 0;
    log.send_modify(|log| {
        number = log.requests.len();
        log.requests.push(request.clone());
    });
    Ok((request, number))
}

/// One line of a request head, without its line end.
async fn read_line(stream: &mut BufReader<TcpStream>) -> Result<String, HungUp> {
    let mut line = Vec::new();
    stream.read_until(b'\n', &mut line).await?;
    match line.strip_suffix(b"\r\n") {
        Some(line) => Ok(String::from_utf8_lossy(line).into_owned()),
        None => Err(HungUp),
    }
}

/// Ends when the client has closed or reset the connection.
async fn hung_up(mut read: ReadHalf<'_>) {
    // A pipelined request would hide a close, but these clients send one request at a time.
    if let Ok(1..) = read.peek(&mut [0]).await {
        pending().await
    }
}
