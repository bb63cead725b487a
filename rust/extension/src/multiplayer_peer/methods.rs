//! What a game calls to become a server or a client, and to learn why it is one no more.

use std::time::Instant;

use godot::builtin::GString;
use godot::classes::multiplayer_peer::ConnectionStatus;
use godot::global::Error;
use godot::register::godot_api;
use rust_websocket_transport::error::CloseCause;
use rust_websocket_transport::game::{Client, Endpoint, SERVER_ID, Server};
use rust_websocket_transport::wire::url::Url;

use super::{RustWebSocketMultiplayerPeer, refuse};
use crate::convert;
use crate::tls_options::OptionalTlsOptions;

#[godot_api(secondary)]
#[expect(clippy::needless_pass_by_value, reason = "the engine's arguments arrive by value")]
impl RustWebSocketMultiplayerPeer {
    /// Starts a server on [param port], from 1 to 65535, or 0 for a free one (see [method get_local_port]).
    ///
    /// [param bind_address] is one address of this machine, or [code]"*"[/code] for all of them, IPv4 and IPv6. On Unix systems
    /// it may also be
    /// [br]- [code]"unix:/run/game.sock"[/code]: a Unix socket at this absolute path, for a proxy on the same machine. [param port]
    /// counts for nothing, peers have no address of their own ([member trusted_proxies] with [code]"unix:"[/code] lets the proxy
    /// say it), and whoever may write to the file may connect. A socket that a dead process has left there is replaced, and this
    /// one goes with the server;
    /// [br]- [code]"systemd"[/code]: the socket that a socket unit of systemd's has opened for this process, whatever [param
    /// port] is; [code]"systemd:name"[/code] for the one whose [code]FileDescriptorName=[/code] that is.
    ///
    /// Returns [constant OK]; [constant ERR_ALREADY_IN_USE] if this object is connected already, or if the address
    /// cannot be had; [constant ERR_INVALID_PARAMETER] for an address or port that is none, or for TLS options of a
    /// client, a key that does not belong to its certificate, [member supported_protocols] or [member
    /// handshake_headers] that cannot be sent, or [member trusted_proxies], [member allowed_origins], [member health_path] or
    /// [member metrics_path] that are none; [constant ERR_CANT_CREATE] if the system has no
    /// sockets left. [method get_last_error_message] says it in words.
    ///
    /// With [param tls_server_options], made by [method TLSOptions.server] from a key and its certificate with the chain
    /// after it, clients connect by [code]wss://[/code]: TLS 1.2 or 1.3. The key is RSA with 2048 to 4096 bits, or EC
    /// on P-256 or P-384. Without options, [member tls_certificate_file] and [member tls_key_file] say the same; [constant
    /// ERR_FILE_CANT_READ] if one of them cannot be read.
    #[func]
    fn create_server(
        &mut self,
        port: i32,
        #[opt(default = "*")] bind_address: GString,
        #[opt(default = OptionalTlsOptions(None))] tls_server_options: OptionalTlsOptions,
    ) -> Error {
        if self.is_active() {
            return self.fail(Error::ERR_ALREADY_IN_USE, "this peer is a server or client already; close() it first");
        }
        if tls_server_options.0.as_ref().is_some_and(|options| !options.is_server()) {
            return self.fail(
                Error::ERR_INVALID_PARAMETER,
                "these TLS options are a client's, make them with TLSOptions.server()",
            );
        }
        self.forget_failure();
        let Ok(port) = u16::try_from(port) else {
            return self.fail(Error::ERR_INVALID_PARAMETER, &format!("port {port} is not between 0 and 65535"));
        };
        let Some(address) = convert::bind_address(&bind_address) else {
            let reason = format!("'{bind_address}' is neither \"*\" nor an IP address, nor unix:/path nor systemd");
            return self.fail(Error::ERR_INVALID_PARAMETER, &reason);
        };
        if let Err(error) =
            self.check_handshake().and_then(|()| self.check_proxies()).and_then(|()| self.check_reception())
        {
            return error;
        }
        let (tls, source) = match self.server_tls(tls_server_options.0.as_ref()) {
            Ok(tls) => tls,
            Err((error, reason)) => return self.fail(error, &reason),
        };
        match Server::listen(address, port, self.settings(), tls) {
            Ok(mut server) => {
                server.refuse_new_connections(self.refuse_new_connections, Instant::now());
                self.start(Some(Box::new(server)), ConnectionStatus::CONNECTED, SERVER_ID);
                self.certificate_source = source;
                Error::OK
            }
            Err(error) => self.fail(convert::listen_error(&error), &error.to_string()),
        }
    }

