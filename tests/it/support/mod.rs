//! Helpers for the integration tests; nothing here is a test.

pub(crate) mod fault;
