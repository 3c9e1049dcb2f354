//! The count and the seed of a random test, from environment variables.

#[track_caller]
fn from_env(name: &str) -> Option<u64> {
    Some(std::env::var(name).ok()?.parse().expect("a number"))
}

/// The count in this environment variable.
#[track_caller]
pub(crate) fn count(name: &str, otherwise: u64) -> u64 {
    from_env(name).unwrap_or(otherwise)
}

/// The seed in `SEED`, or a random one.
#[track_caller]
pub(crate) fn seed() -> u64 {
    from_env("SEED").unwrap_or_else(|| fastrand::u64(..))
}
