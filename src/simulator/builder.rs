//! `SimulatorBuilder`, which settles what a simulator is like before it starts.

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

/// Collects the settings of a [`Simulator`]; see [`Simulator::builder`].
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
}

impl Simulator {
    /// Settings to start a simulator from.
    pub fn builder() -> SimulatorBuilder {
        SimulatorBuilder::default()
    }
}

impl SimulatorBuilder {
    /// How many videos the account starts with; a million take no longer to start than one.
    pub fn videos(mut self, videos: u64) -> Self {
        self.videos = videos;
        self
    }

    /// How many folders there are; about half of the videos are in one.
    ///
    /// With 0 no video is. See [`Simulator::folders`] for their ids.
    pub fn folders(mut self, folders: u32) -> Self {
        self.folders = folders;
        self
    }

    /// What the videos and the faults of [`fault_rate`](Self::fault_rate) are drawn from.
    ///
    /// The same seed and number of folders give the same videos on every platform; more videos
    /// are older ones, after the same first ones.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// How long every answer takes; see also [`Simulator::set_latency`].
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// The port on 127.0.0.1; 0 is any that is free.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// The key that requests must bring, in place of [`Simulator::API_KEY`].
    pub fn api_key(mut self, api_key: impl Into<String>) -> Self {
        self.api_key = api_key.into();
        self
    }

    /// The share of requests, 0 to 1, that meet with a fault which passes.
    ///
    /// It is 429 (with and without `Retry-After: 0`), 500, 503 or up to 20 ms of delay, each as
    /// often as the others. Which requests they are depends on the seed and the number of the
    /// request. Faults that are scripted come first.
    pub fn fault_rate(mut self, rate: f64) -> Self {
        self.fault_rate = rate;
        self
    }

    /// Starts the simulator in the current Tokio runtime, with I/O and time enabled in it.
    ///
    /// # Errors
    ///
    /// If the port is taken, the system has no socket left, or the key cannot be one.
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
        let shared = Arc::new(Shared::new(self.api_key, account, script, self.latency));
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
            .finish_non_exhaustive()
    }
}
