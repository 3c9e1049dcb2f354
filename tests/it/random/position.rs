//! Random listings with uneven pages, duplicate ids, failures and changes during the walk. With any
//! page size, cap, `rearm` and resume, each video that stays in the listing is yielded, and no stream
//! repeats an id.
//!
//! `RUNS=10000 SEED=7 cargo test --release --features cli --test it -- --nocapture random::position`
//! makes 10,000 runs from seed 7. CI runs a small count.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex};

use fastrand::Rng;
use futures::stream::FusedStream;
use futures::{Stream, StreamExt};
use heygen_videos::{ApiVersion, Client, Cursor, End, RetryPolicy};

use crate::support::fault::{FaultServer, RawRequest, Reply, page_v1, page_v3};
use crate::support::soak::{count, seed};
use crate::support::walk::within;

/// A listing ordered by rank. The token of a page has the rank of the last video before it.
struct Account {
    api: ApiVersion,
    rng: Rng,
    videos: BTreeMap<u64, String>,
    /// How often each id was ever added to the listing.
    ever: HashMap<String, usize>,
    created: usize,
    tokens: usize,
    /// The percentage of requests that get an unusual reply.
    odd: u32,
}

impl Account {
    fn put(&mut self, rank: u64, id: String) {
        if self.videos.contains_key(&rank) {
            return;
        }
        *self.ever.entry(id.clone()).or_default() += 1;
        self.videos.insert(rank, id);
    }

    /// Deletes or creates a video. Never deletes an id that was added twice.
    fn change(&mut self) {
        if self.rng.bool() {
            self.created += 1;
            let (rank, id) = (self.rng.u64(0..4_000), format!("new-{}", self.created));
            self.put(rank, id);
        } else {
            let ranks: Vec<_> = self.videos.keys().copied().collect();
            let Some(rank) = self.rng.choice(&ranks) else { return };
            if self.ever[&self.videos[rank]] == 1 {
                self.videos.remove(rank);
            }
        }
    }

    fn answer(&mut self, request: &RawRequest) -> Reply {
        let after: Option<u64> =
            request.query("token").map(|token| token.split_once('-').unwrap().0.parse().unwrap());
        let limit: usize = request.query("limit").unwrap().parse().unwrap();
        let odd = self.rng.u32(0..100) < self.odd;
        let (size, next) = match (odd, self.rng.u8(0..5)) {
            (true, 0) => return Reply::new(503, ""),
            (true, 1) => (0, None),
            (true, 2) => (self.rng.usize(1..=limit), None),
            (true, 3) => (limit + self.rng.usize(1..20), None),
            (true, _) => (limit, request.query("token").map(str::to_owned)),
            (false, _) => (limit, None),
        };
        let start = after.map_or(0, |after| after + 1);
        let page: Vec<_> = self.videos.range(start..).take(size).collect();
        let last = page.last().map(|(rank, _)| **rank).or(after);
        let more = last.is_none_or(|last| self.videos.range(last + 1..).next().is_some());
        self.tokens += 1;
        let token = match (next, last) {
            (Some(same), _) => Some(same),
            (None, Some(last)) if more => Some(format!("{last}-{}", self.tokens)),
            // An empty first page cannot have a token.
            (None, None) if size == 0 => return Reply::new(503, ""),
            (None, _) => None,
        };
        let ids: Vec<_> = page.iter().map(|(_, id)| id).collect();
        Reply::ok(match self.api {
            ApiVersion::V3 => page_v3(ids, token.as_deref()),
            _ => page_v1(ids, token.as_deref(), self.videos.len() as u64),
        })
    }
}

#[tokio::test]
async fn random_uneven_listings_yield_each_remaining_video_once() {
    let (seed, runs) = (seed(), count("RUNS", 300));
    println!("SEED={seed} RUNS={runs}");
    for run in 0..runs {
        let run_seed = seed.wrapping_add(run);
        let fault = within(one_run(Rng::with_seed(run_seed))).await;
        assert_eq!(fault, None, "repeat with SEED={run_seed} RUNS=1");
    }
}

