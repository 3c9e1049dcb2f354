//! Random tests: small counts in CI, large ones by environment variables.

mod cursor_size;
mod faults;
mod model_walk;
mod position;
mod resume;
mod video;
