//! How the summaries and warnings of an export, a sync and a tap are written as JSON.

use std::fmt::Display;
#[cfg(feature = "sqlite")]
use std::path::Path;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::time::rfc3339;
use crate::api_version::ApiVersion;

pub(crate) fn seconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64())
}

pub(crate) fn time<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&rfc3339(*time))
}

pub(crate) fn optional_time<S: Serializer>(
    time: &Option<SystemTime>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    time.map(rfc3339).serialize(serializer)
}

pub(crate) fn version<S: Serializer>(
    version: &ApiVersion,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(version.as_str())
}

/// A path that is not Unicode is written with replacement characters.
#[cfg(feature = "sqlite")]
pub(crate) fn path<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&path.to_string_lossy())
}

/// A path that is not Unicode is written with replacement characters.
pub(crate) fn optional_path<S: Serializer>(
    path: &Option<PathBuf>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    path.as_ref().map(|path| path.to_string_lossy()).serialize(serializer)
}

/// Writes a warning as an object: a word for programs, and a sentence for people.
pub(crate) fn warning<S: Serializer>(
    kind: &str,
    message: &impl Display,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut object = serializer.serialize_struct("Warning", 2)?;
    object.serialize_field("kind", kind)?;
    object.serialize_field("message", &message.to_string())?;
    object.end()
}
