//! Faults of networks and servers, and tests of the server that simulates them.

mod connection;
mod content_coding;
mod every_fault;
mod hosts;
mod proxy;
mod redirects;
mod server;
mod size;
mod tls;
mod tls_damage;
mod unusual_errors;
mod unusual_responses;
