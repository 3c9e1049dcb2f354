//! Runs one case on a server of its own, and compares every item with the model.
//!
//! Without read-ahead the model predicts every item and the exact number of requests. With it, the
//! scheduler decides when a page is requested, so only bounds are checked.

mod changes;
mod check;

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::{Duration, SystemTime};

use futures::FutureExt;
use heygen_videos::{Client, Cursor, End, ErrorKind, RetryPolicy, Video, VideoQuery};
use proptest::test_runner::TestCaseError;
use proptest::{prop_assert, prop_assert_eq};

use super::case::{Case, Leg, Step, Trouble};
use super::reference::{Account, FIRST_TIME, KnownOrder, Position, SortKey, Walk, count_repeated};
use super::server::Server;
use super::tally::Tally;
use crate::support::walk::Walker;

type Checked<T = ()> = std::result::Result<T, TestCaseError>;

/// The state of one case.
struct Run {
    server: Server,
    client: Client,
    overlap: usize,
    newest_first: bool,
    since: Option<i64>,
    account: Account,
    script: VecDeque<Trouble>,
    /// Every video that ever existed, with every status that it had.
    known: HashMap<String, (SortKey, Option<i64>, HashSet<&'static str>)>,
    /// The ids that must be yielded: listed all the time, and behind everything that was yielded
    /// before they were created.
    due: HashSet<String>,
    yielded: HashSet<String>,
    /// The yielded video that is last in the listing.
    last_yielded: Option<SortKey>,
    cursor: Option<String>,
    position: Position,
    exact: bool,
    creations: u64,
    deletions: u64,
    largest_page: u64,
    /// Whether a request of a killed stream may still arrive.
    stray: bool,
    strays: u64,
    /// Whether `created_since` ended a walk.
    reached: bool,
    tally: Tally,
}

/// One open stream.
struct Open<'a> {
    leg: &'a Leg,
    walker: Walker,
    walk: Walk,
    /// The limit of every request, read from the first one.
    limit: Option<usize>,
    /// How many videos the server will send again.
    again: u64,
    items: u64,
    /// The last video of this stream.
    last: Option<SortKey>,
}

#[derive(Debug, PartialEq, Eq)]
enum Received {
    Videos,
    Failure,
    Nothing,
}

pub(super) async fn run(case: &Case) -> Checked<Tally> {
    let server = Server::start(case.api, case.overlap).await;
    let client = server.client(case.api).retry(RetryPolicy::none());
    let mut run = Run {
        client: client.build().unwrap(),
        server,
        overlap: case.overlap,
        newest_first: case.newest_first,
        since: case.since,
        account: Account::new(),
        script: VecDeque::new(),
        known: HashMap::new(),
        due: HashSet::new(),
        yielded: HashSet::new(),
        last_yielded: None,
        cursor: None,
        position: Position::After(None, KnownOrder::NewestFirst(None)),
        exact: case.legs.iter().all(|leg| leg.read_ahead == 0),
        creations: 0,
        deletions: 0,
        largest_page: 0,
        stray: false,
        strays: 0,
        reached: false,
        tally: Tally::default(),
    };
    for (number, made) in case.listing.iter().enumerate() {
        let id = format!("v{number:03}");
        run.create(*made, &id, "completed");
        run.due.insert(id);
    }
    let (last, before) = case.legs.split_last().unwrap();
    for leg in before {
        run.between(leg);
        run.leg(leg, false).await?;
        run.tally.resumes += 1;
    }
    run.between(last);
    run.leg(last, true).await?;
    run.finished(last.page_size).await?;
    Ok(run.tally)
}

/// The streams.
impl Run {
    /// The query of all streams.
    fn query(&self) -> VideoQuery {
        let query = self.client.videos();
        let time =
            |since: i64| SystemTime::UNIX_EPOCH + Duration::from_secs((FIRST_TIME + since) as u64);
        self.since.map_or(query.clone(), |since| query.created_since(time(since)))
    }

