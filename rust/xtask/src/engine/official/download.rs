//! Getting a file over HTTP(S), hashed while it arrives.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha512};
use ureq::Agent;
use ureq::http::Response;

use crate::progress::Progress;

const CONNECT_LIMIT: Duration = Duration::from_secs(20);
const ANSWER_LIMIT: Duration = Duration::from_secs(60);
const BODY_LIMIT: Duration = Duration::from_secs(30 * 60);
const BUFFER_SIZE: usize = 64 * 1024;

/// Downloads a small text.
pub(super) fn to_text(url: &str) -> Result<String> {
    get(url)?.body_mut().read_to_string().with_context(|| format!("cannot read {url}"))
}

/// Downloads `url` into the file `target`; answers its SHA-512 in lower-case hex.
pub(super) fn to_file(url: &str, target: &Path) -> Result<String> {
    let mut response = get(url)?;
    let announced = response.body().content_length();
    let name = url.rsplit('/').next().unwrap_or(url);
    let mut progress = Progress::with_total(format!("downloading {name}"), announced.unwrap_or(0));

    let mut file = File::create(target)?;
    let mut hash = Sha512::new();
    let mut received = 0;
    let mut buffer = vec![0; BUFFER_SIZE];
    let mut body = response.body_mut().as_reader();
    loop {
        let count = body.read(&mut buffer).with_context(|| format!("{url} broke off after {received} bytes"))?;
        let Some(chunk) = buffer.get(..count).filter(|chunk| !chunk.is_empty()) else {
            break;
        };
        hash.update(chunk);
        file.write_all(chunk)?;
        received += chunk.len() as u64;
        progress.set(received);
    }
    if announced.is_some_and(|announced| announced != received) {
        bail!("{url} broke off after {received} bytes");
    }
    file.sync_all()?;
    progress.finish();
    Ok(hex(&hash.finalize()))
}

fn get(url: &str) -> Result<Response<ureq::Body>> {
    let agent: Agent = Agent::config_builder()
        .timeout_connect(Some(CONNECT_LIMIT))
        .timeout_recv_response(Some(ANSWER_LIMIT))
        .timeout_recv_body(Some(BODY_LIMIT))
        .build()
        .into();
    agent.get(url).call().with_context(|| format!("cannot get {url}"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
