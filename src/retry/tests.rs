//! Tests of `RetryPolicy` and of the table of what is retried.

use super::*;

#[test]
fn every_row_of_the_table_is_as_documented() {
    const KNOWN: bool = true;
    const UNKNOWN: bool = false;
    for (kind, status, code_is_known, retried) in [
        (ErrorKind::Network, None, UNKNOWN, true),
        (ErrorKind::Network, Some(200), UNKNOWN, true),
        (ErrorKind::Timeout, None, UNKNOWN, true),
        (ErrorKind::RateLimited, None, UNKNOWN, true),
        (ErrorKind::RateLimited, Some(429), UNKNOWN, true),
        (ErrorKind::RateLimited, Some(400), KNOWN, true),
        (ErrorKind::RateLimited, Some(200), KNOWN, true),
        (ErrorKind::Server, Some(500), UNKNOWN, true),
        (ErrorKind::Server, Some(501), UNKNOWN, false),
        (ErrorKind::Server, Some(502), UNKNOWN, true),
        (ErrorKind::Server, Some(503), UNKNOWN, true),
        (ErrorKind::Server, Some(504), UNKNOWN, true),
        (ErrorKind::Server, Some(505), UNKNOWN, false),
        (ErrorKind::Server, Some(506), UNKNOWN, true),
        (ErrorKind::Server, Some(511), UNKNOWN, false),
        (ErrorKind::Server, Some(520), UNKNOWN, true),
        (ErrorKind::Server, Some(522), UNKNOWN, true),
        (ErrorKind::Server, Some(524), UNKNOWN, true),
        (ErrorKind::Server, Some(530), UNKNOWN, true),
        (ErrorKind::Server, Some(599), UNKNOWN, true),
        (ErrorKind::Server, None, UNKNOWN, true),
        (ErrorKind::Api, Some(304), UNKNOWN, true),
        (ErrorKind::Redirect, Some(304), UNKNOWN, true),
        (ErrorKind::Api, Some(425), UNKNOWN, true),
        (ErrorKind::Api, Some(425), KNOWN, false),
        (ErrorKind::Api, Some(407), UNKNOWN, false),
        (ErrorKind::Api, Some(408), UNKNOWN, true),
        (ErrorKind::Api, Some(408), KNOWN, false),
        (ErrorKind::Api, Some(400), UNKNOWN, false),
        (ErrorKind::Api, Some(404), UNKNOWN, false),
        (ErrorKind::Api, Some(200), KNOWN, false),
        (ErrorKind::InvalidRequest, None, UNKNOWN, false),
        (ErrorKind::Cursor, None, UNKNOWN, false),
        (ErrorKind::Cursor, Some(400), KNOWN, false),
        (ErrorKind::Proxy, None, UNKNOWN, false),
        (ErrorKind::Proxy, Some(407), UNKNOWN, false),
        (ErrorKind::Unauthorized, Some(401), UNKNOWN, false),
        (ErrorKind::Unauthorized, Some(408), KNOWN, false),
        (ErrorKind::Unauthorized, Some(500), KNOWN, false),
        (ErrorKind::Tls, None, UNKNOWN, false),
        (ErrorKind::Redirect, Some(301), UNKNOWN, false),
        (ErrorKind::Decode, Some(200), UNKNOWN, false),
        (ErrorKind::TooLarge, Some(200), UNKNOWN, false),
        (ErrorKind::Pagination, None, UNKNOWN, false),
    ] {
        let got = is_retried(kind, status, code_is_known);
        assert_eq!(got, retried, "{kind:?}, {status:?}, known code: {code_is_known}");
    }
}

const NONE: Duration = Duration::ZERO;

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A wait that was not shortened.
fn whole(duration: Duration) -> Option<RetryWait> {
    Some(RetryWait { duration, is_last: false })
}

#[test]
fn the_jitter_is_full_and_its_upper_bound_doubles_up_to_max_delay() {
    let policy = RetryPolicy::default().max_attempts(u32::MAX).max_delay(ms(1_500));
    assert_eq!(policy.wait(1, NONE, None, 0.0), whole(NONE));
    assert_eq!(policy.wait(1, NONE, None, 0.5), whole(ms(250)));
    assert_eq!(policy.wait(2, NONE, None, 0.5), whole(ms(500)));
    for attempts in [3, 4, 31, 32, 33, 64, u32::MAX - 1] {
        assert_eq!(policy.wait(attempts, NONE, None, 0.5), whole(ms(750)), "{attempts}");
    }
}

