//! What the program advises after a failure: options that help, and none that destroys anything.

use crate::support::cli::{Cli, Scratch};
use crate::support::fault::{FaultServer, Reply};

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
async fn an_entry_that_is_no_video_gets_advice_about_the_option_that_skips_it() {
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
