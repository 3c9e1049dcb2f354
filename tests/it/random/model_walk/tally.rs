//! `Tally`: the sums over all cases.

use std::fmt;

/// Sums that show how much the cases test.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) videos: u64,
    pub(super) requests: u64,
    pub(super) resumes: u64,
    pub(super) changes: u64,
    pub(super) troubles: u64,
    pub(super) left_out: u64,
    pub(super) since: u64,
}

impl Tally {
    pub(super) fn add(&mut self, other: Self) {
        self.videos += other.videos;
        self.requests += other.requests;
        self.resumes += other.resumes;
        self.changes += other.changes;
        self.troubles += other.troubles;
        self.left_out += other.left_out;
        self.since += other.since;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { videos, requests, resumes, changes, troubles, left_out, since } = self;
        write!(
            f,
            "{videos} videos, {requests} requests, {resumes} resumes, {changes} changes, \
             {troubles} failures and empty pages, {left_out} repeats left out, {since} walks ended \
             by created_since, 0 lost, 0 repeated"
        )
    }
}
