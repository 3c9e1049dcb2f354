//! `Catalog`: which fields are sent, and how. Discovery writes one.

use serde_json::{Map, Value, json};

use super::json::{object, text, truth, usage};
use super::schema::{JsonType, KEY, REPLICATION_KEY, STREAM, StreamField, schema_of};
use super::selection::{Method, StreamSelection};
use crate::export::ExportError;

const WHAT: &str = "catalog";

/// A Singer catalog: whether the videos are sent, which of their fields, and with which replication
/// method.
///
/// ```
/// use heygen_videos::tap::Catalog;
///
/// let discovered = Catalog::discover();
/// let catalog = Catalog::from_json(&discovered)?;
/// assert!(catalog.is_selected());
/// # Ok::<(), heygen_videos::export::ExportError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Catalog {
    /// `None` if the stream is not selected.
    pub(super) selection: Option<StreamSelection>,
}

impl Catalog {
    /// The catalog of this tap, as JSON text. It selects everything by default.
    #[must_use]
    pub fn discover() -> String {
        let fields: Vec<_> = StreamField::documented().collect();
        let stream = json!({
            "breadcrumb": [],
            "metadata": {
                "inclusion": "available",
                "selected-by-default": true,
                "table-key-properties": [KEY],
                "valid-replication-keys": [REPLICATION_KEY],
            },
        });
        let of_field = |field: &StreamField| {
            let metadata = if StreamField::is_automatic(&field.name) {
                json!({ "inclusion": "automatic" })
            } else {
                json!({ "inclusion": "available", "selected-by-default": true })
            };
            json!({ "breadcrumb": ["properties", field.name], "metadata": metadata })
        };
        let metadata: Vec<_> = [stream].into_iter().chain(fields.iter().map(of_field)).collect();
        // The text is JSON, so this cannot fail.
        let schema: Value = serde_json::from_str(&schema_of(&fields)).unwrap_or_default();
        let catalog = json!({ "streams": [{
            "tap_stream_id": STREAM,
            "stream": STREAM,
            "key_properties": [KEY],
            "replication_key": REPLICATION_KEY,
            "replication_method": "INCREMENTAL",
            "schema": schema,
            "metadata": metadata,
        }] });
        format!("{catalog:#}")
    }

    /// Reads a catalog: with `selected` in the metadata, or in the streams as older taps have it.
    ///
    /// A field follows `inclusion`, `selected` and `selected-by-default` of its metadata, in this
    /// order; without them it is selected. `video_id` and `created_at` are always sent.
    ///
    /// # Errors
    ///
    /// [`ExportErrorKind::Usage`](crate::export::ExportErrorKind::Usage) if the text is not a
    /// catalog, or selects a stream, a replication method or a replication key that this tap does
    /// not have.
    pub fn from_json(json: &str) -> Result<Self, ExportError> {
        let catalog = object(WHAT, json)?;
        let Some(Value::Array(streams)) = catalog.get("streams") else {
            return Err(usage("the catalog has no list 'streams'".into())
                .hint_at("make a catalog with --discover"));
        };
        let mut selection = None;
        for stream in streams {
            let Value::Object(stream) = stream else {
                return Err(usage("an entry of 'streams' in the catalog is not an object".into()));
            };
            if !is_selected(stream)? {
                continue;
            }
            let id = match text(WHAT, stream, "tap_stream_id")? {
                Some(id) => id,
                None => text(WHAT, stream, "stream")?.unwrap_or_default(),
            };
            if id != STREAM {
                return Err(usage(format!("the catalog selects the stream '{id}'"))
                    .hint_at("this tap has one stream, 'videos': deselect all others"));
            }
            selection = Some(read_selection(stream)?);
        }
        Ok(Self { selection })
    }

    /// Whether the videos are selected.
    #[must_use]
    pub fn is_selected(&self) -> bool {
        self.selection.is_some()
    }
}

impl Default for Catalog {
    /// Selects everything, and INCREMENTAL replication.
    fn default() -> Self {
        Self { selection: Some(StreamSelection::default()) }
    }
}

/// The breadcrumb of a node, and its metadata.
type MetadataNode<'c> = (Vec<&'c str>, &'c Map<String, Value>);

