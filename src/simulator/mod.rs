//! A simulator of HeyGen's video listing on loopback, for tests and demos.
//!
//! A [`Simulator`] answers `GET /v1/video.list` and `GET /v3/videos` on a port of 127.0.0.1 as
//! HeyGen documents them, with filters, page sizes, keyset tokens and errors. Its videos are
//! generated from a seed, so they are the same in every run. Videos can be inserted and removed
//! during a listing, a [`Fault`] can be sent on request or at random, and every request is
//! [`recorded`](Simulator::recorded).
//!
//! ```
//! use heygen_videos::simulator::{Fault, Simulator};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let simulator = Simulator::builder().videos(250).start().await?;
//! let videos = simulator.videos(); // what a client should get
//! assert_eq!(videos.len(), 250);
//!
//! simulator.script_at(2, Fault::Status(503)); // the second request fails
//! simulator.remove(&videos[120].video_id);
//! assert_eq!(simulator.len(), 249);
//! # Ok(())
//! # }
//! ```
//!
//! # How it compares with the API
//!
//! - The listing is newest first. A token names the last video that was listed. If videos are
//!   created or deleted between two requests, the other videos are neither skipped nor repeated,
//!   even if the named video itself is deleted.
//! - The token of the last page is `null`, even if that page is full.
//! - `total` in v1 counts all videos of the account, with or without filters.
//! - `folder_id` matches exactly. `title` matches any part of a title, ignoring case.
//! - `limit` is 1 to 100. Without it, a page of v1 has 100 videos and a page of v3 has 10. On v1
//!   it may also be 0, which HeyGen does not explain; here 0 means the default.
//! - An invalid parameter is refused with status 400 (code 40012 in v1), a wrong key with 401 (code
//!   400112 in v1), an unknown path with 404 and another method with 405.
//! - There is no TLS, no HTTP/2, no compression and no rate limit.

mod account;
mod builder;
mod entry;
mod error;
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
pub use error::error;
pub use fault::Fault;
pub use log::Recorded;
use shared::Shared;

/// A running simulator of the API. Dropping it stops it and closes its connections.
///
/// Share it between tasks in an `Arc`. It runs in the Tokio runtime in which it was started, and
/// stops with that runtime.
pub struct Simulator {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
    client: Client,
}

/// A builder for a client of the simulator at `address`.
fn client_builder(address: SocketAddr, api_key: &str) -> ClientBuilder {
    Client::builder().base_url(format!("http://{address}")).api_key(api_key)
}

impl Simulator {
    /// The key that requests must carry unless [`SimulatorBuilder::api_key`] sets another.
    pub const API_KEY: &'static str = "simulator-key";

    /// The base URL for a client, such as `http://127.0.0.1:40123`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A client of this account. All calls return clones of the same client.
    #[must_use]
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// A builder for a client of this account, with the base URL and the key already set.
    pub fn client_builder(&self) -> ClientBuilder {
        client_builder(self.address, &self.shared.api_key)
    }

    /// The address on which it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// The number of requests received, including refused requests and those not answered yet.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.shared.requests.load(Ordering::Relaxed)
    }

    /// The number of connections accepted.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.shared.connections.load(Ordering::Relaxed)
    }

    /// The latest 10,000 requests in the order in which they were answered.
    ///
    /// A request whose client closed the connection before the response is missing here, but
    /// [`requests`](Self::requests) counts it.
    #[must_use]
    pub fn recorded(&self) -> Vec<Recorded> {
        self.shared.log().to_vec()
    }

    /// Inserts a video into the account. It replaces a video with the same id.
    ///
    /// Its `created_at` decides its position. A video without one comes last.
    pub fn insert(&self, video: Video) {
        self.shared.account().insert(video);
    }

    /// Removes a video from the account. Returns false if no video has this id.
    pub fn remove(&self, video_id: &str) -> bool {
        self.shared.account().remove(video_id)
    }

    /// All videos in the order of the listing, equal to what a client gets from v1.
    #[must_use]
    pub fn videos(&self) -> Vec<Video> {
        self.shared.account().walk(None).map(Entry::into_video).collect()
    }

    /// The ids of all videos in the order of the listing.
    #[must_use]
    pub fn ids(&self) -> Vec<String> {
        self.shared.account().walk(None).map(|entry| entry.id()).collect()
    }

    /// The ids of the folders of the generated videos.
    #[must_use]
    pub fn folders(&self) -> Vec<String> {
        self.shared.account().folders().to_vec()
    }

    /// The number of videos in the account, which v1 sends as `total`.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.shared.account().len()
    }

    /// Whether the account has no video.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Sets the delay of every response from now on.
    pub fn set_latency(&self, latency: Duration) {
        *self.shared.latency() = latency;
    }

    /// Switches v1 off, or on again with `None`, from now on.
    ///
    /// Every v1 request is then refused with this status, 200 to 599, whatever its key and
    /// parameters are. The body is JSON with a `message` that says so, and has no code. A redirect
    /// (3xx) leads to `/v3/videos`. The faults of [`script`](Self::script) are kept for v3
    /// requests.
    ///
    /// ```
    /// use futures::TryStreamExt;
    /// use heygen_videos::ApiVersion;
    /// use heygen_videos::simulator::Simulator;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let simulator = Simulator::builder().videos(250).v1_gone(404).start().await?;
    /// let mut videos = simulator.client().videos().stream(); // ApiVersion::Auto
    /// assert_eq!((&mut videos).try_collect::<Vec<_>>().await?.len(), 250);
    /// assert_eq!(videos.cursor().api(), ApiVersion::V3);
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_v1_gone(&self, status: Option<u16>) {
        *self.shared.v1_gone() = status;
    }

    /// Sends this fault to the next request that would otherwise get a page.
    ///
    /// Faults are sent in the order of the calls, one per request. A request that is refused
    /// because of its key, path, method or parameters does not use up a fault.
    pub fn script(&self, fault: Fault) {
        self.shared.script().push(fault);
    }

    /// Sends this fault to the request with this number. The first request has the number 1 (see
    /// [`requests`](Self::requests)).
    ///
    /// It takes precedence over the faults of [`script`](Self::script), which are kept for later
    /// requests. A second fault for the same number replaces the first. A fault for a request that
    /// was already answered, or that is refused, is never sent.
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
