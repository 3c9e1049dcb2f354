//! `TapConfig`: the settings of a tap, from its config file.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Span, SpanRelativeTo, Timestamp};
use serde_json::{Map, Value, json};

use super::json::{object, text, truth, usage};
use crate::export::{ExportError, Warning};
use crate::query::VideoQuery;

const WHAT: &str = "config";

/// Every setting, with what it means.
const SETTINGS: [(&str, &str); 8] = [
    ("api_key", "The API key"),
    ("api_key_file", "A file that holds the API key"),
    ("start_date", "Send videos created since then if there is no bookmark, in RFC 3339"),
    ("folder_id", "Send only the videos in this folder"),
    ("title", "Send only the videos whose title matches this text"),
    ("look_back", "How far before the bookmark a run begins, such as 12h or 7d"),
    ("api_url", "The URL of the API"),
    ("emit_activate_version_messages", "Whether FULL_TABLE tells the target to drop older rows"),
];

/// The settings of a tap, from its config file. `Debug` redacts the key.
///
/// ```
/// use heygen_videos::tap::TapConfig;
///
/// let config = TapConfig::from_json(r#"{"api_key": "key", "start_date": "2026-01-01"}"#)?;
/// assert_eq!(config.api_key(), Some("key"));
/// assert!(!format!("{config:?}").contains("key\""));
/// # Ok::<(), heygen_videos::export::ExportError>(())
/// ```
#[derive(Clone, Default)]
pub struct TapConfig {
    api_key: Option<String>,
    api_key_file: Option<PathBuf>,
    api_url: Option<String>,
    folder_id: Option<String>,
    title: Option<String>,
    pub(super) start_date: Option<SystemTime>,
    pub(super) look_back: Option<Duration>,
    pub(super) activate_version: Option<bool>,
    pub(super) warnings: Vec<Warning>,
}

impl TapConfig {
    /// Reads a config: a JSON object. `null` counts as absent, and an unknown setting is a
    /// [warning](Warning::UnknownSetting).
    ///
    /// # Errors
    ///
    /// [`ExportErrorKind::Usage`](crate::export::ExportErrorKind::Usage) if the text is not a JSON
    /// object or a setting has an unusable value. The message names the setting and never shows its
    /// value.
    pub fn from_json(json: &str) -> Result<Self, ExportError> {
        let config = object(WHAT, json)?;
        let setting = |name| not_empty(&config, name);
        if config.get("api_key").is_some_and(|key| !key.is_null())
            && config.get("api_key_file").is_some_and(|file| !file.is_null())
        {
            return Err(usage("the config has both 'api_key' and 'api_key_file'".into())
                .hint_at("leave one of them out"));
        }
        let unknown = config.keys().filter(|name| SETTINGS.iter().all(|(known, _)| known != name));
        Ok(Self {
            api_key: setting("api_key")?,
            api_key_file: setting("api_key_file")?.map(PathBuf::from),
            api_url: setting("api_url")?,
            folder_id: setting("folder_id")?,
            title: setting("title")?,
            start_date: setting("start_date")?.map(|date| start_date(&date)).transpose()?,
            look_back: setting("look_back")?.map(|time| look_back(&time)).transpose()?,
            activate_version: truth(WHAT, &config, "emit_activate_version_messages")?,
            warnings: unknown.map(|name| Warning::UnknownSetting { name: name.clone() }).collect(),
        })
    }

    /// The API key.
    #[must_use]
    pub fn api_key(&self) -> Option<&str> {
        self.api_key.as_deref()
    }

    /// The file that holds the API key.
    #[must_use]
    pub fn api_key_file(&self) -> Option<&Path> {
        self.api_key_file.as_deref()
    }

    /// The URL of the API.
    #[must_use]
    pub fn api_url(&self) -> Option<&str> {
        self.api_url.as_deref()
    }

    /// The only folder whose videos are sent.
    #[must_use]
    pub fn folder_id(&self) -> Option<&str> {
        self.folder_id.as_deref()
    }

    /// The text that titles must match.
    #[must_use]
    pub fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }

    /// Adds the filters of the config to a query.
    pub fn filter(&self, mut query: VideoQuery) -> VideoQuery {
        if let Some(folder) = &self.folder_id {
            query = query.folder_id(folder);
        }
        if let Some(title) = &self.title {
            query = query.title(title);
        }
        query
    }

    /// A JSON schema of the settings.
    #[must_use]
    pub fn schema() -> String {
        let setting = |(name, description): &(&str, &str)| {
            let json_type =
                if *name == "emit_activate_version_messages" { "boolean" } else { "string" };
            let mut setting = json!({ "type": [json_type, "null"], "description": description });
            match *name {
                "api_key" => setting["secret"] = true.into(),
                "start_date" => setting["format"] = "date-time".into(),
                _ => {}
            }
            ((*name).to_owned(), setting)
        };
        let settings: Map<String, Value> = SETTINGS.iter().map(setting).collect();
        json!({ "type": "object", "properties": settings }).to_string()
    }
}

