//! What surrounds the videos of a page: the fields that both versions share.

use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess};
use serde_json::value::RawValue;

use super::entries::{Entries, List};
use super::error_body::{ErrorBody, reports_refusal};
use super::page::{Next, NotAPage, WirePage};
use super::token::NO_REQUEST;
use super::warning::WireWarning;
use crate::video::RawJson;

/// A field of the outermost object, or of v1's `data`.
#[derive(Deserialize, PartialEq)]
#[serde(field_identifier, rename_all = "snake_case")]
pub(super) enum PageKey {
    Code,
    Data,
    Error,
    HasMore,
    NextToken,
    Token,
    Total,
    Videos,
    #[serde(alias = "warnings")]
    Warning,
    #[serde(other)]
    Other,
}

/// Reads the value of a field as its text.
pub(super) fn raw<'de, A: MapAccess<'de>>(map: &mut A) -> Result<RawJson<'de>, A::Error> {
    map.next_value::<&'de RawValue>().map(|raw| RawJson(raw.get()))
}

/// The fields that show whether the body is a page, and the notice that the API will end.
#[derive(Default)]
pub(super) struct Envelope<'de> {
    pub(super) code: Option<RawJson<'de>>,
    error: Option<RawJson<'de>>,
    warning: Option<Box<WireWarning>>,
}

impl<'de> Envelope<'de> {
    /// Reads the value of a shared field, and skips the value of any other field.
    pub(super) fn read<A: MapAccess<'de>>(
        &mut self,
        key: PageKey,
        map: &mut A,
    ) -> Result<(), A::Error> {
        let to = match key {
            PageKey::Code => &mut self.code,
            PageKey::Error => &mut self.error,
            PageKey::Warning => {
                let warning = WireWarning::read(raw(map)?);
                self.warning = self.warning.take().or(warning);
                return Ok(());
            }
            _ => return map.next_value::<IgnoredAny>().map(drop),
        };
        *to = Some(raw(map)?);
        Ok(())
    }

    /// Builds the page from what was read, or returns why the body is not a page. If `no_page` is
    /// set, it is the reason why the body cannot be a page. If `next` is an error, the page is
    /// unusable.
    pub(super) fn into_page(
        self,
        no_page: Option<&str>,
        entries: Entries,
        next: Result<Next, NotAPage>,
        total: Option<u64>,
    ) -> Result<WirePage, NotAPage> {
        if reports_refusal(self.code, self.error) {
            // `decode` reads the reason.
            return Err(NotAPage::Refused(ErrorBody::default()));
        }
        if let Some(why) = no_page {
            return Err(NotAPage::Other(why.into()));
        }
        let next = next?;
        // The server must get its token back byte for byte.
        if matches!(&next, Next::Token(token) if entries.may_be_altered(token)) {
            let what = "half a surrogate pair in the token of the next page";
            return Err(NotAPage::Unusable(what.into(), NO_REQUEST));
        }
        let is_null = entries.list == List::Null;
        let Entries { videos, skipped, first_bad, .. } = entries;
        let first_skipped = match first_bad {
            Some(bad) if skipped == 0 => return Err(NotAPage::BadEntry(bad.to_string())),
            bad => bad.map(|bad| bad.to_string()),
        };
        let warning = self.warning;
        Ok(WirePage { videos, next, total, is_null, skipped, first_skipped, warning })
    }
}
