//! Certificates that live: read from files, and again when those change, while the server runs.

use std::path::PathBuf;
use std::time::Instant;

use godot::builtin::GString;
use godot::classes::file_access::ModeFlags;
use godot::classes::{FileAccess, ProjectSettings, TlsOptions};
use godot::global::Error;
use godot::obj::{Gd, Singleton};
use godot::register::godot_api;
use rust_websocket_transport::stream::tls::client::{ClientTls, Roots};
use rust_websocket_transport::stream::tls::server::ServerTls;
use rust_websocket_transport::stream::tls::watch::Watch;

use super::{__godot_RustWebSocketMultiplayerPeer_Funcs, RustWebSocketMultiplayerPeer, refuse};
use crate::accessors::accessors;
use crate::tls_options::{self, OptionalTlsOptions};

accessors! {
    __godot_RustWebSocketMultiplayerPeer_Funcs:
    get_tls_certificate_file,
    set_tls_certificate_file,
    get_tls_key_file,
    set_tls_key_file,
    get_tls_trusted_file,
    set_tls_trusted_file,
}

/// Where the certificate of the server that runs came from.
#[derive(Debug, Default)]
pub(super) enum Source {
    /// There is none: no server, or one without TLS.
    #[default]
    None,
    /// Objects.
    Options,
    /// Files, which are watched.
    Files(Watch),
}

/// Why there is no certificate, or no trust: the engine's code, and words.
type Failure = (Error, String);

#[godot_api(secondary)]
impl RustWebSocketMultiplayerPeer {
    /// Returns [member tls_certificate_file].
    #[func]
    pub(super) fn get_tls_certificate_file(&self) -> GString {
        self.tls_certificate_file.clone()
    }

    /// Sets [member tls_certificate_file].
    #[func]
    pub(super) fn set_tls_certificate_file(&mut self, path: GString) {
        self.tls_certificate_file = path;
    }

    /// Returns [member tls_key_file].
    #[func]
    pub(super) fn get_tls_key_file(&self) -> GString {
        self.tls_key_file.clone()
    }

    /// Sets [member tls_key_file].
    #[func]
    pub(super) fn set_tls_key_file(&mut self, path: GString) {
        self.tls_key_file = path;
    }

    /// Returns [member tls_trusted_file].
    #[func]
    pub(super) fn get_tls_trusted_file(&self) -> GString {
        self.tls_trusted_file.clone()
    }

    /// Sets [member tls_trusted_file].
    #[func]
    pub(super) fn set_tls_trusted_file(&mut self, path: GString) {
        self.tls_trusted_file = path;
    }

    /// Reads [member tls_certificate_file] and [member tls_key_file] again, now, for connections made from now on. Peers that
    /// are connected stay. The server does so by itself within a minute after one of the files has changed.
    ///
    /// Returns [constant OK]; [constant ERR_UNCONFIGURED] if this is no server that has its certificate from files; [constant
    /// ERR_FILE_CANT_READ] if one of them cannot be read; [constant ERR_INVALID_PARAMETER] if they hold no certificate and the
    /// key to it. Then the server keeps the certificate that it has. [method get_last_error_message] says it in words.
    #[func]
    fn reload_certificate(&mut self) -> Error {
        if !matches!(self.certificate_source, Source::Files(_)) {
            return self.fail(Error::ERR_UNCONFIGURED, "this is no server that has its certificate from files");
        }
        match self.tls_from_files() {
            Ok((tls, watch)) => {
                self.use_tls(tls, Source::Files(watch));
                Error::OK
            }
            Err((error, reason)) => {
                let reason = format!("{reason}; the server keeps the certificate that it has");
                self.fail(error, &reason)
            }
        }
    }

    /// Gives a running [code]wss://[/code] server another certificate and key, for connections made from now on. Peers that
    /// are connected stay. Files that the certificate came from are watched no more.
    ///
    /// Returns [constant OK]; [constant ERR_UNCONFIGURED] if this is no server, or one without TLS; [constant
    /// ERR_INVALID_PARAMETER] for options of a client, or a key that does not belong to its certificate. Then the server keeps
    /// the certificate that it has. [method get_last_error_message] says it in words.
    #[func]
    fn set_tls_server_options(&mut self, options: OptionalTlsOptions) -> Error {
        if matches!(self.certificate_source, Source::None) {
            return self
                .fail(Error::ERR_UNCONFIGURED, "this is no server with TLS, which could have another certificate");
        }
        let Some(options) = options.0.filter(|options| options.is_server()) else {
            return self.fail(
                Error::ERR_INVALID_PARAMETER,
                "these TLS options are not a server's, make them with TLSOptions.server()",
            );
        };
        match tls_options::server(&options) {
            Ok(tls) => {
                self.use_tls(tls, Source::Options);
                Error::OK
            }
            Err(error) => self.fail(Error::ERR_INVALID_PARAMETER, &error.to_string()),
        }
    }
}

