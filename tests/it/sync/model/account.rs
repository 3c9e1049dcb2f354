//! The account of a case, everything that it ever was, and the server that lists it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{SystemTime, UNIX_EPOCH};

use fastrand::Rng;
use heygen_videos::{ApiVersion, Client, RetryPolicy};
use serde_json::{Value, json};

use crate::support::fault::{FaultServer, RawRequest, Reply};

pub(super) const FOLDER: &str = "f";

const STATUSES: [&str; 5] = ["completed", "failed", "processing", "pending", "success"];

/// The values of a video.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct State {
    pub(super) created_at: Option<i64>,
    pub(super) status: &'static str,
    pub(super) title: String,
    /// Only v1 sends it.
    pub(super) kind: &'static str,
    /// Only v3 sends it.
    pub(super) duration: u32,
    pub(super) in_folder: bool,
}

/// What the listing had for an id, from a tick on.
type Life = Vec<(u64, Option<State>)>;

#[derive(Debug, Default)]
pub(super) struct Account {
    key: String,
    /// Whether the listing is ordered by creation time.
    pub(super) newest_first: bool,
    /// How many videos of a page the next one shows again.
    pub(super) overlap: usize,
    /// The listing, in its order: by descending rank, then by descending id.
    listing: BTreeMap<(Reverse<i64>, Reverse<String>), State>,
    ranks: HashMap<String, i64>,
    lives: HashMap<String, Life>,
    /// Videos that were created with another time than the present.
    odd: HashMap<String, bool>,
    tick: u64,
    created: u32,
    /// What the server sends instead of the next pages.
    pub(super) script: VecDeque<Trouble>,
    pub(super) requests: u64,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Trouble {
    Failure,
    EmptyPage,
    /// A position that the server no longer knows; only for requests with a token.
    Refusal,
}

pub(super) fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64
}

impl Account {
    pub(super) fn new(key: String, newest_first: bool, overlap: usize) -> Self {
        Self { key, newest_first, overlap, ..Self::default() }
    }

    pub(super) fn tick(&self) -> u64 {
        self.tick
    }

    pub(super) fn len(&self) -> usize {
        self.listing.len()
    }

    /// Makes one random change.
    pub(super) fn change(&mut self, rng: &mut Rng) {
        match rng.u8(..10) {
            0..4 => self.create(rng),
            4..7 => self.touch(rng),
            7..9 => self.remove(rng),
            _ if rng.u8(..8) == 0 => {
                while self.len() > 0 {
                    self.remove(rng);
                }
            }
            _ => self.create(rng),
        }
    }

    fn create(&mut self, rng: &mut Rng) {
        let (created_at, is_odd) = match rng.u8(..12) {
            0 => (None, true),
            1 => (Some(now() + 50_000), true),
            2 => (Some(now() - rng.i64(1_000..40_000)), true),
            _ => (Some(now()), false),
        };
        self.add(rng, created_at, is_odd);
    }

    /// Creates a video as it was at the beginning of the case.
    pub(super) fn create_old(&mut self, rng: &mut Rng) {
        let created_at = (rng.u8(..12) > 0).then(|| now() - rng.i64(0..60_000));
        self.add(rng, created_at, false);
    }

    fn add(&mut self, rng: &mut Rng, created_at: Option<i64>, is_odd: bool) {
        self.created += 1;
        let id = format!("v{:03}-{:02}", self.created, rng.u8(..100));
        let rank = match self.newest_first {
            true => created_at.unwrap_or(i64::MIN),
            false => rng.i64(..),
        };
        self.ranks.insert(id.clone(), rank);
        self.odd.insert(id.clone(), is_odd);
        let state = State {
            created_at,
            status: rng.choice(STATUSES).unwrap(),
            title: format!("t{}", rng.u8(..9)),
            kind: "GENERATED",
            duration: rng.u32(..9),
            in_folder: rng.bool(),
        };
        self.set(&id, Some(state));
    }

    fn touch(&mut self, rng: &mut Rng) {
        let Some((id, mut state)) = self.any(rng) else { return };
        match rng.u8(..4) {
            0 => state.title = format!("t{}", rng.u8(..9)),
            1 => state.kind = rng.choice(["GENERATED", "TRANSLATED"]).unwrap(),
            2 => state.duration = rng.u32(..9),
            _ => state.status = rng.choice(STATUSES).unwrap(),
        }
        self.set(&id, Some(state));
    }

    fn remove(&mut self, rng: &mut Rng) {
        if let Some((id, _)) = self.any(rng) {
            self.set(&id, None);
        }
    }

    fn any(&self, rng: &mut Rng) -> Option<(String, State)> {
        let at = rng.usize(..self.len().max(1));
        self.listing.iter().nth(at).map(|((_, id), state)| (id.0.clone(), state.clone()))
    }

    fn set(&mut self, id: &str, state: Option<State>) {
        self.tick += 1;
        self.lives.entry(id.to_owned()).or_default().push((self.tick, state.clone()));
        let key = (Reverse(self.ranks[id]), Reverse(id.to_owned()));
        match state {
            Some(state) => drop(self.listing.insert(key, state)),
            None => drop(self.listing.remove(&key)),
        }
    }

