//! `JsonLog`: writes the log as JSON lines, for a program that reads the events of a run.

use std::fmt::Debug;
use std::path::PathBuf;

use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use crate::env::Out;
use crate::output::stamped;

/// Writes each event of the log as a JSON line with the event `log`.
pub(crate) struct JsonLog {
    pub(crate) stderr: Out,
    /// The path of the run; `None` for stdout.
    pub(crate) path: Option<PathBuf>,
}

impl<S: Subscriber> Layer<S> for JsonLog {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let mut fields = LogFields::default();
        event.record(&mut fields);
        let message = fields.0.remove("message");
        let metadata = event.metadata();
        let line = json!({
            "event": "log",
            "level": metadata.level().as_str(),
            "target": metadata.target(),
            "message": message,
            "fields": fields.0,
        });
        self.stderr.clone().say_log(stamped(line, self.path.as_deref()));
    }
}

/// The fields of an event.
#[derive(Default)]
struct LogFields(Map<String, Value>);

impl Visit for LogFields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}
