//! One case: an account and a number of syncs of it.

use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use fastrand::Rng;
use futures::FutureExt;
use heygen_videos::export::Outcome;
use heygen_videos::sync::{Sync, SyncError, SyncErrorKind, SyncEvent, SyncMode, SyncSummary};
use heygen_videos::{ApiVersion, Client};
use tempfile::TempDir;

use super::account::{Account, FOLDER, Server, Trouble};
use super::check::{
    Command, Observed, StartedRun, check_complete, check_dry_run, check_unfinished,
};
use super::database::{age, snapshot};

/// What happened in all cases.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) complete: u64,
    pub(super) full: u64,
    pub(super) killed: u64,
    pub(super) failed: u64,
    pub(super) resumed: u64,
    pub(super) refused: u64,
    pub(super) dry_runs: u64,
    pub(super) inserted: u64,
    pub(super) updated: u64,
    pub(super) deleted: u64,
    pub(super) requests: u64,
}

/// The settings that all syncs of a case share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setup {
    pub(super) newest_first: bool,
    pub(super) filtered: bool,
    pub(super) look_back: i64,
    pub(super) unsettled_for: i64,
    pub(super) full_every: i64,
}

struct Case<'a> {
    rng: Rng,
    server: &'a Server,
    clients: [Client; 2],
    setup: Setup,
    path: PathBuf,
    /// The run that is unfinished.
    started: Option<StartedRun>,
    _folder: TempDir,
}

/// How a sync is done.
#[derive(Debug, Clone, Copy)]
struct Way {
    api: usize,
    page_size: u32,
    pages: u32,
    full: bool,
    allow_empty: bool,
    read_ahead: usize,
    /// The number of the event at which the sync is killed.
    kill_at: Option<usize>,
    /// How likely the account changes at an event, out of 8.
    changes: u8,
}

pub(super) async fn run(server: &Server, seed: u64, tally: &mut Tally) -> Result<(), String> {
    let mut rng = Rng::with_seed(seed);
    // Without a disk, a sync of the file costs nothing.
    let memory = Path::new("/dev/shm");
    let folder = match memory.is_dir() {
        true => tempfile::tempdir_in(memory),
        false => tempfile::tempdir(),
    };
    let folder = folder.unwrap();
    let newest_first = rng.u8(..4) > 0;
    let overlap = if rng.u8(..4) == 0 { rng.usize(1..3) } else { 0 };
    let mut account = Account::new(format!("key-{seed}"), newest_first, overlap);
    for _ in 0..rng.usize(..24) {
        account.create_old(&mut rng);
    }
    let clients = server.list(account);
    let setup = Setup {
        newest_first,
        filtered: rng.u8(..4) == 0,
        look_back: rng.choice([0, 2_000, 20_000]).unwrap(),
        unsettled_for: rng.choice([500, 20_500]).unwrap(),
        full_every: rng.choice([5_500, 40_500]).unwrap(),
    };
    let path = folder.path().join("videos.db");
    let mut case = Case { rng, server, clients, setup, path, started: None, _folder: folder };
    let syncs = case.rng.usize(2..9);
    for number in 0..syncs {
        case.between();
        let way = case.way(number + 1 == syncs);
        case.dry_run(way, tally).await?;
        let result = case.sync(way, tally).await;
        result.map_err(|what| format!("sync {number} ({way:?}, {setup:?}): {what}"))?;
    }
    tally.requests += case.server.account().requests;
    Ok(())
}

