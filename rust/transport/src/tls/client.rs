//! Whom a client trusts.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};

use super::verifier::{Trust, Verifier};
use super::{Stream, TlsStream, provider};
use crate::connection::Socket;
use crate::error::TlsConfigError;

/// How many different kinds of trust are kept, so that returning clients resume their sessions.
const MAX_CONFIGS: usize = 8;

/// How many servers' tickets are kept for each.
const MAX_TICKETS: usize = 256;

/// Configurations in use, most recent last. A session can only be resumed with the one that it was made with.
static CONFIGS: Mutex<Vec<(ClientTls, Arc<ClientConfig>)>> = Mutex::new(Vec::new());

/// Which certificates are the roots of trust.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Roots {
    /// Mozilla's list, compiled in (`webpki-roots`).
    #[default]
    WebPki,
    /// These certificates alone, in PEM. A server's own certificate among them is trusted as it is.
    Pem(String),
}

/// What a client checks of a server's certificate; what Godot's `TLSOptions` can say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientTls {
    /// Whom to trust; `None` trusts everybody, which is only for tests.
    pub roots: Option<Roots>,
    /// Whether the certificate has to name the host. Without roots nothing is checked anyway.
    pub checks_name: bool,
    /// The name to ask for and to check, if it is not the URL's.
    pub name_override: Option<String>,
}

impl Default for ClientTls {
    /// Everything is checked, against Mozilla's list.
    fn default() -> Self {
        Self { roots: Some(Roots::WebPki), checks_name: true, name_override: None }
    }
}

impl ClientTls {
    /// The client's end of a session on a socket that was just connected.
    pub(crate) fn connect<S: Socket>(&self, socket: S, host: &str) -> Result<Stream<S>, TlsConfigError> {
        let session = ClientConnection::new(self.config()?, self.server_name(host)?)
            .map_err(|error| TlsConfigError::Other(error.to_string()))?;
        Ok(Stream::Tls(Box::new(TlsStream::new(socket, session))))
    }

    /// Sees to it that [`ClientTls`] can be used, before anything is dialed.
    pub(crate) fn check(&self, host: &str) -> Result<(), TlsConfigError> {
        self.server_name(host)?;
        self.config().map(|_| ())
    }

    /// The name to ask for. A common name may be no host name at all; then only the verifier uses it.
    fn server_name(&self, host: &str) -> Result<ServerName<'static>, TlsConfigError> {
        let name_override = self.name_override.as_ref().and_then(|name| ServerName::try_from(name.clone()).ok());
        match name_override {
            Some(name) => Ok(name),
            None => ServerName::try_from(host.to_owned()).map_err(|_| TlsConfigError::Name(host.to_owned())),
        }
    }

    fn config(&self) -> Result<Arc<ClientConfig>, TlsConfigError> {
        let mut configs = CONFIGS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, config)) = configs.iter().find(|(tls, _)| tls == self) {
            return Ok(Arc::clone(config));
        }
        let config = Arc::new(self.build()?);
        if configs.len() >= MAX_CONFIGS {
            configs.remove(0);
        }
        configs.push((self.clone(), Arc::clone(&config)));
        Ok(config)
    }

    fn build(&self) -> Result<ClientConfig, TlsConfigError> {
        let provider = provider();
        let verifier = Verifier {
            trust: self.trust()?,
            checks_name: self.checks_name,
            name_override: self.name_override.clone(),
            algorithms: provider.signature_verification_algorithms,
        };
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| TlsConfigError::Other(error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        config.resumption = Resumption::in_memory_sessions(MAX_TICKETS);
        Ok(config)
    }

    fn trust(&self) -> Result<Option<Trust>, TlsConfigError> {
        match &self.roots {
            None => Ok(None),
            Some(Roots::WebPki) => {
                let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
                Ok(Some(Trust { roots, pinned: Vec::new() }))
            }
            Some(Roots::Pem(pem)) => {
                let pinned: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(pem.as_bytes())
                    .collect::<Result<_, _>>()
                    .map_err(|error| TlsConfigError::Certificate(error.to_string()))?;
                if pinned.is_empty() {
                    return Err(TlsConfigError::Certificate("there is none in it".to_owned()));
                }
                let mut roots = RootCertStore::empty();
                // Bundles of systems hold some that nobody can use; and a lone server's certificate is no root.
                roots.add_parsable_certificates(pinned.iter().cloned());
                Ok(Some(Trust { roots, pinned }))
            }
        }
    }
}
