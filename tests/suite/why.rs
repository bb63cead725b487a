//! Why a client could not get in, or not stay: its getters say it, and keep it.

use std::net::TcpListener;

use anyhow::Result;
use integration_tests::{
    Class, Scenario, Stage,
    raw::{BlackHole, RawServer, RawSocket, wire},
};

/// A client that ends with this message.
fn fails(message: &str) -> Scenario {
    Scenario::new("why/fails", &["client"])
        .option("message", message)
        .may_say_as(Class::Builtin, "client", "^ERROR: ")
        .may_say_as(Class::Ours, "client", "^ERROR: .*the server did not send a valid peer id")
}

/// A client whose server does this with it instead of letting it in.
fn fails_at(message: &str, act: impl Fn(&mut RawSocket) -> Result<()> + Send + Sync + 'static) -> Scenario {
    fails(message).with("server", move |stage: &Stage| {
        let mut peer = RawServer::listen(stage)?.accept(stage)?;
        act(&mut peer)?;
        peer.read_to_end().map(drop)
    })
}

/// A client that is refused with this status.
fn refused(status: &'static str) -> Scenario {
    let scenario = fails_at(&format!("HTTP {status}"), move |peer| {
        peer.read_head()?;
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nX-Reason: none\r\nConnection: close\r\n\r\n");
        peer.send(answer.as_bytes())
    });
    scenario.option("status", status.split_once(' ').map_or(status, |(code, _)| code))
}

/// A client that is let in and then told this.
fn ends_at(code: &str, reason: &str, message: &str, bytes: Vec<u8>) -> Scenario {
    let scenario = fails(message).option("in", "yes").option("code", code).option("reason", reason);
    scenario.with("server", move |stage: &Stage| {
        let mut peer = let_in(stage)?;
        peer.send(&bytes)?;
        peer.read_goodbye()?;
        peer.hang_up()
    })
}

fn let_in(stage: &Stage) -> Result<RawSocket> {
    let mut peer = RawServer::listen(stage)?.accept(stage)?;
    peer.upgrade()?;
    peer.send_message(&7_i32.to_le_bytes())?;
    stage.wait_for("id.client")?;
    Ok(peer)
}

fn close_frame(code: u16, reason: &str) -> Vec<u8> {
    wire::frame(wire::CLOSE, None, &wire::close(code, reason))
}

mod never_got_in {
    use super::*;

    scenario!(
        /// A name that nobody has.
        name_not_found,
        both,
        fails("the name 'no-such-host.invalid' was not found").option("url", "ws://no-such-host.invalid:9000")
    );

    scenario!(
        /// A port where nobody listens.
        connection_refused,
        both,
        fails("no connection to 127.0.0.1:.*connection refused").option("url", &format!("ws://127.0.0.1:{}", closed_port()))
    );

    scenario!(
        /// A way that leads nowhere.
        timed_out,
        both,
        fails("longer than handshake_timeout").option("timeout", "0.3").with("server", |stage: &Stage| {
            let _hole = BlackHole::open(stage)?;
            stage.wait_for("over").map(drop)
        })
    );

    scenario!(
        /// A server that does not answer.
        no_answer,
        both,
        fails_at("longer than handshake_timeout", |_peer| Ok(())).option("timeout", "0.3")
    );

    scenario!(
        /// Not for everybody.
        forbidden,
        both,
        refused("403 Forbidden")
    );

    scenario!(
        /// Too much to do.
        unavailable,
        both,
        refused("503 Service Unavailable")
    );

    scenario!(
        /// Somewhere else.
        moved,
        both,
        refused("301 Moved Permanently")
    );

    scenario!(
        /// A server of something else entirely.
        not_http,
        both,
        fails_at("the answer is not HTTP", |peer| {
            peer.read_head()?;
            peer.send(b"220 mail.example ESMTP\r\n250 ok\r\n250 ok\r\n250 ok\r\n\r\n")
        })
    );

    scenario!(
        /// A server that takes another client's key for ours.
        wrong_accept,
        both,
        fails_at("Sec-WebSocket-Accept does not match", |peer| {
            let answer = peer.read_and_answer()?;
            let start = answer.find("Sec-WebSocket-Accept").unwrap_or_default();
            peer.send(format!("{}Sec-WebSocket-Accept: AAAA\r\n\r\n", &answer[..start]).as_bytes())
        })
    );

