//! What the program advises after a failure: options that help, and none that destroys anything.

use crate::support::cli::{Cli, Scratch};
use crate::support::fault::{FaultServer, Reply, page_v1, page_v3, refused_url};
use crate::support::tls::{Authority, TlsServer};

/// The stderr of `list` on a server that answers every request like this.
async fn advice(reply: Reply, args: &[&str]) -> String {
    let server = FaultServer::start(move |_, _| reply.clone()).await;
    let args = [&["list"], args].concat();
    let cli = Cli::new(&args).env("HEYGEN_API_KEY", "k");
    let cli = if args.contains(&"--max-wait") { cli } else { cli.arg("--max-wait=0s") };
    let ended = cli.env("HEYGEN_API_BASE", server.base_url()).run();
    assert_ne!(ended.code, 0);
    assert!(!ended.stderr.contains("--force") && !ended.stderr.contains("--restart"));
    ended.stderr
}

fn not_found(body: &str) -> Reply {
    Reply::new(404, body)
}

const CODED: &str = r#"{"code": 400545, "data": null, "message": "Folder not found"}"#;
const V3_CODED: &str = r#"{"error": {"code": "not_found", "message": "Folder not found"}}"#;
const UNCODED: &str = r#"{"message": "Not found"}"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_not_found_gets_advice_about_the_folder() {
    for (body, api) in [(CODED, "v1"), (V3_CODED, "v3"), (UNCODED, "v3")] {
        let text = advice(not_found(body), &["--api", api, "--folder-id", "nope"]).await;
        assert!(body == UNCODED || text.contains("Folder not found"), "{text}");
        assert!(text.contains("hint: check --folder-id: "), "{text}");
        assert!(!text.contains("--api v3"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn v3_is_advised_only_for_a_v1_that_may_be_gone() {
    let advises_v3 = |text: String| text.contains("give --api v3");
    assert!(advises_v3(advice(not_found(UNCODED), &["--api", "v1"]).await));
    assert!(advises_v3(advice(not_found(""), &["--api", "v1", "--folder-id", "f"]).await));
    assert!(!advises_v3(advice(not_found(CODED), &["--api", "v1"]).await));
    for body in [UNCODED, V3_CODED, ""] {
        assert!(!advises_v3(advice(not_found(body), &["--api", "v3"]).await), "{body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_key_is_named_by_where_it_came_from() {
    for (status, wanted) in [(401, "check it"), (403, "videos:read")] {
        let text = advice(Reply::new(status, r#"{"message": "no"}"#), &[]).await;
        assert!(text.contains("the key came from HEYGEN_API_KEY: "), "{text}");
        assert!(text.contains(wanted), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_is_not_a_video_gets_advice_about_the_option_that_skips_it() {
    let body = r#"{"code":100,"data":{"videos":[{"video_id":"a"},{"title":"x"}],"token":null}}"#;
    let server = FaultServer::start(move |_, _| Reply::ok(body)).await;
    let files = Scratch::new();
    let (output, database) = (files.file("videos.jsonl"), files.file("videos.db"));
    for command in [&["list"][..], &["export", "--output", &output], &["sync", &database], &["tap"]]
    {
        let cli = || {
            let cli = Cli::new(command).arg("--api=v1").env("HEYGEN_API_KEY", "k");
            cli.env("HEYGEN_API_BASE", server.base_url())
        };
        let text = cli().run().stderr;
        assert!(text.contains("hint: --malformed skip leaves such entries out"), "{text}");
        assert!(!text.contains("VideoQuery") && !text.contains("connection"), "{text}");
        // The option does what the hint says.
        let skipped = cli().arg("--malformed=skip").run();
        assert_eq!(skipped.code, 0, "{command:?}: {}", skipped.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_speak_of_options_and_not_of_library_calls() {
    let long = Reply::ok(vec![b' '; (16 << 20) + 1]);
    let silent = advice(Reply::silence(), &["--max-wait", "50ms"]).await;
    assert!(silent.contains("hint: try again later, or raise --timeout"), "{silent}");
    let too_long = advice(long, &[]).await;
    assert!(too_long.contains("response too large (HTTP 200): it has more than 1"), "{too_long}");
    assert!(too_long.contains("hint: lower --page-size"), "{too_long}");
    let mut texts = vec![silent, too_long];
    for reply in [Reply::redirect(302, "/x"), Reply::garbage(), Reply::new(500, "")] {
        texts.push(advice(reply, &[]).await);
    }
    for text in texts {
        for call in [
            "max_response_bytes",
            "max_elapsed",
            "ApiVersion",
            "base_url",
            ".api(",
            "rearm",
            "RetryPolicy",
        ] {
            assert!(!text.contains(call), "{text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_page_that_is_not_found_blames_neither_the_url_nor_the_end_of_v1() {
    for (status, api) in [(404, "v1"), (404, "v3"), (410, "v1"), (404, "auto")] {
        let server = FaultServer::start(move |_, index| match (index, api) {
            (0, "v3") => Reply::ok(page_v3(["a"], Some("t"))),
            (0, _) => Reply::ok(page_v1(["a"], Some("t"), 2)),
            _ => Reply::new(status, ""),
        })
        .await;
        let files = Scratch::new();
        let path = files.file("videos.jsonl");
        let args = ["export", "--output", &path, "--max-wait=0s", "--read-ahead=0", "--api", api];
        let cli = Cli::new(&args).env("HEYGEN_API_KEY", "k");
        let ended = cli.env("HEYGEN_API_BASE", server.base_url()).run();
        assert_eq!(ended.code, 5, "{}", ended.stderr);
        let hint = "hint: the server may no longer accept the token of this page: try again";
        assert!(ended.stderr.contains(hint), "{}", ended.stderr);
        assert!(!ended.stderr.contains("give --api v3"), "{}", ended.stderr);
        assert!(!ended.stderr.contains("HEYGEN_API_BASE"), "{}", ended.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hint_fits_the_status() {
    let limit = r#"{"code": 400001, "message": "Limit must be at most 50"}"#;
    for (status, body, says) in [
        (402, "", "hint: check the plan and the credits of the account"),
        (304, "", "hint: a cache answers instead of the API"),
        (501, "", "hint: check --base-url"),
        (505, "", "hint: check --base-url"),
        (511, "", "hint: this network requires a login"),
        (500, "", "hint: try again later"),
        (400, limit, "hint: if the server means the parameter 'limit', lower --page-size"),
    ] {
        let text = advice(Reply::new(status, body), &["--api", "v1"]).await;
        assert!(text.contains(says), "{status}: {text}");
        assert!(status < 501 || !text.contains("try again later"), "{status}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_smaller_page_is_advised_only_where_one_is_possible() {
    let long = Reply::ok(vec![b' '; (16 << 20) + 1]);
    let text = advice(long, &["--page-size=1"]).await;
    assert!(text.contains("response too large"), "{text}");
    assert!(text.contains("hint: check --base-url") && !text.contains("lower"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_no_request_can_send_gets_advice_that_does_not_send_it_again() {
    let token = "t".repeat(70_000);
    let page = page_v1(["a"], Some(&token), 2);
    let server = FaultServer::start(move |_, _| Reply::ok(page.clone())).await;
    let files = Scratch::new();
    let (output, database) = (files.file("videos.jsonl"), files.file("videos.db"));
    for args in [&["export", "--output", &output][..], &["sync", &database], &["list"]] {
        let cli = Cli::new(args).arg("--api=v1").env("HEYGEN_API_KEY", "k");
        let ended = cli.env("HEYGEN_API_BASE", server.base_url()).run();
        assert_ne!(ended.code, 0, "{}", ended.stderr);
        assert!(ended.stderr.contains("too long for a URL"), "{}", ended.stderr);
        assert!(ended.stderr.contains("hint: no request can send this token"), "{}", ended.stderr);
    }
}

#[test]
fn a_proxy_is_named_by_its_variable() {
    for name in ["HTTPS_PROXY", "all_proxy"] {
        let cli = Cli::new(&["list", "--max-wait=0s", "--base-url=https://api.heygen.invalid"]);
        let ended = cli.env("HEYGEN_API_KEY", "k").env(name, refused_url()).run();
        assert_eq!(ended.code, 1, "{}", ended.stderr);
        assert!(ended.stderr.contains(&format!("({name})")), "{}", ended.stderr);
        let hint = "hint: check the proxy and the variable that names it\n";
        assert!(ended.stderr.contains(hint), "{}", ended.stderr);
        assert!(!ended.stderr.contains("--base-url"), "{}", ended.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_untrusted_certificate_gets_advice_about_the_variable_that_sets_the_roots() {
    let (known, unknown) = (Authority::new(), Authority::new());
    let server = TlsServer::start("localhost", &unknown, |_| ()).await;
    let files = Scratch::new();
    let roots = files.file("roots.pem");
    std::fs::write(&roots, &known.pem).unwrap();
    for (name, value) in [("SSL_CERT_FILE", &roots), ("SSL_CERT_DIR", &files.file("none"))] {
        let cli = Cli::new(&["list", "--max-wait=0s"]).env("HEYGEN_API_KEY", "k").env(name, value);
        let url = format!("https://localhost:{}", server.port);
        let ended = cli.env("HEYGEN_API_BASE", url).run();
        assert_eq!(ended.code, 1, "{}", ended.stderr);
        let hint = format!("and {name}, whose root certificates replace those of the system");
        assert!(ended.stderr.contains(&hint), "{}", ended.stderr);
    }
}
