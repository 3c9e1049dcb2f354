//! The links of a sheet: which cell links to which URL.

use std::io::{self, Write};

use flate2::Compression;

use super::zip::Deflated;

/// How many links Excel allows on a sheet.
const MAX_LINKS: u32 = 65_530;
/// The longest link that Excel allows, in UTF-16 units. Links here are ASCII.
const MAX_LENGTH: usize = 2_079;

/// The links so far. They come after the rows in the file, so they are kept compressed until then.
#[derive(Debug)]
pub(super) struct Links {
    count: u32,
    /// The list of cells, which is part of the sheet.
    pub(super) cells: Vec<u8>,
    /// The list of addresses, which is a separate part of the archive.
    addresses: Deflated<Vec<u8>>,
}

impl Links {
    pub(super) fn new() -> io::Result<Self> {
        let mut addresses = Deflated::new(Vec::new(), Compression::default());
        addresses.write_all(super::parts::RELATIONSHIPS.as_bytes())?;
        Ok(Self { count: 0, cells: Vec::new(), addresses })
    }

    /// Links the cell; returns false if there are too many links or if the text is not a link.
    pub(super) fn add(&mut self, cell: std::fmt::Arguments<'_>, text: &str) -> io::Result<bool> {
        if self.count == MAX_LINKS || !is_link(text) {
            return Ok(false);
        }
        self.count += 1;
        let (address, fragment) = match text.split_once('#') {
            Some((address, fragment)) => (address, Some(fragment)),
            None => (text, None),
        };
        let address = address.replace('&', "&amp;");
        write!(self.cells, r#"<hyperlink ref="{cell}" r:id="rId{}""#, self.count)?;
        if let Some(fragment) = fragment {
            write!(self.cells, r#" location="{}""#, fragment.replace('&', "&amp;"))?;
        }
        self.cells.extend_from_slice(b"/>");
        write!(
            self.addresses,
            r#"<Relationship Id="rId{}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink" Target="{address}" TargetMode="External"/>"#,
            self.count
        )?;
        Ok(true)
    }

    /// The part with the addresses, if there are any.
    pub(super) fn into_addresses(mut self) -> io::Result<Option<Deflated<Vec<u8>>>> {
        self.addresses.write_all(b"</Relationships>")?;
        Ok((self.count > 0).then_some(self.addresses))
    }
}

/// Whether the text as a whole is an http or https URL that Excel accepts unchanged.
///
/// Excel reports a workbook as damaged if an address is not a valid URI, so a doubtful URL is left
/// as text.
fn is_link(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let Some(rest) = rest.filter(|_| text.len() <= MAX_LENGTH) else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, port) = host.split_once(':').unwrap_or((host, "443"));
    let is_host = host.starts_with(|char: char| char.is_ascii_alphanumeric())
        && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
        && !host.contains("..");
    let is_uri = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~:/?#@!$&'()*+,;=%".contains(&byte))
            && text.split('%').skip(1).all(|rest| {
                rest.len() >= 2 && rest.as_bytes()[..2].iter().all(u8::is_ascii_hexdigit)
            })
    };
    is_host && port.parse::<u16>().is_ok() && is_uri(rest) && rest.matches('#').count() <= 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_and_valid_url_is_a_link() {
        for link in [
            "https://app.example/videos/v_1",
            "http://127.0.0.1:8080/?a=1&b=%20c#d",
            "https://app.example",
        ] {
            assert!(is_link(link), "{link}");
        }
        let long = format!("https://app.example/{}", "a".repeat(2_060));
        for text in [
            "https://",
            "https:///x",
            "https://-x/",
            "https://a..b/",
            "https://a:99999/",
            "https://a:x/",
            "https://a/ b",
            "https://a/\"",
            "https://a/<b>",
            "https://a/%2",
            "https://a/%zz",
            "https://a/é",
            "https://u:p@a/",
            "https://[::1]/",
            "https://a/#b#c",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "=HYPERLINK(1)",
            &long,
            "",
        ] {
            assert!(!is_link(text), "{text}");
        }
    }
}
