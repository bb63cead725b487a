//! What either side is told of TLS that does not come about.

use std::{
    io::Read as _,
    net::{Ipv4Addr, TcpListener},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use integration_tests::{
    certificates::{Authority, Server as Certificate, Validity},
    raw::wire,
};
use rust_websocket_transport::{
    config::Settings,
    event::Event,
    game::{Client, Endpoint, Server},
    network::BindAddress,
    stream::tls::{
        client::{ClientTls, Roots},
        server::ServerTls,
    },
    wire::url::Url,
};

use super::{clients, servers};

/// Both ends of a handshake that fails.
fn meet(server: &mut Server, scheme: &str, trusted: &str) -> Result<Vec<String>> {
    let url = Url::parse(&format!("{scheme}://localhost:{}", server.local_port().context("no port")?))?;
    let tls = ClientTls { roots: Some(Roots::Pem(trusted.to_owned())), checks_name: true, name_override: None };
    let mut client = Client::connect(url, Settings::default(), tls, Instant::now()).map_err(anyhow::Error::msg)?;
    let mut said = Vec::new();
    let deadline = Instant::now() + servers::PATIENCE;
    while said.len() < 2 && Instant::now() < deadline {
        client.poll(Instant::now());
        server.poll(Instant::now());
        if let Some(Event::Failed { cause }) = client.next_event() {
            said.push(cause.to_string());
        }
        if let Some(Event::HandshakeFailed { cause, .. }) = server.next_event() {
            said.push(cause.to_string());
        }
        thread::sleep(Duration::from_millis(1));
    }
    Ok(said)
}

/// Certificates that do not do, and plain bytes where TLS is meant, both ways.
pub(super) fn sessions() -> Result<Vec<String>> {
    let root = Authority::root("The Root")?;
    let mut said = Vec::new();
    let listen = |certificate: Certificate| -> Result<Server> {
        let identity = root.issue(certificate)?;
        let tls = ServerTls::from_pem(&identity.certificates, &identity.key)?;
        Ok(Server::listen(BindAddress::Any, 0, Settings::default(), Some(tls))?)
    };
    let right = Certificate::default();
    for certificate in [
        Certificate { validity: Validity::Past, ..right },
        Certificate { validity: Validity::Future, ..right },
        Certificate { host: "example.com", ..right },
    ] {
        said.extend(meet(&mut listen(certificate)?, "wss", &root.pem())?);
    }
    let stranger = Authority::root("A Stranger")?;
    said.extend(meet(&mut listen(right)?, "wss", &stranger.pem())?);
    said.extend(meet(&mut listen(right)?, "ws", &root.pem())?);
    let (mut plain, _port) = servers::listen(Settings::default())?;
    said.extend(meet(&mut plain, "wss", &root.pem())?);
    said.push(hung_up(&root.pem())?);
    Ok(said)
}

/// A client whose server hears it out and hangs up.
fn hung_up(trusted: &str) -> Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let url = Url::parse(&format!("wss://127.0.0.1:{}", listener.local_addr()?.port()))?;
    let tls = ClientTls { roots: Some(Roots::Pem(trusted.to_owned())), checks_name: true, name_override: None };
    let server = thread::spawn(move || -> Result<()> {
        let mut stream = wire::prepare(listener.accept()?.0)?;
        let mut head = [0; 5];
        stream.read_exact(&mut head)?;
        // The whole record, or the system ends the connection by a reset.
        stream.read_exact(&mut vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))])?;
        Ok(())
    });
    let mut client = Client::connect(url, Settings::default(), tls, Instant::now()).map_err(anyhow::Error::msg)?;
    let said = clients::outcome(&mut client)?;
    server.join().ok().context("the server panicked")??;
    Ok(said)
}