    scenario!(
        /// A connection that is cut instead of answered.
        cut,
        both,
        fails_at("without a close frame", |peer| {
            peer.read_head()?;
            peer.hang_up()
        })
    );

    scenario!(
        /// An id that is none.
        no_id,
        both,
        fails_at("valid peer id", |peer| {
            peer.upgrade()?;
            peer.send_message(b"hello")?;
            peer.read_goodbye()?;
            peer.hang_up()
        })
    );

    scenario!(
        /// A close frame where the id is due: its code and its reason are told.
        closed_before_id,
        both,
        fails("4001.*the server is full").option("code", "4001").option("reason", "the server is full").with(
            "server",
            |stage: &Stage| {
                let mut peer = RawServer::listen(stage)?.accept(stage)?;
                peer.upgrade()?;
                peer.send(&close_frame(4001, "the server is full"))?;
                peer.read_goodbye()?;
                peer.hang_up()
            }
        )
    );
}

mod was_in {
    use super::*;

    scenario!(
        /// A code and a reason of the game's own.
        closed_with_reason,
        both,
        ends_at("4000", "you are banned", "4000.*you are banned", close_frame(4000, "you are banned"))
    );

    scenario!(
        /// The ordinary code, without a reason.
        closed,
        both,
        ends_at("1000", "", "1000", close_frame(1000, ""))
    );

    scenario!(
        /// A server that goes away.
        going_away,
        both,
        ends_at("1001", "bye", "1001.*bye", close_frame(1001, "bye"))
    );

    scenario!(
        /// A close frame that says nothing.
        closed_without_code,
        both,
        ends_at("1005", "", "closed", wire::frame(wire::CLOSE, None, &[]))
    );

    scenario!(
        /// A server that breaks the protocol.
        protocol_error,
        both,
        ends_at("1002", "a server's frame is masked", "protocol error", wire::frame(wire::BINARY, wire::MASK, b"hello"))
    );

    scenario!(
        /// A message that is too large.
        too_large,
        both,
        ends_at(
            "1009",
            "a message is larger than inbound_buffer_size (65535 bytes)",
            "larger than inbound_buffer_size",
            wire::frame(wire::BINARY, None, &[0; 100_000])
        )
    );

    scenario!(
        /// A text that is none.
        broken_text,
        both,
        ends_at("1007", "a text message or close reason is not UTF-8", "UTF-8", wire::frame(wire::TEXT, None, &[0xff]))
    );

    scenario!(
        /// An end without a goodbye.
        cut,
        both,
        fails("without a close frame").option("in", "yes").option("code", "1006")
            .with("server", |stage: &Stage| let_in(stage)?.hang_up())
    );

    scenario!(
        /// An end in the middle of a frame.
        cut_in_frame,
        both,
        fails("without a close frame").option("in", "yes").option("code", "1006").with("server", |stage: &Stage| {
            let mut peer = let_in(stage)?;
            peer.send(&wire::frame(wire::BINARY, None, &[0; 100])[..50])?;
            peer.hang_up()
        })
    );

    scenario!(
        /// A reset.
        reset,
        both,
        fails("the connection was lost").option("in", "yes").option("code", "1006")
            .with("server", |stage: &Stage| let_in(stage)?.reset())
    );
}

scenario!(
    /// Calls that are refused at once leave their reason, too.
    refused_calls,
    ours,
    Scenario::solo("why/refused_calls")
        .says_as(Class::Ours, "solo", "^ERROR: ")
        .says_as(Class::Ours, "solo", "^ERROR: RustWebSocketMultiplayerPeer: cannot listen on port .* taken")
        .says_as(Class::Ours, "solo", "^ERROR: RustWebSocketMultiplayerPeer: inbound_buffer_size must be greater than 0")
        .says_as(Class::Ours, "solo", "^ERROR: RustWebSocketMultiplayerPeer: max_queued_packets must be greater than 0")
        .says_as(Class::Ours, "solo", "^WARNING: RustWebSocketMultiplayerPeer: outbound_buffer_size is negative")
        .incomparable("the built-in class tells no reasons")
        .files(|files| {
            use integration_tests::certificates::{Authority, Server};
            let root = Authority::root("The Root")?;
            let stranger = root.issue(Server::default())?;
            let mut identity = root.issue(Server::default())?;
            identity.key = stranger.key;
            identity.write(files)
        })
);

/// A port that was free a moment ago.
fn closed_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr()).map_or(1, |address| address.port())
}