/// The metadata of a stream.
fn nodes(stream: &Map<String, Value>) -> Result<Vec<MetadataNode<'_>>, ExportError> {
    let wrong = || usage("'metadata' in the catalog must be a list of breadcrumbs".into());
    let entries = match stream.get("metadata") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(entries)) => entries,
        Some(_) => return Err(wrong()),
    };
    let mut nodes = Vec::new();
    for entry in entries {
        let breadcrumb = entry.get("breadcrumb").and_then(Value::as_array);
        let words = |breadcrumb: &'_ Vec<Value>| breadcrumb.iter().all(Value::is_string);
        let metadata = entry.get("metadata").and_then(Value::as_object);
        let (Some(breadcrumb), Some(metadata)) = (breadcrumb.filter(|b| words(b)), metadata) else {
            return Err(wrong());
        };
        nodes.push((breadcrumb.iter().filter_map(Value::as_str).collect(), metadata));
    }
    Ok(nodes)
}

/// Whether a node is selected; `None` if its metadata does not say.
fn choice(metadata: &Map<String, Value>) -> Result<Option<bool>, ExportError> {
    let selected = truth(WHAT, metadata, "selected")?;
    let by_default = truth(WHAT, metadata, "selected-by-default")?;
    Ok(match text(WHAT, metadata, "inclusion")? {
        Some("automatic") => Some(true),
        Some("unsupported") => Some(false),
        _ => selected.or(by_default),
    })
}

fn is_selected(stream: &Map<String, Value>) -> Result<bool, ExportError> {
    let nodes = nodes(stream)?;
    let root = nodes.iter().find(|(breadcrumb, _)| breadcrumb.is_empty());
    let by_metadata = match root {
        Some((_, metadata)) => {
            truth(WHAT, metadata, "selected")?.or(truth(WHAT, metadata, "selected-by-default")?)
        }
        None => None,
    };
    let legacy = || match truth(WHAT, stream, "selected")? {
        Some(selected) => Ok(Some(selected)),
        None => match stream.get("schema") {
            Some(Value::Object(schema)) => truth(WHAT, schema, "selected"),
            _ => Ok(None),
        },
    };
    let selected = match by_metadata {
        Some(selected) => Some(selected),
        None => legacy()?,
    };
    // A catalog without metadata cannot deselect a stream, so the stream counts as selected.
    Ok(selected.unwrap_or(nodes.is_empty()))
}

fn read_selection(stream: &Map<String, Value>) -> Result<StreamSelection, ExportError> {
    let nodes = nodes(stream)?;
    let root = nodes.iter().find(|(breadcrumb, _)| breadcrumb.is_empty());
    let setting = |in_metadata: &str, in_stream: &str| match root {
        Some((_, metadata)) if metadata.get(in_metadata).is_some_and(|value| !value.is_null()) => {
            text(WHAT, metadata, in_metadata)
        }
        _ => text(WHAT, stream, in_stream),
    };
    let method = match setting("replication-method", "replication_method")? {
        None | Some("INCREMENTAL") => Method::Incremental,
        Some("FULL_TABLE") => Method::FullTable,
        Some(other) => {
            return Err(usage(format!("the replication method '{other}' is not supported"))
                .hint_at("use INCREMENTAL or FULL_TABLE"));
        }
    };
    let key = setting("replication-key", "replication_key")?;
    if key.is_some_and(|key| key != REPLICATION_KEY) && method == Method::Incremental {
        return Err(usage("the replication key of 'videos' must be created_at".into()));
    }
    let mut selection = StreamSelection { method, ..StreamSelection::default() };
    if let Some(name) = text(WHAT, stream, "stream")?.filter(|name| !name.is_empty()) {
        selection.stream = name.to_owned();
    }
    let properties = match stream.get("schema").and_then(|schema| schema.get("properties")) {
        Some(Value::Object(properties)) => Some(properties),
        _ => None,
    };
    for (name, schema) in properties.into_iter().flatten() {
        if let Some(Value::Bool(selected)) = schema.get("selected") {
            selection.choices.insert(name.clone(), *selected);
        }
        if StreamField::documented().all(|field| field.name != *name) {
            selection.added.push(StreamField::new(name, JsonType::of_schema(schema)));
        }
    }
    for (breadcrumb, metadata) in &nodes {
        if let (["properties", name], Some(selected)) = (&breadcrumb[..], choice(metadata)?) {
            selection.choices.insert((*name).to_owned(), selected);
        }
    }
    Ok(selection)
}
