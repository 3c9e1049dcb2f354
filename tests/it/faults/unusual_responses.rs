//! Responses that are unusual but valid: the client reads each of them as the right page.

use futures::future::join_all;
use heygen_videos::{ApiVersion, RetryPolicy};

use crate::support::fault::{End, Reply};
use crate::support::listing::Listing;
use crate::support::walk::ids;

/// A response with these head lines and this body, on a connection that stays open.
fn raw(head: &str, body: &str) -> Reply {
    Reply::raw(format!("{head}\r\n\r\n{body}")).then(End::KeepAlive)
}

fn chunked(head: &str, body: &str, trailer: &str) -> Reply {
    let head = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked{head}");
    raw(&head, &format!("{:x};name=value\r\n{body}\r\n0\r\n{trailer}\r\n", body.len()))
}

/// Several copies of a response to one request.
fn times(times: usize, body: &str) -> Reply {
    Reply::raw(Reply::ok(body).wire().repeat(times)).then(End::KeepAlive)
}

type Answer = fn(&str) -> Reply;

#[tokio::test]
async fn unusual_valid_responses_are_read_and_extra_ones_are_ignored() {
    let answers: [(&str, Answer); 11] = [
        ("HTTP/1.0, ended by close", |body| raw("HTTP/1.0 200 OK", body).then(End::Close)),
        ("HTTP/1.0 with a length", |body| {
            raw(&format!("HTTP/1.0 200 OK\r\nContent-Length: {}", body.len()), body)
        }),
        ("bare line feeds", |body| {
            let head = format!("HTTP/1.1 200 OK\ncontent-length: {}\n\n", body.len());
            Reply::raw(head + body).then(End::KeepAlive)
        }),
        ("a chunk extension and a trailer", |body| chunked("\r\ntrailer: x", body, "x: y\r\n")),
        ("chunks and a wrong length", |body| chunked("\r\ncontent-length: 5", body, "")),
        ("one length, twice", |body| Reply::ok(body).content_lengths(&[body.len(); 2])),
        ("white space around the JSON", |body| Reply::ok(format!("\n\t {body}\r\n\n"))),
        ("a header on two lines", |body| Reply::ok(body).header("x-long", "one\r\n  two")),
        ("a thousand headers", |body| {
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}", body.len());
            raw(&(head + &"\r\nset-cookie: a=b".repeat(999)), body)
        }),
        ("two responses to one request", |body| times(2, body)),
        ("three responses to one request", |body| times(3, body)),
    ];
    let walks = answers.into_iter().flat_map(|(name, answer)| {
        [ApiVersion::V1, ApiVersion::V3].map(|api| async move {
            for read_ahead in [0, 2] {
                let listing = Listing::new(api, [2, 2, 0, 1]);
                let bodies = listing.clone();
                let server = listing.serve(move |page, _| Some(answer(&bodies.body(page)))).await;
                let client = listing.client(server.base_url()).retry(RetryPolicy::none());
                let query = client.build().unwrap().videos().read_ahead(read_ahead);
                assert_eq!(ids(&mut query.stream()).await, listing.ids(), "{name}, {api}");
                assert_eq!(server.requests().len(), listing.len(), "{name}, {api}");
            }
        })
    });
    join_all(walks).await;
}