#[test]
fn retries_end_after_max_attempts() {
    let policy = RetryPolicy::default();
    assert!(policy.wait(3, NONE, None, 0.5).is_some());
    assert_eq!(policy.wait(4, NONE, None, 0.5), None);
    assert_eq!(RetryPolicy::none().wait(1, NONE, None, 0.5), None);
}

#[test]
fn a_wait_beyond_the_remaining_time_is_shortened_once() {
    let policy = RetryPolicy::default().max_elapsed(ms(1_000));
    let last = Some(RetryWait { duration: ms(50), is_last: true });
    assert_eq!(policy.wait(1, ms(900), None, 0.9), last);
    assert_eq!(policy.wait(1, ms(900), None, 0.1), whole(ms(50)));
    assert_eq!(policy.wait(1, ms(1_000), None, 0.0), None);
    assert_eq!(policy.wait(1, ms(5_000), None, 0.0), None);
}

#[test]
fn retry_after_is_a_lower_bound_of_the_wait() {
    let policy = RetryPolicy::default();
    assert_eq!(policy.wait(1, NONE, Some(ms(7_000)), 0.0), whole(ms(7_000)));
    assert_eq!(policy.wait(1, NONE, Some(ms(7_000)), 0.5), whole(ms(7_250)));
    assert_eq!(policy.wait(3, NONE, Some(ms(7_000)), 0.5), whole(ms(8_000)));
    assert_eq!(policy.wait(1, NONE, Some(NONE), 0.5), whole(ms(250)));
    // The server's wait is kept even if it leaves less than half of the time.
    let most = ms(119_000);
    assert_eq!(policy.wait(1, NONE, Some(most), 0.5), whole(most + ms(250)));
    // The jitter takes at most half of what then remains.
    let last = Some(RetryWait { duration: ms(119_950), is_last: true });
    assert_eq!(policy.wait(1, NONE, Some(ms(119_900)), 0.5), last);
}

#[test]
fn a_retry_after_that_takes_all_that_is_left_gives_up_at_once() {
    let (policy, all) = (RetryPolicy::default(), Duration::from_secs(120));
    assert_eq!(policy.wait(1, NONE, Some(all), 0.5), None);
    assert_eq!(policy.wait(1, ms(1_001), Some(all - ms(1_000)), 0.5), None);
    assert_eq!(policy.wait(1, ms(999), Some(all - ms(1_000)), 0.0), whole(all - ms(1_000)));
}

#[test]
fn an_attempt_gets_what_is_left_unless_it_is_the_only_one() {
    let policy = RetryPolicy::default();
    assert_eq!(policy.attempt_limit(ms(500)), Some(ms(119_500)));
    assert_eq!(policy.max_attempts(1).attempt_limit(ms(500)), None);
}

#[test]
fn limits_that_contradict_each_other_are_refused() {
    let policy = RetryPolicy::default;
    for (policy, says) in [
        (policy().max_attempts(0), "max_attempts is 0"),
        (policy().max_elapsed(NONE), "max_elapsed is 0"),
        (policy().base_delay(ms(20_001)), "base_delay is 20.001s, but max_delay is 20s"),
        (policy().max_delay(ms(499)), "base_delay is 500ms, but max_delay is 499ms"),
    ] {
        let error = policy.validate().unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
    for policy in [
        RetryPolicy::none().max_elapsed(NONE).max_delay(NONE),
        policy().base_delay(NONE).max_delay(NONE),
        policy().max_elapsed(ms(1)),
    ] {
        policy.validate().unwrap();
    }
}

#[test]
fn extreme_policies_do_not_overflow() {
    let policy = RetryPolicy::default()
        .base_delay(Duration::MAX)
        .max_delay(Duration::MAX)
        .max_elapsed(Duration::MAX)
        .max_attempts(u32::MAX);
    assert!(policy.wait(40, NONE, Some(Duration::MAX - ms(1)), 0.999).is_some());
    assert!(policy.wait(40, NONE, None, 0.999).is_some());
    assert_eq!(policy.wait(40, Duration::MAX, None, 0.0), None);
}
