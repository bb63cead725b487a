//! The least of a web server: files for a browser, and a place where its page reports to.

use std::{
    fs,
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, Sender},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};

/// The longest report that is read, in bytes.
const MAX_REPORT: usize = 64 * 1024;

/// How long a browser may take over a request.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often the server looks whether somebody has come.
const LOOK: Duration = Duration::from_millis(5);

/// A web server on a port of this machine's own. It serves until it is dropped.
#[derive(Debug)]
pub struct WebServer {
    port: u16,
    reports: Receiver<String>,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl WebServer {
    /// Serves these files, each by its path in URLs.
    pub fn start(files: Vec<(&'static str, PathBuf)>) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        let (sender, reports) = mpsc::channel();
        let is_over = Arc::new(AtomicBool::new(false));
        let thread = thread::spawn({
            let is_over = Arc::clone(&is_over);
            move || serve(&listener, &Arc::new(files), &sender, &is_over)
        });
        Ok(Self { port, reports, is_over, thread: Some(thread) })
    }

    /// The URL of a path on it.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Waits for the next report of the page, `POST /report`.
    pub fn report(&self, deadline: Instant) -> Result<String> {
        let left = deadline.saturating_duration_since(Instant::now());
        self.reports.recv_timeout(left).context("the page reports nothing")
    }
}

impl Drop for WebServer {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // It ends by itself, whatever became of its requests.
            let _ = thread.join();
        }
    }
}

type Files = Arc<Vec<(&'static str, PathBuf)>>;

fn serve(listener: &TcpListener, files: &Files, reports: &Sender<String>, is_over: &AtomicBool) {
    while !is_over.load(Ordering::Relaxed) {
        match listener.accept() {
            Ok((stream, _)) => {
                let (files, reports) = (Arc::clone(files), reports.clone());
                // A browser opens connections on suspicion, and may say nothing on them.
                thread::spawn(move || {
                    // Who breaks a request off is told nothing; the test waits for the report in vain.
                    let _ = answer(stream, &files, &reports);
                });
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => thread::sleep(LOOK),
            Err(_) => return,
        }
    }
}

fn answer(stream: TcpStream, files: &Files, reports: &Sender<String>) -> Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new(stream);
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        if header.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = header.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().context("a length that is none")?;
        }
    }
    if length > MAX_REPORT {
        bail!("a report of {length} bytes");
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let target = request.split(' ').nth(1).unwrap_or_default();
    let path = target.split('?').next().unwrap_or_default();
    let (status, kind, content) = if path == "/report" {
        // Nobody listens any more once the test is over.
        let _ = reports.send(String::from_utf8_lossy(&body).into_owned());
        ("204 No Content", "text/plain", Vec::new())
    } else if let Some((_, file)) = files.iter().find(|(name, _)| *name == path) {
        let kind = if path.ends_with(".js") { "text/javascript" } else { "text/html" };
        ("200 OK", kind, fs::read(file)?)
    } else {
        ("404 Not Found", "text/plain", Vec::new())
    };
    let mut stream = reader.into_inner();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        content.len()
    )?;
    stream.write_all(&content)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(server: &WebServer, request: &str) -> String {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, server.port)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[test]
    fn files_go_out_and_reports_come_in() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "hello").unwrap();
        let server = WebServer::start(vec![("/a.js", file.path().to_owned())]).unwrap();
        assert!(ask(&server, "GET /a.js?x=1 HTTP/1.1\r\n\r\n").ends_with("hello"));
        assert!(ask(&server, "GET /b HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404"));
        ask(&server, "POST /report HTTP/1.1\r\nContent-Length: 4\r\n\r\nwell");
        assert_eq!(server.report(Instant::now() + Duration::from_secs(30)).unwrap(), "well");
    }
}