impl RustWebSocketMultiplayerPeer {
    /// What a server is to speak TLS with: the options if there are any, or else the files.
    pub(super) fn server_tls(&self, options: Option<&Gd<TlsOptions>>) -> Result<(Option<ServerTls>, Source), Failure> {
        if let Some(options) = options {
            let tls =
                tls_options::server(options).map_err(|error| (Error::ERR_INVALID_PARAMETER, error.to_string()))?;
            return Ok((Some(tls), Source::Options));
        }
        match (self.tls_certificate_file.is_empty(), self.tls_key_file.is_empty()) {
            (true, true) => Ok((None, Source::None)),
            (false, true) => Err(half("tls_certificate_file", "tls_key_file")),
            (true, false) => Err(half("tls_key_file", "tls_certificate_file")),
            (false, false) => self.tls_from_files().map(|(tls, watch)| (Some(tls), Source::Files(watch))),
        }
    }

    /// What a client trusts: what the options say if there are any, or else the file.
    pub(super) fn client_tls(&self, options: Option<&Gd<TlsOptions>>) -> Result<ClientTls, Failure> {
        if options.is_some() || self.tls_trusted_file.is_empty() {
            return Ok(tls_options::client(options));
        }
        let trusted = read("tls_trusted_file", &self.tls_trusted_file)?;
        Ok(ClientTls { roots: Some(Roots::Pem(trusted)), ..ClientTls::default() })
    }

    /// Looks once in a while whether the certificate's files have changed.
    pub(super) fn watch_certificate(&mut self, now: Instant) {
        let Source::Files(watch) = &mut self.certificate_source else { return };
        if !watch.has_changed(now) {
            return;
        }
        match self.tls_from_files() {
            Ok((tls, _)) => {
                log::info!("the certificate has changed, and is in use from now on");
                if let Some(endpoint) = &mut self.endpoint {
                    endpoint.set_tls(tls, now);
                }
            }
            Err((error, reason)) => {
                let reason = format!("{reason}; the server keeps the certificate that it has");
                refuse(error, &reason);
            }
        }
    }

    fn use_tls(&mut self, tls: ServerTls, source: Source) {
        // Of an earlier certificate, if it was anything.
        self.last_error_message.clear();
        self.certificate_source = source;
        if let Some(endpoint) = &mut self.endpoint {
            endpoint.set_tls(tls, Instant::now());
        }
    }

    /// The certificate and key in the files. What is written after they were read is seen as a change.
    fn tls_from_files(&self) -> Result<(ServerTls, Watch), Failure> {
        let watch =
            Watch::start(vec![on_disk(&self.tls_certificate_file), on_disk(&self.tls_key_file)], Instant::now());
        let chain = read("tls_certificate_file", &self.tls_certificate_file)?;
        let key = read("tls_key_file", &self.tls_key_file)?;
        let tls =
            ServerTls::from_pem(&chain, &key).map_err(|error| (Error::ERR_INVALID_PARAMETER, error.to_string()))?;
        Ok((tls, watch))
    }
}

fn half(there: &str, missing: &str) -> Failure {
    let reason = format!("{there} is set and {missing} is not: a server needs both");
    (Error::ERR_INVALID_PARAMETER, reason)
}

/// Where the system has a file; nowhere, if it is in a game's package.
fn on_disk(path: &GString) -> PathBuf {
    PathBuf::from(ProjectSettings::singleton().globalize_path(path).to_string())
}

/// The largest file of certificates that is read, in bytes. The whole list of Mozilla has a quarter of that.
const MAX_FILE: u64 = 1024 * 1024;

/// The text of a file, wherever the engine finds it. What is no text is no PEM either, and found out there.
fn read(property: &str, path: &GString) -> Result<String, Failure> {
    let Some(mut file) = FileAccess::open(path, ModeFlags::READ) else {
        let reason = format!("the file of {property} cannot be read: {path}");
        return Err((Error::ERR_FILE_CANT_READ, reason));
    };
    let length = file.get_length();
    if length > MAX_FILE {
        let reason = format!("the file of {property} has more than 1 MiB: {path}");
        return Err((Error::ERR_FILE_CANT_READ, reason));
    }
    let bytes = file.get_buffer(i64::try_from(length).unwrap_or_default());
    Ok(String::from_utf8_lossy(bytes.as_slice()).into_owned())
}
