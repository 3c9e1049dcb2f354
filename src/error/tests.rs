use super::*;

#[test]
fn an_error_is_one_word_wide_and_can_cross_threads() {
    fn can_cross<T: Send + Sync + 'static>() {}
    can_cross::<Error>();
    assert_eq!(size_of::<Error>(), size_of::<usize>());
    assert_eq!(size_of::<Result<()>>(), size_of::<usize>());
}

#[test]
fn display_prints_this_error_only_and_the_sources_hold_the_rest() {
    let below = std::io::Error::other("the secret is canary");
    let error = Error::new(ErrorKind::RateLimited, "slow down")
        .with_status(429)
        .with_code(Some("400140".into()), true)
        .with_request_id(Some("r-1".into()))
        .with_attempts(4)
        .with_source(Cause::chain(&below, &|text| text.replace("canary", "…")));
    assert_eq!(
        error.to_string(),
        "rate limited (HTTP 429, code 400140, request r-1) after 4 attempts: slow down"
    );
    let source = error.source().unwrap();
    assert_eq!(source.to_string(), "the secret is …");
    assert!(!format!("{error:?}").contains("canary"));
    assert_eq!(format!("{:?}", error.clone()), format!("{error:?}"));
    assert_eq!(Error::new(ErrorKind::Server, "").to_string(), "server error");
}
