//! Decodes the parameters of a query and finds one by name.

use percent_encoding::percent_decode_str;

/// Decodes the parameters of a query in order. As in a form, `+` is a space.
pub(super) fn parameters(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        percent_decode_str(&text).decode_utf8_lossy().into_owned()
    };
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

/// The value of the first parameter with this name.
pub(super) fn find<'a>(query: &'a [(String, String)], name: &str) -> Option<&'a str> {
    query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded_in_order() {
        let expected = [("a", "1 2"), ("b", "+/="), ("b", ""), ("", "x"), ("é", "&")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(parameters("a=1+2&b=%2B%2F%3D&&b&=x&%C3%A9=%26"), expected);
        assert_eq!(parameters(""), []);
    }
}