    /// Lets this many seconds pass: everything is that much older.
    pub(super) fn age(&mut self, seconds: i64) {
        let older = |state: &mut State| {
            state.created_at = state.created_at.map(|created_at| created_at - seconds);
        };
        if self.newest_first {
            let dated = self.ranks.values_mut().filter(|rank| **rank != i64::MIN);
            dated.for_each(|rank| *rank -= seconds);
        }
        for ((_, id), mut state) in std::mem::take(&mut self.listing) {
            older(&mut state);
            self.listing.insert((Reverse(self.ranks[&id.0]), id), state);
        }
        for life in self.lives.values_mut() {
            life.iter_mut().filter_map(|(_, state)| state.as_mut()).for_each(older);
        }
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = &String> {
        self.lives.keys()
    }

    pub(super) fn is_odd(&self, id: &str) -> bool {
        self.odd[id]
    }

    /// What the listing had for this id at any time between two ticks; `None` for no video.
    pub(super) fn between(&self, id: &str, from: u64, to: u64) -> Vec<Option<State>> {
        let Some(life) = self.lives.get(id) else { return vec![None] };
        let before = life.iter().rev().find(|(tick, _)| *tick <= from);
        let mut states = vec![before.and_then(|(_, state)| state.clone())];
        let later = life.iter().filter(|(tick, _)| *tick > from && *tick <= to);
        states.extend(later.map(|(_, state)| state.clone()));
        states
    }

    fn answer(&mut self, request: &RawRequest) -> Reply {
        self.requests += 1;
        let is_v1 = request.target.starts_with("/v1/");
        let token = request.query("token");
        let mut is_empty = false;
        match self.script.pop_front() {
            Some(Trouble::Failure) => return Reply::new(500, "{}"),
            Some(Trouble::Refusal) if token.is_some() => return Reply::new(400, "{}"),
            Some(Trouble::EmptyPage) => is_empty = true,
            Some(Trouble::Refusal) | None => {}
        }
        let limit: usize = request.query("limit").unwrap().parse().unwrap();
        let folder = request.query("folder_id");
        // A token is the id of the video before its page, which may be gone.
        let after = token.map(|id| id.split('_').next().unwrap().to_owned());
        let after = after.filter(|id| id != "start");
        let after = after.map(|id| (Reverse(self.ranks[&id]), Reverse(id)));
        let rest = self.listing.iter().filter(|(key, state)| {
            after.as_ref().is_none_or(|after| *key > after) && (folder.is_none() || state.in_folder)
        });
        let mut rest = rest.peekable();
        let page: Vec<_> = match is_empty {
            true => Vec::new(),
            false => rest.by_ref().take(limit).collect(),
        };
        let last = match page.len().checked_sub(1) {
            Some(last) => Some(&page[last - self.overlap.min(last)].0.1.0),
            None => after.as_ref().map(|(_, id)| &id.0),
        };
        let last = last.map_or("start", String::as_str);
        let next = rest.peek().map(|_| format!("{last}_{}", self.requests));
        let videos: Vec<_> =
            page.iter().map(|((_, id), state)| wire(is_v1, &id.0, state)).collect();
        let total = self.listing.len();
        Reply::ok(match is_v1 {
            true => json!({ "code": 100, "data": { "videos": videos, "token": next, "total": total }}),
            false => json!({ "data": videos, "has_more": next.is_some(), "next_token": next }),
        }.to_string())
    }
}

fn wire(is_v1: bool, id: &str, state: &State) -> Value {
    let State { created_at, status, title, kind, duration, in_folder } = state;
    let folder = in_folder.then_some(FOLDER);
    match is_v1 {
        true => json!({
            "video_id": id, "video_title": title, "status": status, "created_at": created_at,
            "type": kind, "folder_id": folder,
        }),
        false => json!({
            "id": id, "title": title, "status": status, "created_at": created_at,
            "folder_id": folder, "duration": duration,
            "video_url": format!("https://x.example/{id}?Signature={}", fastrand::u64(..)),
        }),
    }
}

/// A running server, which lists the account of one case after the other, and its clients.
///
/// Each case has its own key, so that a request of a killed sync does not disturb the next case.
pub(super) struct Server {
    server: FaultServer,
    clients: [Client; 2],
    account: Arc<Mutex<Account>>,
}

impl Server {
    pub(super) async fn start() -> Self {
        let account = Arc::new(Mutex::new(Account::default()));
        let served = Arc::clone(&account);
        let server = FaultServer::start(move |request, _| {
            let mut account = served.lock().unwrap();
            match request.header("x-api-key") == Some(&account.key) {
                true => account.answer(request),
                false => Reply::new(401, "{}"),
            }
        });
        let server = server.await;
        let client = |api| {
            let client = Client::builder().api_key("key").base_url(server.base_url()).api(api);
            client.retry(RetryPolicy::none()).build().unwrap()
        };
        Self { clients: [ApiVersion::V1, ApiVersion::V3].map(client), server, account }
    }

    /// Lists this account from now on. Returns clients for both versions of the API.
    pub(super) fn list(&self, account: Account) -> [Client; 2] {
        let clients = self.clients.clone();
        let clients = clients.map(|client| client.with_api_key(&account.key).unwrap());
        *self.account() = account;
        self.server.forget_requests();
        clients
    }

    pub(super) fn account(&self) -> MutexGuard<'_, Account> {
        self.account.lock().unwrap()
    }
}
