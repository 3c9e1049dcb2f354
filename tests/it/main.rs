//! The one integration-test binary: a file a topic, helpers in `support`.

mod fault_server;
mod support;
