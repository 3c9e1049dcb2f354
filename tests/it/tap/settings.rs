//! The config and the state of the command `tap`: where each setting comes from, what is refused,
//! and that the key is never shown.

use std::fs;

use heygen_videos::simulator::Simulator;
use serde_json::{Value, json};

use crate::support::cli::{Cli, Ended, Scratch};
use crate::support::tap::Messages;
use crate::support::walk::{simulator, start};

const KEY: &str = "canary-key";

/// Runs the tap with this config.
fn run(config: &Value, args: &[&str]) -> Ended {
    let files = Scratch::new();
    let path = files.file("config.json");
    fs::write(&path, config.to_string()).unwrap();
    Cli::new(&["tap", "--config", &path]).run_with(args)
}

trait RunWith {
    fn run_with(self, args: &[&str]) -> Ended;
}

impl RunWith for Cli {
    fn run_with(self, args: &[&str]) -> Ended {
        let ended = args.iter().fold(self, |cli, arg| cli.arg(arg)).run();
        assert!(!format!("{}{}", ended.stdout, ended.stderr).contains("canary"));
        ended
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_comes_from_the_config_or_its_file_and_is_never_shown() {
    let simulator = start(Simulator::builder().videos(3).api_key(KEY)).await;
    let (url, files) = (simulator.base_url(), Scratch::new());
    let key_file = files.file("key");
    fs::write(&key_file, KEY).unwrap();
    for config in [
        json!({ "api_key": KEY, "api_url": url }),
        json!({ "api_key": format!(" {KEY}\n"), "api_url": url }),
        json!({ "api_key_file": key_file, "api_url": url }),
    ] {
        for args in [&["-vv"][..], &[]] {
            let ended = run(&config, args);
            assert_eq!(ended.code, 0, "{}", ended.stderr);
            assert_eq!(Messages::parse(&ended.stdout).records().len(), 3);
        }
    }
    let wrong = run(&json!({ "api_key": "canary-wrong", "api_url": url }), &["-vv"]);
    assert_eq!(wrong.code, 3, "{}", wrong.stderr);
    assert!(wrong.stderr.contains("the key came from the config"), "{}", wrong.stderr);
    let bad = run(&json!({ "api_key": "canary key", "api_url": url }), &[]);
    assert_eq!(bad.code, 3, "{}", bad.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_in_the_config_the_usual_sources_count() {
    let simulator = simulator(3).await;
    let files = Scratch::new();
    let config = files.file("config.json");
    fs::write(&config, json!({ "api_url": simulator.base_url() }).to_string()).unwrap();
    let cli = || Cli::new(&["tap", "-c", &config]);
    assert_eq!(cli().run().code, 3);
    assert_eq!(cli().env("HEYGEN_API_KEY", Simulator::API_KEY).run().code, 0);
    assert_eq!(cli().home_file(".heygen/credentials", Simulator::API_KEY).run().code, 0);
    // Without any config, too.
    assert_eq!(Cli::on(&simulator, &["tap"]).run().code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_option_comes_before_the_config_and_the_config_before_the_environment() {
    let simulator = simulator(250).await;
    let (folders, files) = (simulator.folders(), Scratch::new());
    let in_folder = |folder: &str| {
        let videos = simulator.videos();
        videos.iter().filter(|video| video.folder() == Some(folder)).count()
    };
    let config = json!({
        "api_key": Simulator::API_KEY, "api_url": simulator.base_url(), "folder_id": folders[0],
    });
    let path = files.file("config.json");
    fs::write(&path, config.to_string()).unwrap();
    let ended = Cli::new(&["tap", "-c", &path])
        .env("HEYGEN_API_KEY", "wrong")
        .env("HEYGEN_API_BASE", "http://127.0.0.1:9")
        .run();
    let sent = |ended: &Ended| Messages::parse(&ended.stdout).records().len();
    assert_eq!((ended.code, sent(&ended)), (0, in_folder(&folders[0])), "{}", ended.stderr);
    let ended = Cli::new(&["tap", "-c", &path, "--folder-id", &folders[1]]).run();
    assert_eq!((ended.code, sent(&ended)), (0, in_folder(&folders[1])), "{}", ended.stderr);
    assert_ne!(in_folder(&folders[0]), in_folder(&folders[1]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unusable_config_is_refused_before_the_first_request() {
    let files = Scratch::new();
    let path = files.file("config.json");
    for (config, why) in [
        ("canary", "the config is not JSON"),
        (r#"{"api_key": "canary"#, "the config is not JSON"),
        (r#"{"api_key": ["canary"]}"#, "'api_key' in the config must be text"),
        (r#"{"api_key": "canary", "start_date": "canary"}"#, "'start_date' in the config"),
        (r#"{"api_key": "canary", "look_back": 7}"#, "'look_back' in the config must be text"),
    ] {
        fs::write(&path, config).unwrap();
        let ended = Cli::new(&["tap", "-c", &path]).run_with(&[]);
        assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{config}");
        assert!(ended.stderr.contains(why), "{}", ended.stderr);
        assert!(ended.stderr.contains("config.json"), "{}", ended.stderr);
    }
    let ended = Cli::new(&["tap", "-c", &files.file("missing.json")]).run();
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("missing.json cannot be read"), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_setting_is_a_warning() {
    let simulator = simulator(3).await;
    let config = json!({
        "api_key": Simulator::API_KEY, "api_url": simulator.base_url(), "page_limit": 5,
    });
    let ended = run(&config, &[]);
    assert_eq!(ended.code, 0);
    let warning = "warning: the config has an unknown setting 'page_limit', which is ignored";
    assert!(ended.stderr.contains(warning), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_of_something_else_exits_with_7_and_an_unreadable_one_with_2() {
    let (simulator, files) = (simulator(3).await, Scratch::new());
    let path = files.file("state.json");
    for (state, code, why) in [
        (r#"{"bookmarks":{"users":{}}}"#, 7, "is not one of this tap"),
        (r#"{"cursor":"x"}"#, 7, "is not one of this tap"),
        ("nothing", 2, "the state is not JSON"),
        // A target that got no STATE leaves an empty file.
        ("", 2, "the state is empty"),
        ("{}\n{}\n", 2, "keep only the last line"),
    ] {
        fs::write(&path, state).unwrap();
        let ended = Cli::on(&simulator, &["tap", "--state", &path]).run();
        assert_eq!((ended.code, ended.stdout.as_str()), (code, ""), "{}", ended.stderr);
        assert!(ended.stderr.contains(why), "{}", ended.stderr);
    }
    assert_eq!(simulator.requests(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_of_another_account_sends_everything_again() {
    let (simulator, files) = (simulator(250).await, Scratch::new());
    let first = Cli::on(&simulator, &["tap"]).run();
    let messages = Messages::parse(&first.stdout);
    let path = files.file("state.json");
    fs::write(&path, messages.state().to_string()).unwrap();
    let ended = Cli::on(&simulator, &["tap", "--state", &path, "--title", "a"]).run();
    assert_eq!(ended.code, 0);
    let warning = "warning: the state belongs to another server, key or filter";
    assert!(ended.stderr.contains(warning), "{}", ended.stderr);
    // The port of a demo differs in each run.
    let demo = Cli::new(&["tap", "--demo", "250"]).run();
    fs::write(&path, Messages::parse(&demo.stdout).state().to_string()).unwrap();
    let ended = Cli::new(&["tap", "--demo", "250", "--state", &path]).run();
    assert_eq!((ended.code, ended.stderr.contains("warning")), (0, false), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_file_of_the_config_that_cannot_be_read_is_named_as_a_setting_of_the_config() {
    let simulator = simulator(3).await;
    let files = Scratch::new();
    fs::write(files.file("empty"), "").unwrap();
    for (file, says) in [("none", "none cannot be read"), ("empty", "empty is empty")] {
        let config = json!({ "api_key_file": files.file(file), "api_url": simulator.base_url() });
        let ended = run(&config, &[]);
        assert_eq!(ended.code, 3, "{}", ended.stderr);
        assert!(
            ended.stderr.starts_with("error: 'api_key_file' in the config: "),
            "{}",
            ended.stderr
        );
        assert!(ended.stderr.contains(says), "{}", ended.stderr);
        assert!(!ended.stderr.contains("--api-key-file"), "{}", ended.stderr);
    }
    assert_eq!(simulator.requests(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_date_in_the_future_is_a_warning_where_it_counts() {
    let simulator = simulator(3).await;
    let config = |date: &str| json!({ "api_key": Simulator::API_KEY, "api_url": simulator.base_url(), "start_date": date });
    let ended = run(&config("2999-01-01"), &[]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let says = "warning: only videos created since 2999-01-01T00:00:00Z are selected";
    assert!(ended.stderr.contains(says), "{}", ended.stderr);
    let ended = run(&config("2000-01-01"), &[]);
    assert!(!ended.stderr.contains("warning"), "{}", ended.stderr);
}
