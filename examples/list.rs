//! Lists videos with a cap and a title filter, and prints a table and statistics.
//!
//! `cargo run --features simulator --example list` lists the videos of the simulator, which needs
//! neither a key nor the network. With `-- --live` it lists the videos of your account; the key is
//! in `HEYGEN_API_KEY`. Other options: `--title TEXT`, `--max-items N`, `--v3`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example prints its results")]

use std::error::Error;
use std::process::ExitCode;

use futures::TryStreamExt;
use heygen_videos::simulator::Simulator;
use heygen_videos::{ApiVersion, ClientBuilder, Video};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Err(error) = list().await else { return ExitCode::SUCCESS };
    // Each error in the chain prints only its own message.
    eprint!("error: {error}");
    let mut source = error.source();
    while let Some(below) = source {
        eprint!(": {below}");
        source = below.source();
    }
    eprintln!();
    ExitCode::FAILURE
}

async fn list() -> Result<(), Box<dyn Error>> {
    let options = Options::from_args()?;
    let simulator = Simulator::builder().videos(2_500).start().await?;
    let client = if options.live { ClientBuilder::from_env()? } else { simulator.client_builder() };

    let mut query = client.api(options.api).build()?.videos();
    if let Some(title) = options.title {
        query = query.title(title);
    }
    if let Some(videos) = options.max_items {
        query = query.max_items(videos);
    }
    let mut videos = query.stream();

    println!("{:<32}  {:<10}  {:<10}  title", "video_id", "status", "created_at");
    while let Some(video) = videos.try_next().await? {
        println!("{}", row(&video));
    }
    println!("{:?}, account total {:?}: {:?}", videos.end(), videos.total(), videos.stats());
    Ok(())
}

fn row(video: &Video) -> String {
    let status = video.status.as_ref().map_or("-", |status| status.as_str());
    let created = video.created_at.map_or("-".into(), |seconds| seconds.to_string());
    let title = video.video_title.as_deref().unwrap_or("-");
    format!("{:<32}  {status:<10}  {created:<10}  {title}", video.video_id)
}

struct Options {
    live: bool,
    api: ApiVersion,
    title: Option<String>,
    max_items: Option<u64>,
}

impl Options {
    fn from_args() -> Result<Self, Box<dyn Error>> {
        let mut options = Self { live: false, api: ApiVersion::V1, title: None, max_items: None };
        let mut args = std::env::args().skip(1);
        while let Some(arg) = args.next() {
            let mut value = || args.next().ok_or(format!("{arg} needs a value"));
            match arg.as_str() {
                "--live" => options.live = true,
                "--v3" => options.api = ApiVersion::V3,
                "--title" => options.title = Some(value()?),
                "--max-items" => options.max_items = Some(value()?.parse()?),
                _ => {
                    return Err(
                        format!("unknown option '{arg}', see the first lines of list.rs").into()
                    );
                }
            }
        }
        if !options.live {
            options.title.get_or_insert_with(|| "onboarding".into());
            options.max_items.get_or_insert(250);
        }
        Ok(options)
    }
}