    async fn leg(&mut self, leg: &Leg, to_the_end: bool) -> Checked {
        let mut query = self.query().page_size(leg.page_size).read_ahead(leg.read_ahead);
        if let Some(cap) = leg.cap {
            query = query.max_items(cap);
        }
        if let Some(text) = &self.cursor {
            query = query.resume_from(text.parse().unwrap());
        }
        self.largest_page = self.largest_page.max(leg.page_size.into());
        let mut open = Open {
            leg,
            walker: Walker::open(query, leg.by_page),
            walk: Walk::new(self.position.clone(), leg.cap),
            limit: None,
            again: count_repeated(&self.account, &self.position, &self.yielded),
            items: 0,
            last: None,
        };
        let (changes, troubles) = (self.tally.changes, self.tally.troubles);
        let scripted = !self.script.is_empty();
        let mut received = Received::Videos;
        for step in &leg.steps {
            match step {
                Step::Take(items) => {
                    for _ in 0..*items {
                        received = self.take(&mut open, 0).await?;
                        if received != Received::Videos {
                            break;
                        }
                    }
                }
                Step::Cancel(times) => received = self.take(&mut open, *times).await?,
                Step::Leave => received = self.leave(&mut open).await?,
                Step::Change(change) => self.change(change),
                // A request of a killed stream could get this response.
                Step::Script(_) if self.exact && self.stray => {}
                Step::Script(trouble) => {
                    self.server.shop().script.push_back(*trouble);
                    self.script.push_back(*trouble);
                    self.tally.troubles += 1;
                }
            }
            if received == Received::Nothing || (received == Received::Failure && !leg.rearms) {
                break;
            }
        }
        while to_the_end && received != Received::Nothing {
            received = self.take(&mut open, 0).await?;
        }
        let changed = (changes, troubles) != (self.tally.changes, self.tally.troubles);
        let quiet = self.exact && !changed && !scripted;
        self.close(open, received, quiet).await
    }

    /// Polls once and then not until a request is answered, and takes one item.
    async fn leave(&mut self, open: &mut Open<'_>) -> Checked<Received> {
        let before = self.server.shop().requests;
        let item = open.walker.next().now_or_never();
        if item.is_none() && self.exact {
            while self.server.shop().requests == before {
                tokio::time::sleep(Duration::from_micros(100)).await;
            }
        }
        match item {
            Some(item) => self.check(open, item).await,
            None => self.take(open, 0).await,
        }
    }

    /// Takes one item after this many dropped futures, and checks it.
    async fn take(&mut self, open: &mut Open<'_>, dropped: usize) -> Checked<Received> {
        let mut item = None;
        for _ in 0..dropped {
            item = open.walker.next().now_or_never();
            if item.is_some() {
                break;
            }
            tokio::task::yield_now().await;
        }
        let item = match item {
            Some(item) => item,
            None => open.walker.next().await,
        };
        self.check(open, item).await
    }

    async fn check(
        &mut self,
        open: &mut Open<'_>,
        item: Option<heygen_videos::Result<Vec<Video>>>,
    ) -> Checked<Received> {
        self.check_limit(open)?;
        if self.exact {
            self.check_prediction(open, &item)?;
        }
        match item {
            Some(Ok(videos)) => {
                for video in videos {
                    self.receive(open, &video)?;
                }
                Ok(Received::Videos)
            }
            Some(Err(error)) => {
                prop_assert_eq!(error.kind(), ErrorKind::Server, "{:?}", error);
                let here = open.walker.cursor();
                prop_assert_eq!(error.cursor(), Some(&here));
                prop_assert_eq!(open.walker.end(), Some(End::Failed));
                prop_assert!(open.walker.next().await.is_none(), "an error ends the stream");
                if open.leg.rearms {
                    prop_assert!(open.walker.rearm());
                }
                Ok(Received::Failure)
            }
            None => {
                prop_assert!(open.walker.next().await.is_none(), "it is fused");
                prop_assert!(!open.walker.rearm(), "there was no error");
                Ok(Received::Nothing)
            }
        }
    }

