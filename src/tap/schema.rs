//! The fields of the stream and their types, as a JSON schema.

use serde_json::Value;

/// The name of the stream.
pub(super) const STREAM: &str = "videos";
/// The key of the stream.
pub(super) const KEY: &str = "video_id";
/// The replication key of the stream.
pub(super) const REPLICATION_KEY: &str = "created_at";

/// The fields that the schema always names: the columns of an export, and what v3 documents. Fields
/// with presigned URLs are not among them, because their values are left out.
const DOCUMENTED: [(&str, JsonType); 12] = [
    ("video_id", JsonType::Text),
    ("video_title", JsonType::Text),
    ("status", JsonType::Text),
    ("type", JsonType::Text),
    ("folder_id", JsonType::Text),
    ("created_at", JsonType::Time),
    ("completed_at", JsonType::Integer),
    ("duration", JsonType::Number),
    ("failure_code", JsonType::Text),
    ("failure_message", JsonType::Text),
    ("output_language", JsonType::Text),
    ("video_page_url", JsonType::Text),
];

/// The type of a field. Every field except the key may also be null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum JsonType {
    Text,
    /// An RFC 3339 time, as text.
    Time,
    Integer,
    Number,
    Boolean,
    Object,
    Array,
}

/// A field of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StreamField {
    pub(super) name: String,
    /// The name as it is written in JSON, including its quotes.
    pub(super) json_name: String,
    pub(super) json_type: JsonType,
}

impl StreamField {
    pub(super) fn new(name: &str, json_type: JsonType) -> Self {
        Self { name: name.to_owned(), json_name: Value::from(name).to_string(), json_type }
    }

    /// The fields that the schema always names.
    pub(super) fn documented() -> impl Iterator<Item = Self> {
        DOCUMENTED.into_iter().map(|(name, json_type)| Self::new(name, json_type))
    }

    /// Whether the field is sent even if it is not selected.
    pub(super) fn is_automatic(name: &str) -> bool {
        name == KEY || name == REPLICATION_KEY
    }

    /// The JSON schema of this field.
    pub(super) fn schema(&self) -> String {
        let word = self.json_type.as_str();
        match self.json_type {
            _ if self.name == KEY => r#"{"type":"string"}"#.to_owned(),
            JsonType::Time => r#"{"type":["string","null"],"format":"date-time"}"#.to_owned(),
            _ => format!(r#"{{"type":["{word}","null"]}}"#),
        }
    }
}

impl JsonType {
    /// The word for this type in a JSON schema.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Text | Self::Time => "string",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Object => "object",
            Self::Array => "array",
        }
    }

    /// The type that a JSON schema describes; text if it allows several types or names none.
    pub(super) fn of_schema(schema: &Value) -> Self {
        let mut words = match &schema["type"] {
            Value::Array(words) => words.iter().filter_map(Value::as_str).collect(),
            word => Vec::from_iter(word.as_str()),
        };
        words.retain(|word| *word != "null");
        match words[..] {
            ["integer"] => Self::Integer,
            ["number"] => Self::Number,
            ["boolean"] => Self::Boolean,
            ["object"] => Self::Object,
            ["array"] => Self::Array,
            _ => Self::Text,
        }
    }

    /// The type of a field whose first value is this JSON text; `None` for `null`.
    pub(super) fn of_value(json: &str) -> Option<Self> {
        Some(match json.as_bytes().first()? {
            b'n' => return None,
            b't' | b'f' => Self::Boolean,
            b'{' => Self::Object,
            b'[' => Self::Array,
            b'"' => Self::Text,
            _ => Self::Number,
        })
    }
}

/// The JSON schema of records with these fields.
pub(super) fn schema_of(fields: &[StreamField]) -> String {
    let mut schema =
        r#"{"type":"object","additionalProperties":true,"required":["video_id"],"properties":{"#
            .to_owned();
    for (index, field) in fields.iter().enumerate() {
        if index > 0 {
            schema.push(',');
        }
        schema.push_str(&field.json_name);
        schema.push(':');
        schema.push_str(&field.schema());
    }
    schema.push_str("}}");
    schema
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_schema_names_every_documented_field_with_its_type() {
        let fields: Vec<_> = StreamField::documented().collect();
        let schema: Value = serde_json::from_str(&schema_of(&fields)).unwrap();
        assert_eq!(schema["required"], json!(["video_id"]));
        let properties = schema["properties"].as_object().unwrap();
        assert_eq!(properties.len(), DOCUMENTED.len());
        assert_eq!(properties["video_id"], json!({ "type": "string" }));
        assert_eq!(properties["duration"], json!({ "type": ["number", "null"] }));
        let time = json!({ "type": ["string", "null"], "format": "date-time" });
        assert_eq!(properties["created_at"], time);
    }

    #[test]
    fn the_type_of_a_schema_is_read_in_each_of_its_forms() {
        for (schema, json_type) in [
            (json!({ "type": "integer" }), JsonType::Integer),
            (json!({ "type": ["null", "number"] }), JsonType::Number),
            (json!({ "type": ["string", "null"], "format": "date-time" }), JsonType::Text),
            (json!({ "type": ["string", "integer"] }), JsonType::Text),
            (json!({ "anyOf": [] }), JsonType::Text),
            (json!(null), JsonType::Text),
        ] {
            assert_eq!(JsonType::of_schema(&schema), json_type, "{schema}");
        }
    }
}
