//! Faults of the network and of servers, and the server that makes them.

mod connection;
mod every_fault;
mod odd_answers;
mod server;
mod size;
mod tls;
