//! Walks through random faults, with random settings.
//!
//! `FAULTS=10000 SEED=7 cargo test --release --features cli --test it -- --nocapture random::faults`
//! walks through 10,000 faults from seed 7. CI runs this count from a random seed.

use std::collections::HashSet;
use std::mem;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use fastrand::Rng;
use futures::{StreamExt, stream};
use heygen_videos::{ApiVersion, Cursor, End as Ended, Error, ErrorKind, RetryPolicy};

use crate::support::fault::{End, FaultServer, Framing, Mark, RawRequest, Reply, refused_url};
use crate::support::listing::{
    CANARY, Listing, failed, limited, lost, no_page, slow, unreadable_head,
};
use crate::support::soak::{count, seed};
use crate::support::walk::Walker;

/// Much longer than any walk needs.
const TEST_TIMEOUT: Duration = Duration::from_secs(60);

/// The size limit of the client: above every page and below the decompression bomb.
const MAX: usize = 1 << 16;

/// The kind of the error that a reply causes, and whether it is retried. `None` for a page.
type Expected = Option<(ErrorKind, bool)>;

const NETWORK: Expected = Some((ErrorKind::Network, true));
const TIMEOUT: Expected = Some((ErrorKind::Timeout, true));

/// A page in half of all cases, otherwise a random fault.
fn draw(rng: &mut Rng, listing: &Listing, request: &RawRequest, slowly: bool) -> (Reply, Expected) {
    let page = listing.asked(request);
    let body = listing.body(page);
    let framing = Framing::ALL[rng.usize(..Framing::ALL.len())];
    let good = Reply::ok(body.as_str());
    if rng.bool() {
        let interim = if rng.u8(..8) == 0 { rng.usize(1..100) } else { 0 };
        return (good.framing(framing).after_interim(103, interim), None);
    }
    match rng.u8(..if slowly { 14 } else { 12 }) {
        0..=2 => (any(rng, lost(&body)), NETWORK),
        3..=4 => {
            let good = good.framing(framing);
            let end = if rng.bool() { End::Close } else { End::Reset };
            (good.clone().cut(rng.usize(..good.wire().len())).then(end), NETWORK)
        }
        // The page is sent. The next request on the connection fails without a call of the script.
        5 => (good.then(End::StaleClose), NETWORK),
        6 => (good.then(End::StaleReset), NETWORK),
        7 if rng.bool() => (any(rng, unreadable_head(&body)), Some((ErrorKind::Decode, false))),
        7 => (any(rng, no_page(&body)), Some((ErrorKind::Decode, false))),
        8 => (any(rng, failed(&body)), Some((ErrorKind::Server, true))),
        9 if rng.bool() => (Reply::bomb(), Some((ErrorKind::TooLarge, false))),
        9 => {
            let away = Reply::redirect(307, "http://127.0.0.1:9/v1/video.list");
            (away, Some((ErrorKind::Redirect, false)))
        }
        10 => {
            // Echoes everything that the request contains.
            let key = request.header("x-api-key").unwrap_or_default();
            let token = listing.token(page).unwrap_or_default();
            let message = format!("{key} {token} {}", request.target);
            let said = format!(r#"{{"code":"{key}{token}","message":"{message}"}}"#);
            (Reply::new(400, said).framing(framing), Some((ErrorKind::Api, false)))
        }
        11 => (any(rng, limited(&body)), Some((ErrorKind::RateLimited, true))),
        12 => (Reply::endless_interim(103), TIMEOUT),
        _ => (any(rng, slow(&body)), TIMEOUT),
    }
}

fn any(rng: &mut Rng, mut faults: Vec<(&str, Reply)>) -> Reply {
    faults.swap_remove(rng.usize(..faults.len())).1
}

/// The result of one walk.
#[derive(Debug, Default)]
struct Outcome {
    lost: usize,
    repeated: usize,
    hung: bool,
    /// All other broken promises.
    wrong: Vec<String>,
}

/// One walk whose choices all follow from `seed`. Adds its number of faults to `faults`.
async fn walk(seed: u64, faults: Arc<AtomicU64>) -> Outcome {
    let mut rng = Rng::with_seed(seed);
    let api = if rng.bool() { ApiVersion::V1 } else { ApiVersion::V3 };
    let sizes: Vec<_> = (0..rng.usize(1..12)).map(|_| rng.usize(..6)).collect();
    let listing = Listing::new(api, sizes);
    let cap = if rng.u8(..4) == 0 { rng.usize(..40) } else { usize::MAX };
    let (by_page, resumes) = (rng.bool(), rng.bool());
    let read_ahead = [0, 0, 1, 4][rng.usize(..4)];
    let attempts = [1, 1, 3, 8][rng.usize(..4)];
    let slowly = rng.u8(..40) == 0;

    let mark = Mark::new();
    // What each reply since the last error should cause, and whether a connection may be stale.
    let last = Arc::new(Mutex::new((Vec::<Expected>::new(), false)));
    let scripted = Arc::new(AtomicU64::default());
    let server = {
        let (faults, scripted) = (Arc::clone(&faults), Arc::clone(&scripted));
        let (listing, last, rng) = (listing.clone(), Arc::clone(&last), Mutex::new(rng.fork()));
        let mark = mark.clone();
        FaultServer::start(move |request, _| {
            if !mark.is_on(request) {
                return Reply::close();
            }
            let (reply, expected) = draw(&mut rng.lock().unwrap(), &listing, request, slowly);
            scripted.fetch_add(1, Relaxed);
            // A stale connection counts as a fault only when a request fails on it.
            faults.fetch_add((expected.is_some() && !reply.goes_stale()).into(), Relaxed);
            let mut last = last.lock().unwrap();
            last.0.push(expected);
            last.1 |= reply.goes_stale();
            reply
        })
        .await
    };
    let client = mark.on(listing.client(server.base_url()));
    let client = client.retry(tries(attempts)).max_response_bytes(MAX);
    let timeout = if slowly { Duration::from_millis(100) } else { TEST_TIMEOUT };
    let client = client.timeout(timeout).build().unwrap();

    let mut outcome = Outcome::default();
    let (mut got, mut requests, mut place) = (Vec::new(), 0, None::<String>);
    let walked = tokio::time::timeout(TEST_TIMEOUT, async {
        'walk: loop {
            let mut query = client.videos().read_ahead(read_ahead);
            if cap != usize::MAX {
                query = query.max_items((cap - got.len()) as u64);
            }
            if let Some(text) = &place {
                query = query.resume_from(text.parse().unwrap());
                if rng.u8(..8) == 0 {
                    if !text.parse::<Cursor>().unwrap().is_finished() {
                        faults.fetch_add(attempts.into(), Relaxed);
                    }
                    outcome.wrong.extend(refused(&listing, text, attempts, by_page).await);
                }
            }
            let mut walker = Walker::open(query, by_page);
            while let Some(item) = walker.next().await {
                let failed = item.is_err();
                match item {
                    Ok(videos) => got.extend(videos.into_iter().map(|video| video.video_id)),
                    Err(error) => {
                        let (made, stale) = {
                            let mut last = last.lock().unwrap();
                            (mem::take(&mut last.0), last.1)
                        };
                        let mut known = vec![made.last().copied().flatten()];
                        known.extend(stale.then_some(NETWORK));
                        // After a refusal of the first token of a walk, the client sends further
                        // requests, and the error can be one of the cursor.
                        let is_final = |made: &&Expected| made.is_some_and(|(_, retried)| !retried);
                        let refusals: Vec<_> = made.iter().filter(is_final).copied().collect();
                        if !refusals.is_empty() {
                            known.push(Some((ErrorKind::Cursor, false)));
                        }
                        known.extend(refusals);
                        // A walk resumed where the server counts no videos has a bad cursor.
                        let is_emptied = error.kind() == ErrorKind::Cursor
                            && place.is_some()
                            && listing.ids().is_empty();
                        known.extend(is_emptied.then_some(Some((ErrorKind::Cursor, false))));
                        // On a busy machine a good reply may take longer than a short timeout.
                        known.extend(slowly.then_some(TIMEOUT));
                        // A dropped stream may have sent further requests while it read ahead.
                        known.retain(|_| read_ahead == 0 || !resumes);
                        outcome.wrong.extend(complaint(&error, &known, attempts));
                        if error.cursor() != Some(&walker.cursor()) {
                            outcome.wrong.push(format!("{error} has another cursor"));
                        }
                        if is_emptied {
                            place = None;
                            requests += walker.stats().requests;
                            continue 'walk;
                        }
                    }
                }
                if resumes && (failed || rng.u8(..8) == 0) {
                    place = Some(walker.cursor().to_string());
                    requests += walker.stats().requests;
                    continue 'walk;
                }
                if failed && !walker.rearm() {
                    outcome.wrong.push("an error left nothing to rearm".into());
                }
            }
            requests += walker.stats().requests;
            return walker.end();
        }
    });
    let end = walked.await;
    outcome.hung = end.is_err();
    let mut sent = server.requests();
    sent.retain(|request| mark.is_on(request));
    faults.fetch_add(sent.len() as u64 - scripted.load(Relaxed), Relaxed);
    if !matches!(end, Ok(Some(Ended::Exhausted | Ended::CapReached { .. })) | Err(_)) {
        outcome.wrong.push(format!("it ended as {end:?}"));
    }
    if read_ahead == 0 && !slowly && requests < sent.len() as u64 {
        let sent: Vec<_> = sent.iter().map(|sent| (sent.connection, &sent.target)).collect();
        outcome.wrong.push(format!("{requests} requests counted, these were sent: {sent:?}"));
    }
    let mut wanted = listing.ids();
    wanted.truncate(cap);
    let unique: HashSet<_> = got.iter().collect();
    outcome.lost = wanted.iter().filter(|id| !unique.contains(id)).count();
    outcome.repeated = got.len() - unique.len();
    if outcome.lost + outcome.repeated == 0 && got != wanted {
        outcome.wrong.push(format!("{got:?} is not {wanted:?}"));
    }
    // An endless walk has thousands.
    outcome.wrong.truncate(3);
    outcome
}

