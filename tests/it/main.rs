//! The integration tests: one binary, a file a topic.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails loudly")]

#[cfg(feature = "cli")]
mod cli_disk;
#[cfg(feature = "cli")]
mod cli_export;
#[cfg(feature = "cli")]
mod cli_key;
#[cfg(feature = "cli")]
mod cli_kill;
#[cfg(feature = "cli")]
mod cli_list;
#[cfg(all(feature = "cli", target_os = "linux"))]
mod cli_memory;
#[cfg(feature = "cli")]
mod cli_resume;
#[cfg(feature = "cli")]
mod cli_signals;
#[cfg(feature = "cli")]
mod cli_usage;
mod contract;
mod cursor_size;
#[cfg(feature = "export")]
mod export_edges;
#[cfg(feature = "export")]
mod export_format;
#[cfg(feature = "export")]
mod export_race;
#[cfg(feature = "export")]
mod export_refused;
#[cfg(feature = "export")]
mod export_restart;
#[cfg(feature = "export")]
mod export_resume;
mod export_saving;
mod fault_server;
mod faults;
mod faults_connection;
mod faults_random;
mod faults_size;
mod model_walk;
mod no_page;
mod odd_answers;
mod pace;
mod page_stream;
mod place_random;
mod promises_asking;
mod promises_going_on;
mod promises_stream;
mod refused;
mod refused_query;
mod resume;
mod secrets;
mod statuses;
mod support;
mod tls;
mod tracing_events;
mod video;
mod video_random;
mod waiting;
mod wire;
