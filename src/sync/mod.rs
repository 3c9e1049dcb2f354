//! The sync: keeps a SQLite database equal to an account.
