//! Recipes: short programs for common tasks, each compiled and run by the tests of this crate.
//!
//! They run against the simulator, so that you can try them without a key. In your program, replace
//! `simulator.client()` with [`Client::from_env`](crate::Client::from_env).

#[doc = include_str!("blocking.md")]
pub mod blocking {}

#[doc = include_str!("concurrent_work.md")]
pub mod concurrent_work {}

#[doc = include_str!("logging.md")]
pub mod logging {}

#[doc = include_str!("ndjson_over_http.md")]
pub mod ndjson_over_http {}

#[doc = include_str!("nightly_resume.md")]
pub mod nightly_resume {}

#[doc = include_str!("only_what_is_new.md")]
pub mod only_what_is_new {}

#[doc = include_str!("proxies_and_certificates.md")]
pub mod proxies_and_certificates {}

#[doc = include_str!("several_accounts.md")]
pub mod several_accounts {}

#[doc = include_str!("several_runtimes.md")]
pub mod several_runtimes {}

#[doc = include_str!("tests_without_a_server.md")]
pub mod tests_without_a_server {}