impl Case<'_> {
    /// Changes the account and lets time pass.
    fn between(&mut self) {
        let seconds = self.rng.choice([0, 0, 1_000, 3_000, 10_000]).unwrap();
        let mut account = self.server.account();
        account.age(seconds);
        age(&self.path, seconds);
        for _ in 0..self.rng.choice([0, 0, 1, 4, 12]).unwrap() {
            account.change(&mut self.rng);
        }
    }

    fn way(&mut self, is_last: bool) -> Way {
        let rng = &mut self.rng;
        let kill_at = (!is_last && rng.u8(..3) == 0).then(|| rng.usize(..12));
        if !is_last && rng.u8(..4) == 0 {
            let trouble = |rng: &mut Rng| {
                rng.choice([Trouble::Failure, Trouble::EmptyPage, Trouble::Refusal]).unwrap()
            };
            let mut account = self.server.account();
            account.script.push_back(Trouble::EmptyPage);
            account.script.extend((0..rng.usize(..3)).map(|_| trouble(rng)));
        }
        Way {
            api: rng.usize(..2),
            page_size: rng.u32(1..7),
            pages: rng.u32(1..4),
            full: rng.u8(..6) == 0,
            allow_empty: rng.u8(..3) == 0,
            read_ahead: rng.usize(..2),
            kill_at,
            changes: rng.choice([0, 0, 2]).unwrap(),
        }
    }

    fn builder(&self, way: Way) -> Sync {
        let query = self.clients[way.api].videos().page_size(way.page_size);
        let query = query.read_ahead(way.read_ahead);
        let query = if self.setup.filtered { query.folder_id(FOLDER) } else { query };
        let seconds = |seconds: i64| Duration::from_secs(seconds as u64);
        Sync::new(query, &self.path)
            .look_back(seconds(self.setup.look_back))
            .unsettled_for(seconds(self.setup.unsettled_for))
            .full_every(seconds(self.setup.full_every))
            .full(way.full)
            .allow_empty(way.allow_empty)
            .checkpoint_every(Duration::from_secs(60), way.pages)
    }

    /// Sometimes asks first what the sync would change, if nothing happens meanwhile.
    async fn dry_run(&mut self, way: Way, tally: &mut Tally) -> Result<(), String> {
        let is_calm = way.kill_at.is_none() && way.changes == 0;
        if !is_calm || !self.server.account().script.is_empty() || self.rng.u8(..4) > 0 {
            return Ok(());
        }
        let before = snapshot(&self.path);
        let dry = self.builder(way).dry_run(true).run(|_| {}).await;
        let dry = dry.map_err(|error| format!("dry run: {error:?}"))?;
        if snapshot(&self.path) != before {
            return Err("a dry run changed the database".into());
        }
        let real = self.sync(way, tally).await?.ok_or("the real run failed")?;
        tally.dry_runs += 1;
        check_dry_run(&dry, &real)
    }

    /// Syncs once and checks the result; `None` if it was killed or failed.
    async fn sync(&mut self, way: Way, tally: &mut Tally) -> Result<Option<SyncSummary>, String> {
        let before = snapshot(&self.path);
        let from = self.server.account().tick();
        let requests = self.server.account().requests;
        let mut observed = Observed { from, runs: Vec::new(), changes: 0 };
        let result = self.run_sync(way, &mut observed).await;
        let account = self.server.account();
        let command = Command {
            setup: self.setup,
            api: [ApiVersion::V1, ApiVersion::V3][way.api],
            page_size: way.page_size as u64,
            full: way.full,
            allow_empty: way.allow_empty,
            before,
            after: snapshot(&self.path),
            until: account.tick(),
            requests: account.requests - requests,
            resumed: self.started,
            observed,
        };
        drop(account);
        self.server.account().script.clear();
        tally.resumed += command.observed.runs.iter().filter(|run| run.is_resumed).count() as u64;
        let summary = match result {
            Some(Ok(summary)) => {
                tally.complete += 1;
                tally.full += u64::from(summary.mode == SyncMode::Full);
                tally.inserted += summary.changes.inserted;
                tally.updated += summary.changes.updated;
                tally.deleted += summary.changes.deleted;
                tally.refused += u64::from(!summary.warnings.is_empty());
                check_complete(&command, &summary, &self.server.account())?;
                Some(summary)
            }
            Some(Err(error)) => {
                tally.failed += 1;
                if error.kind() != SyncErrorKind::Api {
                    return Err(format!("{error:?}"));
                }
                if error.is_resumable() != command.after.unfinished.is_some() {
                    return Err(format!("resumable: {error:?}"));
                }
                check_unfinished(&command, &self.server.account())?;
                None
            }
            None => {
                tally.killed += 1;
                check_unfinished(&command, &self.server.account())?;
                None
            }
        };
        // The unfinished run began with the last `Started` event that was not a resume.
        let runs = command.observed.runs.iter();
        let begun = runs.rev().find(|run| !run.is_resumed).copied().or(self.started);
        self.started = command.after.unfinished.is_some().then_some(begun).flatten();
        Ok(summary)
    }

    /// `None` if the sync was killed.
    async fn run_sync(
        &mut self,
        way: Way,
        observed: &mut Observed,
    ) -> Option<Result<SyncSummary, SyncError>> {
        let sync = self.builder(way);
        let (rng, server, mut events) = (&mut self.rng, self.server, 0);
        let run = sync.run(|event| {
            if way.kill_at == Some(events) {
                // Panic without a message. Everything is dropped in its current state.
                resume_unwind(Box::new(()));
            }
            events += 1;
            let mut account = server.account();
            if let SyncEvent::Started { mode, resumed, floor, .. } = event {
                let tick = account.tick();
                observed.runs.push(StartedRun::new(*mode, *resumed, *floor, tick));
            }
            if rng.u8(..8) < way.changes {
                account.change(rng);
                observed.changes += 1;
            }
        });
        let ended = AssertUnwindSafe(run).catch_unwind().await.ok()?;
        if let Ok(summary) = &ended {
            assert_eq!(summary.outcome, Outcome::Complete);
        }
        Some(ended)
    }
}
