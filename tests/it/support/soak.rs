//! How much a random test does, and where it starts: small and anywhere, unless it is told.

#[track_caller]
fn from_env(name: &str) -> Option<u64> {
    Some(std::env::var(name).ok()?.parse().expect("a number"))
}

/// The count in this variable of the environment.
#[track_caller]
pub(crate) fn count(name: &str, otherwise: u64) -> u64 {
    from_env(name).unwrap_or(otherwise)
}

/// The seed in `SEED`.
#[track_caller]
pub(crate) fn seed() -> u64 {
    from_env("SEED").unwrap_or_else(|| fastrand::u64(..))
}