async fn one_run(mut rng: Rng) -> Option<String> {
    let api = if rng.bool() { ApiVersion::V1 } else { ApiVersion::V3 };
    let mut account = Account {
        api,
        rng: rng.fork(),
        videos: BTreeMap::new(),
        ever: HashMap::new(),
        created: 0,
        tokens: 0,
        odd: rng.choice([0, 10, 40]).unwrap(),
    };
    let ids = rng.choice([20, 1_000]).unwrap();
    for _ in 0..rng.usize(0..300) {
        let (rank, id) = (rng.u64(0..4_000), format!("old-{}", rng.u32(0..ids)));
        account.put(rank, id);
    }
    let before = account.videos.clone();
    let changes_within = rng.bool();
    let account = Arc::new(Mutex::new(account));
    let served = Arc::clone(&account);
    let server = FaultServer::start(move |request, _| {
        let mut account = served.lock().unwrap();
        if changes_within {
            account.change();
        }
        account.answer(request)
    })
    .await;
    let client = Client::builder()
        .api_key("key")
        .base_url(server.base_url())
        .api(api)
        .retry(RetryPolicy::none())
        .build()
        .unwrap();

    let mut yielded: Vec<String> = Vec::new();
    let mut cursor: Option<Cursor> = None;
    // The last streams have no cap and are not dropped early, so the loop ends.
    for round in 0.. {
        let last = round >= 8;
        let mut query = client.videos().page_size(rng.u32(1..=60)).read_ahead(rng.usize(0..=2));
        let cap = (!last && rng.bool()).then(|| rng.u64(0..100));
        if let Some(cap) = cap {
            query = query.max_items(cap);
        }
        if let Some(cursor) = cursor {
            let text = cursor.to_string();
            query = query.resume_from(text.parse().unwrap());
        }
        let mut videos = query.stream();
        let leave = if last { usize::MAX } else { rng.usize(0..80) };
        let (mut taken, mut hints) = (0, Vec::new());
        let mut by_this: HashSet<String> = HashSet::new();
        while taken < leave {
            if videos.is_terminated() {
                return Some("is_terminated() is true before the stream returned None".into());
            }
            hints.push(videos.size_hint());
            let item = videos.next().await;
            if !matches!(item, Some(Ok(_))) {
                // Counted from the last item; an error counts as an item.
                let items = usize::from(item.is_some());
                let wrong = hints.iter().rev().enumerate().find(|(before, (least, most))| {
                    !(*least..=most.unwrap_or(usize::MAX)).contains(&(before + items))
                });
                if let Some((before, hint)) = wrong {
                    return Some(format!("{before} items before the last the hint was {hint:?}"));
                }
                hints.clear();
            }
            match item {
                Some(Ok(video)) => {
                    if !by_this.insert(video.video_id.clone()) {
                        return Some(format!("{} was repeated by one stream", video.video_id));
                    }
                    yielded.push(video.video_id);
                    taken += 1;
                }
                Some(Err(error)) => {
                    if error.cursor() != Some(&videos.cursor()) {
                        return Some(format!("{error} has another cursor than the stream"));
                    }
                    if rng.bool() && (videos.next().await.is_some() || !videos.is_terminated()) {
                        return Some("the stream continued after an error".into());
                    }
                    if rng.u8(0..5) == 0 || !videos.rearm() {
                        break;
                    }
                }
                None => break,
            }
        }
        if cap.is_some_and(|cap| taken as u64 > cap) {
            return Some("more than the cap".into());
        }
        cursor = Some(videos.cursor());
        if videos.end() == Some(End::Exhausted) {
            break;
        }
        for _ in 0..rng.usize(0..6) {
            account.lock().unwrap().change();
        }
    }

    let account = account.lock().unwrap();
    let mut times: HashMap<&str, usize> = HashMap::new();
    for id in &yielded {
        *times.entry(id).or_default() += 1;
    }
    // A stream yields an id once. One that resumes knows the ids of its page and the page before.
    for (id, times) in &times {
        if *times > account.ever[*id] {
            let listed = account.ever[*id];
            return Some(format!("{id} was yielded {times} times, but listed {listed} times"));
        }
    }
    let stayed: Vec<_> =
        before.iter().filter(|(rank, id)| account.videos.get(rank) == Some(id)).collect();
    let due: HashSet<&str> = stayed.iter().map(|(_, id)| id.as_str()).collect();
    if let Some(lost) = due.iter().find(|id| !times.contains_key(*id)) {
        return Some(format!("{lost} was not yielded"));
    }
    let single = |id: &&String| account.ever[*id] == 1 && due.contains(id.as_str());
    let order: Vec<_> = yielded.iter().filter(single).collect();
    let expected: Vec<_> = stayed.iter().map(|(_, id)| *id).filter(single).collect();
    (order != expected).then(|| "out of order".into())
}
