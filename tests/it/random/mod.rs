//! Random tests. CI runs small counts; environment variables set larger ones.

mod cursor_size;
mod faults;
mod model_walk;
mod position;
mod resume;
mod small_scope;
mod video;