impl fmt::Debug for TapConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TapConfig")
            .field("api_key", &self.api_key.as_ref().map(|_| "[redacted]"))
            .field("api_key_file", &self.api_key_file)
            .field("api_url", &self.api_url)
            .field("folder_id", &self.folder_id)
            .field("title", &self.title)
            .field("start_date", &self.start_date)
            .field("look_back", &self.look_back)
            .field("activate_version", &self.activate_version)
            .finish_non_exhaustive()
    }
}

/// A text setting without surrounding white space. An empty one is refused: ignoring it could
/// select another account or more videos.
fn not_empty(config: &Map<String, Value>, name: &str) -> Result<Option<String>, ExportError> {
    match text(WHAT, config, name)?.map(str::trim) {
        Some("") => Err(usage(format!("'{name}' in the config is empty"))
            .hint_at("give it a value, or leave it out")),
        value => Ok(value.map(str::to_owned)),
    }
}

/// An RFC 3339 time, or a day from midnight UTC.
fn start_date(text: &str) -> Result<SystemTime, ExportError> {
    let day = text.parse::<Date>().ok().filter(|_| text.len() == 10);
    let time = match day {
        Some(day) => TimeZone::UTC.to_timestamp(day.to_datetime(Time::midnight())),
        None => text.parse::<Timestamp>(),
    };
    let time = time.map_err(|_| {
        usage("'start_date' in the config is not a time such as 2026-11-24T00:00:00Z".into())
    })?;
    let seconds = u64::try_from(time.as_second()).unwrap_or(0);
    Ok(UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).unwrap_or(UNIX_EPOCH))
}

/// A duration such as `12h` or `7d`.
fn look_back(text: &str) -> Result<Duration, ExportError> {
    let wrong = || usage("'look_back' in the config is not a time such as 12h or 7d".into());
    let span: Span = text.parse().map_err(|_| wrong())?;
    let time = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| wrong())?;
    Duration::try_from(time).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_setting_is_read() {
        let config = TapConfig::from_json(
            r#"{"api_key": " k\n", "api_url": "http://127.0.0.1:1", "folder_id": "f", "title": "t",
                "start_date": "2026-11-24", "look_back": "7d", "api_key_file": null,
                "emit_activate_version_messages": true}"#,
        )
        .unwrap();
        assert_eq!(config.api_key(), Some("k"));
        assert_eq!(config.api_url(), Some("http://127.0.0.1:1"));
        assert_eq!((config.folder_id(), config.title()), (Some("f"), Some("t")));
        let midnight = UNIX_EPOCH + Duration::from_secs(1_795_478_400);
        assert_eq!(config.start_date, Some(midnight));
        assert_eq!(config.look_back, Some(Duration::from_secs(604_800)));
        assert_eq!((config.activate_version, config.warnings.len()), (Some(true), 0));
    }

    #[test]
    fn a_start_date_has_any_offset_and_a_look_back_any_unit() {
        let at = |text| start_date(text).unwrap().duration_since(UNIX_EPOCH).unwrap().as_secs();
        assert_eq!(at("2026-11-24T01:00:00+01:00"), 1_795_478_400);
        assert_eq!(at("1969-01-01T00:00:00Z"), 0);
        for (text, seconds) in [("90s", 90), ("10m", 600), ("12h", 43_200), ("1d 12h", 129_600)] {
            assert_eq!(look_back(text).unwrap(), Duration::from_secs(seconds));
        }
        for wrong in ["7", "-1d", "soon", "1mo"] {
            assert!(look_back(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_unusable_setting_is_named_and_its_value_is_not_shown() {
        for (config, wanted) in [
            ("canary", "the config is not JSON"),
            ("[\"canary\"]", "the config is JSON, but not an object"),
            (r#"{"api_key": ["canary"]}"#, "'api_key' in the config must be text"),
            (r#"{"api_key": {"canary": 1}}"#, "'api_key' in the config must be text"),
            (r#"{"api_key": " "}"#, "'api_key' in the config is empty"),
            (r#"{"api_key": "canary"#, "the config is not JSON"),
            (r#"{"api_key": "canary", "api_key_file": "f"}"#, "both 'api_key' and 'api_key_file'"),
            (r#"{"start_date": "canary"}"#, "'start_date' in the config is not a time"),
            (r#"{"look_back": "canary"}"#, "'look_back' in the config is not a time"),
            (r#"{"look_back": 7}"#, "'look_back' in the config must be text"),
            (r#"{"emit_activate_version_messages": "canary"}"#, "must be true or false"),
        ] {
            let error = TapConfig::from_json(config).unwrap_err();
            let text = format!("{error} {error:?} {:?}", error.hint());
            assert!(text.contains(wanted), "{text}");
            assert!(!text.contains("canary"), "{text}");
        }
    }

    #[test]
    fn unknown_settings_are_warnings() {
        let config = TapConfig::from_json(r#"{"apikey": 1, "title": "t"}"#).unwrap();
        assert_eq!(config.warnings, [Warning::UnknownSetting { name: "apikey".into() }]);
    }

    #[test]
    fn debug_redacts_the_key() {
        let config = TapConfig::from_json(r#"{"api_key": "canary"}"#).unwrap();
        let debug = format!("{config:?}");
        assert!(!debug.contains("canary") && debug.contains("[redacted]"), "{debug}");
    }
}
