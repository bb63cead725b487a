//! Whom a client trusts.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::Resumption;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection};

use super::judge::SharedJudge;
use super::trust::{Own, Trust};
use super::verifier::Verifier;
use super::{TlsStream, pem, provider};
use crate::error::TlsConfigError;
use crate::stream::{Socket, Stream};

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
    /// These certificates alone, in PEM. Each is trusted as it is, and those that are marked as an authority's vouch for
    /// others. A block that is no certificate is passed over with a warning.
    Pem(String),
    /// The same in DER.
    Der(Vec<CertificateDer<'static>>),
    /// Whom somebody else believes.
    Judged(SharedJudge),
}

/// What a client checks of a server's certificate; what Godot's `TLSOptions` can say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientTls {
    /// Whom to trust; `None` trusts everybody, which is only for tests.
    pub roots: Option<Roots>,
    /// Whether the certificate has to name the host. Without roots nothing is checked anyway.
    pub checks_name: bool,
    /// The name to ask for and to check, if it is not the URL's. One that no host can have, as in `CN=My Game`, has to be
    /// the common name of a trusted certificate.
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
        Ok(Stream::Tls(Box::new(TlsStream::client(socket, session))))
    }

    /// Whether somebody else decides whom to trust.
    pub(crate) fn is_judged(&self) -> bool {
        matches!(self.roots, Some(Roots::Judged(_)))
    }

    /// Sees to it that [`ClientTls`] can be used, before anything is dialed.
    pub(crate) fn check(&self, host: &str) -> Result<(), TlsConfigError> {
        self.server_name(host)?;
        self.config().map(|_| ())
    }

    /// The name to ask for. What no host can be called is left to the verifier.
    fn server_name(&self, host: &str) -> Result<ServerName<'static>, TlsConfigError> {
        let name_override = self.name_override.as_ref().and_then(|name| ServerName::try_from(name.clone()).ok());
        match name_override {
            Some(name) => Ok(name),
            None => ServerName::try_from(host.to_owned()).map_err(|_| TlsConfigError::Name(host.to_owned())),
        }
    }

    /// The name to find in the certificate, if it is one that no host can have. Somebody who is trusted has to have it:
    /// else it is a mistake, as no server could ever be the one that is meant.
    fn other_name(&self, trust: Option<&Trust>) -> Result<Option<String>, TlsConfigError> {
        let Some(name) = self.name_override.as_ref().filter(|name| ServerName::try_from(name.as_str()).is_err()) else {
            return Ok(None);
        };
        if trust.is_some_and(|trust| trust.knows(name)) {
            return Ok(Some(name.clone()));
        }
        Err(TlsConfigError::NameOverride(name.clone()))
    }

    fn config(&self) -> Result<Arc<ClientConfig>, TlsConfigError> {
        // A judge may hold what has to go when the last of those who asked for it has gone.
        if self.is_judged() {
            return self.build().map(Arc::new);
        }
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
        let trust = self.trust()?;
        let verifier = Verifier {
            other_name: self.other_name(trust.as_ref())?,
            trust,
            checks_name: self.checks_name,
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
        Ok(match &self.roots {
            None => None,
            Some(Roots::WebPki) => Some(Trust::Mozilla),
            Some(Roots::Pem(text)) => Some(Trust::Own(Own::new(pem::trusted(text)?))),
            Some(Roots::Der(certificates)) if certificates.is_empty() => return Err(TlsConfigError::NoCertificate),
            Some(Roots::Der(certificates)) => Some(Trust::Own(Own::new(certificates.clone()))),
            Some(Roots::Judged(judge)) => Some(Trust::Judged(judge.clone())),
        })
    }
}