    /// Kills the stream, and checks the number of its requests.
    async fn close(&mut self, mut open: Open<'_>, received: Received, quiet: bool) -> Checked {
        let (leg, position) = (open.leg, open.walker.cursor());
        let text = position.to_string();
        prop_assert_eq!(text.parse::<Cursor>().unwrap(), position.clone());
        if received == Received::Nothing {
            // If a finished cursor was resumed, the cap is not the reason for the end.
            let nothing_left = position.is_finished() && open.walker.stats().requests == 0;
            let capped = leg.cap == Some(open.items) && !nothing_left;
            prop_assert_eq!(matches!(open.walker.end(), Some(End::CapReached { .. })), capped);
            let since = open.walker.end() == Some(End::SinceReached);
            prop_assert!(capped || since || position.is_finished());
            prop_assert!(self.since.is_some() || !since);
            self.tally.since += u64::from(since);
            self.reached |= since;
        }
        self.cursor = Some(text);
        self.position = open.walk.position().clone();
        // An item that is polled after the cursor was saved is lost with the stream.
        let may_ask = received == Received::Videos && (self.script.is_empty() || !self.exact);
        let asked = leg.asks_before_the_kill && may_ask;
        if asked {
            let at_once = open.walker.next().now_or_never().is_some();
            prop_assert!(!self.exact || at_once != open.walk.would_ask());
        }
        let requests = open.walker.stats().requests;
        self.tally.requests += requests;
        self.tally.videos += open.items;
        let repeated = open.walker.stats().repeated;
        prop_assert!(self.overlap > 0 || repeated == 0, "{} repeats", repeated);
        self.tally.left_out += repeated;
        if asked || leg.read_ahead > 0 {
            (self.stray, self.strays) = (true, self.strays + 1);
        }
        if self.exact {
            let spare = u64::from(asked && open.walk.would_ask());
            let counted = open.walk.requests..=open.walk.requests + spare;
            prop_assert!(counted.contains(&requests), "{} requests, not {:?}", requests, counted);
        }
        let plain = self.overlap == 0 && self.since.is_none();
        if quiet && !asked && open.items > 0 && self.creations == 0 && plain {
            let limit = open.limit.unwrap_or(1) as u64;
            prop_assert_eq!(requests, (open.items + open.again).div_ceil(limit));
        }
        // Videos that are sent again were on one page, unless new videos pushed them off it. Other
        // than full pages there are the current page, the pages read ahead, and one request of the
        // last poll.
        let listed = open.items + self.largest_page + self.creations;
        let pages = listed / u64::from(leg.page_size) + 1 + leg.read_ahead as u64;
        let most = pages + self.tally.troubles + u64::from(asked);
        prop_assert!(!plain || requests <= most, "{} requests, not {}", requests, most);
        Ok(())
    }

    /// Nothing was lost, and the last cursor resumes to an empty stream.
    async fn finished(&self, page_size: u32) -> Checked {
        let is_wanted = |id: &&String| {
            let date = self.known[*id].1;
            // Videos without a date come last, where the walk no longer looks.
            self.since.is_none_or(|since| date.map_or(!self.reached, |date| date >= since))
        };
        let lost: Vec<_> = self.due.difference(&self.yielded).filter(is_wanted).collect();
        // Without the order of time, videos may follow the place where a walk ended.
        if self.newest_first || !self.reached {
            prop_assert!(lost.is_empty(), "lost {:?}", lost);
        }
        // A request is counted before it is sent, so one that was dropped may not have arrived.
        let (sent, arrived) = (self.tally.requests, self.server.shop().requests);
        prop_assert!(arrived <= sent && arrived + self.strays >= sent, "{} of {}", arrived, sent);
        let cursor: Cursor = self.cursor.as_ref().unwrap().parse().unwrap();
        let is_finished = cursor.is_finished();
        self.server.shop().script.clear();
        // Of the same size, so that the page has the same last video.
        let query = self.query().page_size(page_size);
        let mut rest = Walker::open(query.resume_from(cursor.clone()), false);
        // Only a finished cursor never yields what was created meanwhile. If videos were deleted from
        // the last page, it ends with others, so the walk may continue.
        if !is_finished && self.creations == 0 && self.deletions > 0 {
            while let Some(videos) = rest.next().await {
                for video in videos.unwrap() {
                    let id = &video.video_id;
                    prop_assert!(!self.yielded.contains(id), "{} again", id);
                }
            }
        } else if is_finished || self.creations == 0 {
            prop_assert!(rest.next().await.is_none());
            let requests = u64::from(!is_finished);
            prop_assert_eq!(rest.stats().requests, requests);
            if is_finished || self.tally.changes == 0 {
                let end = if is_finished { End::Exhausted } else { End::SinceReached };
                prop_assert_eq!(
                    (rest.end(), rest.cursor().is_finished()),
                    (Some(end), is_finished)
                );
            }
        }
        if self.newest_first && !is_finished {
            // Without `created_since` the same cursor continues to all older videos, perhaps except
            // one: an older video that was alone at the end of a page did not end the walk.
            let mut rest = Walker::open(self.client.videos().resume_from(cursor), true);
            let mut ids = self.yielded.clone();
            while let Some(videos) = rest.next().await {
                for video in videos.unwrap() {
                    prop_assert!(ids.insert(video.video_id.clone()), "{} again", video.video_id);
                }
            }
            let lost: Vec<_> = self.due.difference(&ids).collect();
            let is_old = |id: &&&String| {
                self.known[**id].1.zip(self.since).is_some_and(|(date, since)| date < since)
            };
            let old = lost.iter().filter(is_old).count();
            prop_assert!(lost.len() == old && old <= 1, "lost {:?} without created_since", lost);
        }
        Ok(())
    }
}
