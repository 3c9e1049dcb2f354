//! Detects presigned URLs. Until such a URL expires, anyone who has it can download the video.

/// Query parameters that carry a signature, in addition to names that contain `signature`.
///
/// They are used by the large clouds and content delivery networks.
const SIGNATURE_NAMES: [&str; 19] = [
    "__gda__",
    "access_token",
    "auth",
    "auth_key",
    "auth_token",
    "hash",
    "hdnea",
    "hdntl",
    "hdnts",
    "hmac",
    "jwt",
    "key-pair-id",
    "policy",
    "q-sign-algorithm",
    "sig",
    "sign",
    "token",
    "verify",
    "x-amz-security-token",
];

/// Whether the whole text is a URL with a signature in its query.
pub(super) fn is_presigned(text: &str) -> bool {
    let text = text.trim().split('#').next().unwrap_or_default();
    let lower = text.get(..8).unwrap_or_default().to_ascii_lowercase();
    let is_url = (lower.starts_with("https://") || lower.starts_with("http://"))
        && !text.contains(|char: char| char.is_whitespace());
    let Some((_, query)) = text.split_once('?').filter(|_| is_url) else { return false };
    query.split(['&', ';']).any(|parameter| {
        parameter.split_once('=').is_some_and(|(name, value)| !value.is_empty() && signs(name))
    })
}

fn signs(name: &str) -> bool {
    let name = percent_encoding::percent_decode_str(name).decode_utf8_lossy().to_ascii_lowercase();
    name.contains("signature") || SIGNATURE_NAMES.contains(&&*name)
}

/// Whether a field with this name usually holds presigned URLs.
///
/// `video_page_url` does not, because that page requires a login.
pub(crate) fn holds_presigned(name: &str) -> bool {
    name.ends_with("_url") && name != "video_page_url"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_with_a_signature_in_its_query_is_presigned() {
        for url in [
            "https://files.example/v.mp4?Expires=1&Signature=x",
            "HTTPS://files.example/v.mp4?Signature=x",
            "http://127.0.0.1/v.mp4?X-Amz-Date=1&X-Amz-Signature=ab#t=1",
            "https://files.example/v.mp4?X%2DGoog%2DSignature=ab",
            "https://a.blob.example/v.mp4?sv=1&sig=a%2Bb",
            "https://files.example/v.mp4?Policy=e30_&Key-Pair-Id=K",
            "https://cdn.example/v.mp4?hdnts=exp=1~hmac=ab",
            "https://cdn.example/v.mp4?token=ab&expires=1",
            " https://files.example/v.mp4?Signature=x\n",
        ] {
            assert!(is_presigned(url), "{url}");
        }
    }

    #[test]
    fn text_and_unsigned_urls_are_not_presigned() {
        for text in [
            "https://shop.example is ours. Questions? Ask Bob.",
            "https://wiki.example/?signature=x (internal)",
            "see https://files.example/v.mp4?Signature=x",
            "https://app.example/videos/v_123",
            "https://app.example/videos?id=v_123&design=flat",
            "https://app.example/?signature=",
            "https://app.example/#?signature=x",
            "ftp://files.example/v.mp4?Signature=x",
            "/v.mp4?Signature=x",
            "https:/",
            "hällo wörld",
            "",
        ] {
            assert!(!is_presigned(text), "{text}");
        }
    }
}
