//! Faults of networks and servers, and tests of the server that simulates them.

mod connection;
mod every_fault;
mod odd_answers;
mod server;
mod size;
mod tls;