fn tries(attempts: u32) -> RetryPolicy {
    RetryPolicy::default().max_attempts(attempts).base_delay(Duration::ZERO)
}

/// What is wrong with a walk that is resumed while no server listens. It must keep its cursor.
async fn refused(listing: &Listing, place: &str, attempts: u32, by_page: bool) -> Option<String> {
    let client = listing.client(refused_url()).retry(tries(attempts)).build().unwrap();
    let query = client.videos().resume_from(place.parse().unwrap());
    let finished = place.parse::<Cursor>().unwrap().is_finished();
    let mut walker = Walker::open(query, by_page);
    match walker.next().await {
        None if finished => None,
        Some(Err(error)) if error.cursor().map(Cursor::to_string).as_deref() == Some(place) => {
            complaint(&error, &[NETWORK], attempts)
        }
        other => Some(format!("after a refused connection: {other:?}")),
    }
}

/// What is wrong with an error, which must be one of `known` unless that is empty.
fn complaint(error: &Error, known: &[Expected], attempts: u32) -> Option<String> {
    let text = format!("{error} {error:?}");
    if text.contains(CANARY) {
        return Some(format!("a secret shows: {text}"));
    }
    let seen = (error.kind(), error.is_retryable());
    if !known.is_empty() && !known.contains(&Some(seen)) {
        return Some(format!("expected one of {known:?}, got {text}"));
    }
    let tried = error.attempts();
    let right = if error.is_retryable() { tried == attempts } else { tried <= attempts };
    (!right).then(|| format!("{attempts} attempts allowed: {text}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_faults_lose_and_repeat_no_video() {
    let (seed, wanted) = (seed(), count("FAULTS", 10_000));
    println!("FAULTS={wanted} SEED={seed}");
    let (begun, mut rng) = (Instant::now(), Rng::with_seed(seed));
    let faults = Arc::new(AtomicU64::default());
    let met = Arc::clone(&faults);
    let seeds = std::iter::from_fn(|| (met.load(Relaxed) < wanted).then(|| rng.u64(..)));
    let mut walks = stream::iter(seeds)
        .map(|seed| {
            let walk = walk(seed, Arc::clone(&faults));
            async move { (seed, walk.await) }
        })
        .buffer_unordered(8);
    let (mut walked, mut lost, mut repeated, mut hung, mut bad) = (0, 0, 0, 0, Vec::new());
    while let Some((seed, outcome)) = walks.next().await {
        walked += 1;
        lost += outcome.lost;
        repeated += outcome.repeated;
        hung += usize::from(outcome.hung);
        if outcome.lost + outcome.repeated + outcome.wrong.len() > 0 || outcome.hung {
            bad.push((seed, outcome));
        }
    }
    println!(
        "{} faults in {walked} walks and {:.1} s: {lost} lost, {repeated} repeated, {hung} hung",
        faults.load(Relaxed),
        begun.elapsed().as_secs_f64(),
    );
    assert!(
        bad.is_empty(),
        "{} walks failed, for example {:#?}",
        bad.len(),
        &bad[..bad.len().min(3)]
    );
}
