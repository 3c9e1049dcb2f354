//! Bodies of valid pages of both API versions.

use std::fmt::Display;

/// A page of v1. Ids and token are inserted without escaping.
pub(crate) fn page_v1<Id: Display>(
    ids: impl IntoIterator<Item = Id>,
    token: Option<&str>,
    total: u64,
) -> String {
    let videos = join(ids, |id| {
        format!(
            r#"{{"video_id":"{id}","status":"completed","video_title":"My Title","created_at":1759560467,"type":"GENERATED","folder_id":null}}"#
        )
    });
    let token = quoted(token);
    format!(
        r#"{{"code":100,"data":{{"videos":[{videos}],"token":{token},"total":{total}}},"msg":null,"message":null}}"#
    )
}

/// A page of v3, with `has_more` true if there is a token.
pub(crate) fn page_v3<Id: Display>(
    ids: impl IntoIterator<Item = Id>,
    token: Option<&str>,
) -> String {
    let videos = join(ids, |id| {
        format!(
            r#"{{"id":"{id}","title":"My Title","status":"completed","created_at":1759560467,"duration":12.4,"folder_id":null}}"#
        )
    });
    let (more, token) = (token.is_some(), quoted(token));
    format!(r#"{{"data":[{videos}],"has_more":{more},"next_token":{token}}}"#)
}

fn join<Id: Display>(
    ids: impl IntoIterator<Item = Id>,
    video: impl Fn(String) -> String,
) -> String {
    ids.into_iter().map(|id| video(plain(&id.to_string()))).collect::<Vec<_>>().join(",")
}

fn quoted(token: Option<&str>) -> String {
    token.map_or_else(|| "null".to_owned(), |token| format!("\"{}\"", plain(token)))
}

#[track_caller]
fn plain(text: &str) -> String {
    let special = |c: char| c == '"' || c == '\\' || c.is_control();
    assert!(!text.contains(special), "{text:?} would need escaping in JSON");
    text.to_owned()
}
