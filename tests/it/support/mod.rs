//! What several topics share.

pub(crate) mod log;
pub(crate) mod walk;
