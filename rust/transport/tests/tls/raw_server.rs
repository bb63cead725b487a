//! A TLS server that shows any bytes as its certificate, signed for or not. It answers a handshake with HTTP 418, so that
//! a client that got through TLS says so.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::thread;

use rcgen::KeyPair;
use rust_websocket_transport::error::{CloseCause, ResponseError};
use rust_websocket_transport::stream::tls::client::ClientTls;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, ServerConnection, Stream, SupportedProtocolVersion};

use super::support::Table;

#[derive(Debug)]
struct Always(Arc<CertifiedKey>);

impl ResolvesServerCert for Always {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

/// Whether a client with this trust gets through TLS of this version, or why not.
pub(crate) fn verdict(
    chain: Vec<CertificateDer<'static>>,
    key: &KeyPair,
    version: &'static SupportedProtocolVersion,
    trust: ClientTls,
) -> Result<(), CloseCause> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap();
    let key = provider.key_provider.load_private_key(key).unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Always(Arc::new(CertifiedKey::new(chain, key)))));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut session = ServerConnection::new(Arc::new(config)).unwrap();
        let mut stream = Stream::new(&mut session, &mut socket);
        let mut head = Vec::new();
        let mut buffer = [0; 1024];
        while !head.ends_with(b"\r\n\r\n") {
            match stream.read(&mut buffer) {
                Ok(0) | Err(_) => return,
                Ok(count) => head.extend(&buffer[..count]),
            }
        }
        // A client that has seen enough may be gone.
        let _ = stream.write_all(b"HTTP/1.1 418 I'm a teapot\r\nContent-Length: 0\r\n\r\n");
    });
    // The table has a server of its own, which nobody calls.
    let mut table = Table::new();
    let client = table.join_with(&format!("wss://localhost:{port}"), trust);
    let outcome = table.outcome(client);
    server.join().unwrap();
    match outcome {
        Err(CloseCause::Response(ResponseError::Status { status: 418, .. })) => Ok(()),
        other => other,
    }
}
