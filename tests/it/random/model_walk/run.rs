//! Runs one case on a simulator, and compares every item with the model.
//!
//! Without read-ahead the model predicts every item and the exact number of requests. With it, the
//! scheduler decides when a page is requested, so only bounds are checked.

mod check;

use std::collections::{HashMap, HashSet, VecDeque};

use futures::FutureExt;
use heygen_videos::simulator::{Fault, Simulator};
use heygen_videos::{Client, Cursor, End, ErrorKind, RetryPolicy, Video, VideoStatus};
use proptest::test_runner::TestCaseError;
use proptest::{prop_assert, prop_assert_eq};

use super::case::{Case, Change, Leg, Step, Trouble};
use super::reference::{Account, Position, SortKey, Walk, count_repeated};
use super::tally::Tally;
use crate::support::walk::Walker;

type Checked<T = ()> = std::result::Result<T, TestCaseError>;

/// The state of one case.
struct Run {
    simulator: Simulator,
    client: Client,
    account: Account,
    script: VecDeque<Trouble>,
    /// Every video that ever existed, with every status that it had.
    known: HashMap<String, (SortKey, HashSet<&'static str>)>,
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
    largest_page: u64,
    /// Whether a request of a killed stream may still arrive.
    stray: bool,
    strays: u64,
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
    let simulator = Simulator::builder().videos(0).start().await.unwrap();
    let client = simulator.client_builder().api(case.api).retry(RetryPolicy::none());
    let mut run = Run {
        client: client.build().unwrap(),
        simulator,
        account: Account::new(),
        script: VecDeque::new(),
        known: HashMap::new(),
        due: HashSet::new(),
        yielded: HashSet::new(),
        last_yielded: None,
        cursor: None,
        position: Position::After(None),
        exact: case.legs.iter().all(|leg| leg.read_ahead == 0),
        creations: 0,
        largest_page: 0,
        stray: false,
        strays: 0,
        tally: Tally::default(),
    };
    for (number, created_at) in case.listing.iter().enumerate() {
        run.put(&SortKey::new(*created_at, &format!("v{number:03}")), "completed");
    }
    run.due = run.known.keys().cloned().collect();
    let (last, before) = case.legs.split_last().unwrap();
    for leg in before {
        run.between(leg);
        run.leg(leg, false).await?;
        run.tally.resumes += 1;
    }
    run.between(last);
    run.leg(last, true).await?;
    run.finished().await?;
    Ok(run.tally)
}

/// Changes of the account.
impl Run {
    fn put(&mut self, key: &SortKey, status: &'static str) {
        let mut video = Video::new(key.id());
        video.created_at = key.created_at();
        video.status = Some(VideoStatus::from(status));
        self.simulator.insert(video);
        self.account.insert(key.clone(), status);
        let known = self.known.entry(key.id().to_owned());
        known.or_insert_with(|| (key.clone(), HashSet::new())).1.insert(status);
    }

    fn change(&mut self, change: &Change) {
        self.tally.changes += 1;
        let one = |account: &Account, at: usize| account.keys().cycle().nth(at).cloned();
        match change {
            Change::Create(created_at) => {
                let id = format!("n{:03}", self.creations);
                self.creations += 1;
                self.put(&SortKey::new(*created_at, &id), "pending");
            }
            Change::Delete(at) => {
                let Some(key) = one(&self.account, *at) else { return };
                self.account.remove(&key);
                self.due.remove(key.id());
                assert!(self.simulator.remove(key.id()));
            }
            Change::Restate(at, status) => {
                let Some(key) = one(&self.account, *at) else { return };
                self.put(&key, status);
            }
        }
    }

    /// Makes changes while no stream is open. A video that is created behind all yielded ones must
    /// be yielded.
    fn between(&mut self, leg: &Leg) {
        let position: Option<Cursor> = self.cursor.as_ref().map(|text| text.parse().unwrap());
        let over = position.is_some_and(|position| position.is_finished());
        for change in &leg.before {
            let creations = self.creations;
            self.change(change);
            if let Change::Create(created_at) = change {
                let id = format!("n{creations:03}");
                let key = SortKey::new(*created_at, &id);
                if !over
                    && self.last_yielded.as_ref().is_none_or(|last_yielded| *last_yielded < key)
                {
                    self.due.insert(id);
                }
            }
        }
    }
}

/// The streams.
impl Run {
    async fn leg(&mut self, leg: &Leg, to_the_end: bool) -> Checked {
        let mut query = self.client.videos().page_size(leg.page_size).read_ahead(leg.read_ahead);
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
                Step::Change(change) => self.change(change),
                // A request of a killed stream could get this response.
                Step::Script(_) if self.exact && self.stray => {}
                Step::Script(trouble) => {
                    self.simulator.script(match trouble {
                        Trouble::EmptyPage => Fault::EmptyPage,
                        Trouble::Failure => Fault::Status(500),
                    });
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
            prop_assert!(capped || position.is_finished());
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
        if asked || leg.read_ahead > 0 {
            (self.stray, self.strays) = (true, self.strays + 1);
        }
        if self.exact {
            let spare = u64::from(asked && open.walk.would_ask());
            let counted = open.walk.requests..=open.walk.requests + spare;
            prop_assert!(counted.contains(&requests), "{} requests, not {:?}", requests, counted);
        }
        if quiet && !asked && open.items > 0 && self.creations == 0 {
            let limit = open.limit.unwrap_or(1) as u64;
            prop_assert_eq!(requests, (open.items + open.again).div_ceil(limit));
        }
        // Videos that are sent again were on one page, unless new videos pushed them off it. Other
        // than full pages there are the current page, the pages read ahead, and one request of the
        // last poll.
        let listed = open.items + self.largest_page + self.creations;
        let pages = listed / u64::from(leg.page_size) + 1 + leg.read_ahead as u64;
        let most = pages + self.tally.troubles + u64::from(asked);
        prop_assert!(requests <= most, "{} requests, not {}", requests, most);
        Ok(())
    }

    /// Nothing was lost, and the last cursor resumes to nothing without a request.
    async fn finished(&self) -> Checked {
        let lost: Vec<_> = self.due.difference(&self.yielded).collect();
        prop_assert!(lost.is_empty(), "lost {:?}", lost);
        let ids: Vec<_> = self.account.keys().map(|key| key.id().to_owned()).collect();
        prop_assert_eq!(self.simulator.ids(), ids, "the model and the simulator differ");
        // A request is counted before it is sent, so one that was dropped may not have arrived.
        let (sent, arrived) = (self.tally.requests, self.simulator.requests());
        prop_assert!(arrived <= sent && arrived + self.strays >= sent, "{} of {}", arrived, sent);
        let cursor: Cursor = self.cursor.as_ref().unwrap().parse().unwrap();
        let mut rest = Walker::open(self.client.videos().resume_from(cursor), true);
        prop_assert!(rest.next().await.is_none());
        prop_assert_eq!((rest.end(), rest.stats().requests), (Some(End::Exhausted), 0));
        prop_assert!(rest.cursor().is_finished());
        Ok(())
    }
}
