//! A look-alike of HeyGen's video listing on loopback, for tests and demonstrations.
//!
//! A [`Simulator`] answers `GET /v1/video.list` and `GET /v3/videos` on a port of 127.0.0.1 as
//! HeyGen describes them: filters, page sizes, keyset tokens and errors included. Its account is
//! made from a seed, so it is the same in every run, and can be changed while a listing is under
//! way. [`Fault`]s are answered on request or by chance, and what was asked is
//! [`recorded`](Simulator::recorded).
//!
//! ```
//! use heygen_videos::simulator::{Fault, Simulator};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let simulator = Simulator::builder().videos(250).start().await?;
//! let videos = simulator.videos(); // what a client should see
//! assert_eq!(videos.len(), 250);
//!
//! simulator.script_at(2, Fault::Status(503)); // the second page fails at first
//! simulator.remove(&videos[120].video_id);
//! assert_eq!(simulator.len(), 249);
//! # Ok(())
//! # }
//! ```
//!
//! # What is like the API, and what is not
//!
//! - The listing is newest first. A token names the last video that was listed, so videos that
//!   come or go between two requests neither shift nor repeat the others, even if it is that very
//!   video that goes.
//! - Nothing follows a last page, be it full: its token is `null`.
//! - v1's `total` counts the account, whatever the filters.
//! - `folder_id` must be equal, `title` be contained, in any case of its letters.
//! - `limit` is 1 to 100, on v1 also 0, which HeyGen allows and does not explain: here it is as if
//!   it were absent, which is 100 on v1 and 10 on v3.
//! - A parameter that is out of range or garbled is 400 with code 40012, a key that is wrong 401
//!   with code 400112, another path 404, another method 405.
//! - There is no TLS, no HTTP/2 and no compression, and no limit on the rate.

mod account;
mod builder;
mod entry;
mod fault;
mod filter;
mod generator;
mod log;
mod parameters;
mod random;
mod refusal;
mod request;
mod response;
mod server;
mod shared;
mod sort_key;
#[cfg(test)]
mod test_client;
mod token;
mod version;
mod video_json;

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::client::{Client, ClientBuilder};
use crate::video::Video;
pub use builder::SimulatorBuilder;
use entry::Entry;
pub use fault::Fault;
pub use log::Recorded;
use shared::Shared;

/// A running look-alike of the API; dropping it ends it, and its connections with it.
///
/// Share it between tasks in an `Arc`. It runs in the Tokio runtime that it was started in and
/// ends with it.
pub struct Simulator {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
    client: Client,
}

/// A builder for a client of the account that is served at `address`.
fn client_builder(address: SocketAddr, api_key: &str) -> ClientBuilder {
    Client::builder().base_url(format!("http://{address}")).api_key(api_key)
}

impl Simulator {
    /// The key that requests must bring unless [`SimulatorBuilder::api_key`] sets another.
    pub const API_KEY: &'static str = "simulator-key";

    /// What a client takes as its base URL, such as `http://127.0.0.1:40123`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A client of this account; every call gives a clone of the same one.
    #[must_use]
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// A builder for a client of this account, to set more than the base URL and the key.
    pub fn client_builder(&self) -> ClientBuilder {
        client_builder(self.address, &self.shared.api_key)
    }

    /// The address it listens on.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// How many requests have come in, those refused and those not yet answered included.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.shared.requests.load(Ordering::Relaxed)
    }

    /// How many connections have been accepted.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.shared.connections.load(Ordering::Relaxed)
    }

    /// The latest 10,000 requests in the order in which they were answered.
    ///
    /// A request whose client hung up before the answer is only counted in
    /// [`requests`](Self::requests).
    #[must_use]
    pub fn recorded(&self) -> Vec<Recorded> {
        self.shared.log().to_vec()
    }

    /// Puts a video into the account, in place of the one of the same id if there is one.
    ///
    /// It stands where its `created_at` puts it, without one at the end.
    pub fn insert(&self, video: Video) {
        self.shared.account().insert(video);
    }

    /// Takes a video out of the account; false if there is none of this id.
    pub fn remove(&self, video_id: &str) -> bool {
        self.shared.account().remove(video_id)
    }

    /// Every video in the order of the listing, equal to what a client reads from v1.
    #[must_use]
    pub fn videos(&self) -> Vec<Video> {
        self.shared.account().walk(None).map(Entry::into_video).collect()
    }

    /// The id of every video in the order of the listing.
    #[must_use]
    pub fn ids(&self) -> Vec<String> {
        self.shared.account().walk(None).map(|entry| entry.id()).collect()
    }

    /// The ids of the folders that generated videos are in.
    #[must_use]
    pub fn folders(&self) -> Vec<String> {
        self.shared.account().folders().to_vec()
    }

    /// How many videos the account has, which is what v1 says as `total`.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.shared.account().len()
    }

    /// Whether the account has no video.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Makes every answer from now on take this long.
    pub fn set_latency(&self, latency: Duration) {
        *self.shared.latency() = latency;
    }

    /// Has this fault happen to the next request that would get a page.
    ///
    /// Faults happen in the order given, one a request. A request that is refused for its key,
    /// path, method or parameters leaves them for the next.
    pub fn script(&self, fault: Fault) {
        self.shared.script().push(fault);
    }

    /// Has this fault happen to a certain request, the first one being 1 (see
    /// [`requests`](Self::requests)).
    ///
    /// It goes before those of [`script`](Self::script), which then wait. A second fault for the
    /// same request takes the place of the first; one for a request that is past or is refused
    /// never happens.
    pub fn script_at(&self, request: u64, fault: Fault) {
        self.shared.script().put(request, fault);
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl fmt::Debug for Simulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulator")
            .field("address", &self.address)
            .field("videos", &self.len())
            .field("requests", &self.requests())
            .finish_non_exhaustive()
    }
}
