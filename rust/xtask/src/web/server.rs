//! A web server for this machine alone, since browsers play nothing from files; and a place where a page can report to.

use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use tiny_http::{Header, Request, Response, Server};

/// The longest report that is read, in bytes.
const MAX_REPORT: u64 = 64 * 1024;

/// What a page needs that shares memory between threads, as engines with threads do; harmless for others.
const HEADERS: [(&str, &str); 4] = [
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Embedder-Policy", "require-corp"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
];

/// A web server on 127.0.0.1. It serves until it is dropped.
pub struct WebServer {
    server: Arc<Server>,
    port: u16,
    reports: Receiver<String>,
    thread: Option<JoinHandle<()>>,
}

impl WebServer {
    /// Serves these files, each by its path in URLs, on a port of the system's choice.
    ///
    /// # Errors
    ///
    /// If there is no port to be had.
    pub fn start(files: Vec<(String, PathBuf)>) -> Result<Self> {
        let server = Server::http("127.0.0.1:0").map_err(|error| anyhow!("cannot serve on 127.0.0.1: {error}"))?;
        let port = server.server_addr().to_ip().context("the server has no port")?.port();
        let server = Arc::new(server);
        let (sender, reports) = mpsc::channel();
        let thread = thread::spawn({
            let server = Arc::clone(&server);
            move || {
                for request in server.incoming_requests() {
                    // Who breaks a request off is told nothing.
                    let _ = answer(request, &files, &sender);
                }
            }
        });
        Ok(Self { server, port, reports, thread: Some(thread) })
    }

    /// The URL of a path on it.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Waits for the next report of a page, `POST /report`.
    ///
    /// # Errors
    ///
    /// If there is none until then.
    pub fn report(&self, deadline: Instant) -> Result<String> {
        let left: Duration = deadline.saturating_duration_since(Instant::now());
        self.reports.recv_timeout(left).context("the page reports nothing")
    }
}

impl Drop for WebServer {
    fn drop(&mut self) {
        self.server.unblock();
        if let Some(thread) = self.thread.take() {
            // It ends by itself, whatever became of its requests.
            let _ = thread.join();
        }
    }
}

fn answer(mut request: Request, files: &[(String, PathBuf)], reports: &Sender<String>) -> Result<()> {
    let path = request.url().split('?').next().unwrap_or_default().to_owned();
    if path == "/report" {
        let mut report = Vec::new();
        request.as_reader().take(MAX_REPORT).read_to_end(&mut report)?;
        // Nobody listens any more once the owner has gone.
        let _ = reports.send(String::from_utf8_lossy(&report).into_owned());
        return Ok(request.respond(Response::empty(204))?);
    }
    let Some((_, file)) = files.iter().find(|(name, _)| *name == path) else {
        let words = "There is nothing here; the game is at /.\n";
        return Ok(request.respond(Response::from_string(words).with_status_code(404))?);
    };
    let mut response = Response::from_file(File::open(file)?);
    for (name, value) in HEADERS.into_iter().chain([("Content-Type", kind_of(&path))]) {
        let header = Header::from_bytes(name, value).map_err(|()| anyhow!("{name}: {value} is no header"))?;
        response.add_header(header);
    }
    Ok(request.respond(response)?)
}

fn kind_of(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("pck") => "application/octet-stream",
        Some("png") => "image/png",
        _ => "text/html; charset=utf-8",
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn files_go_out_and_reports_come_in() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "hello").unwrap();
        let server = WebServer::start(vec![("/a.wasm".to_owned(), file.path().to_owned())]).unwrap();
        let mut found = ureq::get(server.url("/a.wasm?x=1")).call().unwrap();
        assert_eq!(found.headers()["Content-Type"], "application/wasm");
        assert_eq!(found.headers()["Cross-Origin-Opener-Policy"], "same-origin");
        assert_eq!(found.body_mut().read_to_string().unwrap(), "hello");
        assert!(ureq::get(server.url("/b")).call().unwrap_err().to_string().contains("404"));
        ureq::post(server.url("/report")).send("well").unwrap();
        assert_eq!(server.report(Instant::now() + Duration::from_secs(30)).unwrap(), "well");
    }
}