    /// Starts to connect to a server, as in [code]ws://example.com:9080[/code], or, on Unix systems, by a Unix socket, as in
    /// [code]ws+unix:///run/game.sock:/path[/code]. [signal MultiplayerPeer.peer_connected]
    /// follows, or the connection status goes back to [constant MultiplayerPeer.CONNECTION_DISCONNECTED].
    ///
    /// Names are looked up in the background, and all addresses of a name are tried.
    ///
    /// Returns [constant OK]; [constant ERR_ALREADY_IN_USE] if this object is connected already; [constant
    /// ERR_INVALID_PARAMETER] for a URL that is none, for TLS options of a server, or for [member supported_protocols] or
    /// [member handshake_headers] that cannot be sent; [constant FAILED] if the network says at once that there is no way. [method get_last_error_message] says it in words, then and when the connection
    /// fails later.
    ///
    /// [param tls_client_options] are for [code]wss://[/code], made by [method TLSOptions.client] or [method
    /// TLSOptions.client_unsafe]. Without them the server's certificate has to come from an issuer of [member tls_trusted_file]
    /// ([constant ERR_FILE_CANT_READ] if that cannot be read), or, if that is empty, of Mozilla's list, or of the file named by [member ProjectSettings.network/tls/certificate_bundle_override]. Certificates given to
    /// [method TLSOptions.client] are trusted as they are, and vouch for others if they are marked as an authority's.
    #[func]
    fn create_client(
        &mut self,
        url: GString,
        #[opt(default = OptionalTlsOptions(None))] tls_client_options: OptionalTlsOptions,
    ) -> Error {
        if self.is_active() {
            return self.fail(Error::ERR_ALREADY_IN_USE, "this peer is a server or client already; close() it first");
        }
        if tls_client_options.0.as_ref().is_some_and(|options| options.is_server()) {
            return self.fail(
                Error::ERR_INVALID_PARAMETER,
                "these TLS options are a server's, make them with TLSOptions.client()",
            );
        }
        self.forget_failure();
        let given_url = url;
        let url = match Url::parse(&given_url.to_string()) {
            Ok(url) => url,
            Err(error) => return self.fail(Error::ERR_INVALID_PARAMETER, &error.to_string()),
        };
        if let Err(error) = self.check_handshake() {
            return error;
        }
        let tls = match self.client_tls(tls_client_options.0.as_ref()) {
            Ok(tls) => tls,
            Err((error, reason)) => return self.fail(error, &reason),
        };
        self.url = given_url;
        match Client::connect(url, self.settings(), tls, Instant::now()) {
            Ok(client) => {
                self.start(Some(Box::new(client)), ConnectionStatus::CONNECTING, 0);
                Error::OK
            }
            Err(CloseCause::TlsConfig(error)) => self.fail(Error::ERR_INVALID_PARAMETER, &error.to_string()),
            Err(cause) => {
                self.end_with(&cause);
                refuse(Error::FAILED, &cause.to_string())
            }
        }
    }

    /// The port this server listens on, which matters after [method create_server] with port 0. 0 if this is no server.
    #[func]
    fn get_local_port(&self) -> i32 {
        self.endpoint.as_ref().and_then(|endpoint| endpoint.local_port()).map_or(0, i32::from)
    }

    /// Why the connection of this client ended, as the code of a WebSocket close frame (RFC 6455 section 7.4): the
    /// server's, or ours if we closed; 1005 for a close frame without a code, 1006 for an end without a close frame. -1
    /// if there was no WebSocket connection, on a server, and until the end. Kept until the next [method create_client]
    /// or [method create_server].
    #[func]
    fn get_close_code(&self) -> i32 {
        self.close_code
    }

    /// The reason in the close frame that ended the connection of this client; often empty. Kept as [method
    /// get_close_code] is.
    #[func]
    fn get_close_reason(&self) -> GString {
        self.close_reason.clone()
    }

    /// The HTTP status with which the server refused the handshake of this client: 401 or 403 of a
    /// [member handshake_callback] that did not let it in, 429 and 503 for later, 404 where nothing is. 0 if it refused nothing, or
    /// did not answer at all, and always in a web export, for browsers keep it to themselves. Kept as [method get_close_code] is.
    #[func]
    fn get_handshake_status(&self) -> i32 {
        i32::from(self.handshake_status)
    }

    /// Why the last [method create_server] or [method create_client] failed, or the connection of this client failed or
    /// ended, in words: a name that was not found, a refused or timed out connection, a certificate, the HTTP status of
    /// a refusal, a close code. Empty if nothing failed. Kept until the next [method create_client] or [method
    /// create_server].
    #[func]
    fn get_last_error_message(&self) -> GString {
        GString::from(self.last_error_message.as_str())
    }
}
