//! `SimulatorBuilder`, the settings of a simulator.

use std::fmt;
use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

use super::account::Account;
use super::fault::Script;
use super::server;
use super::shared::Shared;
use super::{Simulator, client_builder};

const DEFAULT_VIDEOS: u64 = 2_500;
const DEFAULT_SEED: u64 = 0x68_65_79_67_65_6e;
const DEFAULT_FOLDERS: u32 = 5;

/// The settings of a [`Simulator`]. Start with [`Simulator::builder`].
///
/// # Default
///
/// 2,500 videos in 5 folders, a fixed seed, any free port, no latency, no faults, and
/// [`Simulator::API_KEY`].
#[derive(Clone)]
#[must_use = "a builder does nothing until it is started"]
pub struct SimulatorBuilder {
    videos: u64,
    folders: u32,
    seed: u64,
    latency: Duration,
    port: u16,
    api_key: String,
    fault_rate: f64,
    v1_gone: Option<u16>,
}

impl Simulator {
    /// Returns a builder with the default settings.
    pub fn builder() -> SimulatorBuilder {
        SimulatorBuilder::default()
    }
}

impl SimulatorBuilder {
    /// The number of videos that the account starts with.
    ///
    /// Videos are generated when they are listed, so starting with a million takes no longer than
    /// starting with one.
    pub fn videos(mut self, videos: u64) -> Self {
        self.videos = videos;
        self
    }

    /// The number of folders. About half of the generated videos are in a folder.
    ///
    /// With 0, no video is in a folder. [`Simulator::folders`] returns the ids of the folders.
    pub fn folders(mut self, folders: u32) -> Self {
        self.folders = folders;
        self
    }

    /// The seed of the generated videos and of the faults of [`fault_rate`](Self::fault_rate).
    ///
    /// The same seed and number of folders give the same videos on every platform. A larger number
    /// of videos adds older videos and does not change the others.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The delay of every response. [`Simulator::set_latency`] changes it later.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// The port on 127.0.0.1. 0 means any free port.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// The key that requests must carry, instead of [`Simulator::API_KEY`].
    pub fn api_key(mut self, api_key: impl Into<String>) -> Self {
        self.api_key = api_key.into();
        self
    }

    /// The share of requests, 0 to 1, that get a random temporary fault.
    ///
    /// The faults are 429 without `Retry-After`, 429 with `Retry-After: 0`, 500, 503, and a delay
    /// of up to 20 ms, with about equal probability. The seed and the number of the request decide
    /// which request gets which fault. Scripted faults take precedence.
    pub fn fault_rate(mut self, rate: f64) -> Self {
        self.fault_rate = rate;
        self
    }

    /// Switches v1 off from the start: every v1 request is refused with this status.
    ///
    /// [`Simulator::set_v1_gone`] does the same later; its documentation describes the responses.
    pub fn v1_gone(mut self, status: u16) -> Self {
        self.v1_gone = Some(status);
        self
    }

    /// Starts the simulator in the current Tokio runtime, which needs I/O and time enabled.
    ///
    /// # Errors
    ///
    /// If the port is in use, no socket is available, or the key is invalid.
    ///
    /// # Panics
    ///
    /// Outside a Tokio runtime.
    pub async fn start(self) -> io::Result<Simulator> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, self.port)).await?;
        let address = listener.local_addr()?;
        let client = client_builder(address, &self.api_key).build().map_err(io::Error::other)?;
        let account = Account::new(self.seed, self.videos, self.folders);
        let script = Script::new(self.seed, self.fault_rate);
        let shared =
            Arc::new(Shared::new(self.api_key, account, script, self.latency, self.v1_gone));
        let server = tokio::spawn(server::run(listener, Arc::clone(&shared)));
        Ok(Simulator { address, shared, server, client })
    }
}

impl Default for SimulatorBuilder {
    fn default() -> Self {
        Self {
            videos: DEFAULT_VIDEOS,
            folders: DEFAULT_FOLDERS,
            seed: DEFAULT_SEED,
            latency: Duration::ZERO,
            port: 0,
            api_key: Simulator::API_KEY.to_owned(),
            fault_rate: 0.0,
            v1_gone: None,
        }
    }
}

impl fmt::Debug for SimulatorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimulatorBuilder")
            .field("videos", &self.videos)
            .field("folders", &self.folders)
            .field("seed", &self.seed)
            .field("latency", &self.latency)
            .field("port", &self.port)
            .field("fault_rate", &self.fault_rate)
            .field("v1_gone", &self.v1_gone)
            .finish_non_exhaustive()
    }
}
