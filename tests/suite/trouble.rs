//! Clients that cannot get in, or not stay: by addresses where nobody is, and servers that misbehave.

use std::net::TcpListener;

use anyhow::Result;
use integration_tests::{
    Class, Scenario, Stage,
    raw::{BlackHole, RawServer, RawSocket, wire},
};

/// Short, because it has to expire.
const TIMEOUT: &str = "0.3";

fn fails() -> Scenario {
    Scenario::new("trouble/connection_fails", &["client"])
}

/// A server that does this to each of the client's two attempts.
fn fails_at(act: impl Fn(&mut RawSocket) -> Result<()> + Send + Sync + 'static) -> Scenario {
    fails().with("server", move |stage: &Stage| {
        let server = RawServer::listen(stage)?;
        for _attempt in 0..2 {
            let mut peer = server.accept(stage)?;
            act(&mut peer)?;
            peer.read_to_end()?;
        }
        Ok(())
    })
}

/// A server that lets the client in and then says this, and the reason that our client has for leaving.
fn ends_at(bytes: Vec<u8>, reason: &str) -> Scenario {
    Scenario::new("trouble/connection_ends", &["client"])
        .with("server", move |stage: &Stage| {
            let server = RawServer::listen(stage)?;
            let mut peer = server.accept(stage)?;
            peer.upgrade()?;
            peer.send_message(&7_i32.to_le_bytes())?;
            stage.wait_for("id.client")?;
            peer.send(&bytes)?;
            peer.read_goodbye()?;
            peer.hang_up()
        })
        .tells_as(Class::Ours, "client", &format!("the server has gone: .*{reason}"))
}

/// A server that sends this instead of an id.
fn bad_id(message: Vec<u8>) -> Scenario {
    fails_at(move |peer| {
        peer.upgrade()?;
        peer.send(&message)?;
        // Who closes properly waits for an answer to that; hanging up is one.
        peer.read_goodbye()?;
        peer.hang_up()
    })
    .says_as(Class::Builtin, "client", "Invalid ID received from server")
    .says_as(Class::Ours, "client", "(?i)peer id")
}

fn id_of(id: i32) -> Vec<u8> {
    wire::frame(wire::BINARY, None, &id.to_le_bytes())
}

scenario!(
    /// A port of this machine where nobody listens.
    wrong_port,
    both,
    fails().option("url", &format!("ws://127.0.0.1:{}", closed_port()))
);

scenario!(
    /// A host that nobody knows.
    unknown_host,
    both,
    fails().option("url", "ws://no-such-host.invalid:9000").option("timeout", "2")
);

scenario!(
    /// A host to which there is no way.
    unreachable_host,
    both,
    fails().option("url", "ws://192.0.2.1:9000").option("timeout", TIMEOUT)
);

scenario!(
    /// A host that neither answers nor refuses.
    black_hole,
    both,
    fails().option("timeout", TIMEOUT).with("server", |stage: &Stage| {
        let _hole = BlackHole::open(stage)?;
        stage.wait_for("failed twice").map(drop)
    })
);

scenario!(
    /// The handshake timeout against a socket that accepts and never answers.
    silent_server,
    both,
    fails_at(|peer| {
        // On a busy machine the client may have given up before it asked.
        let _ = peer.read_head();
        Ok(())
    })
    .option("timeout", TIMEOUT)
);

scenario!(
    /// The handshake timeout against a server that upgrades and never sends an id.
    no_id,
    ours,
    fails_at(|peer| {
        // As above.
        let _ = peer.upgrade();
        Ok(())
    }).option("timeout", TIMEOUT).incomparable("the built-in class waits for ever")
);

scenario!(
    /// A server that hangs up on the request.
    hangs_up,
    both,
    Scenario::new("trouble/connection_fails", &["client"]).with("server", |stage: &Stage| {
        let server = RawServer::listen(stage)?;
        for _attempt in 0..2 {
            server.accept(stage)?.read_head()?;
        }
        Ok(())
    })
);

scenario!(
    /// Something that answers, and is no WebSocket server.
    not_found,
    both,
    fails_at(|peer| {
        peer.read_head()?;
        peer.send(b"HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    })
    .says_as(Class::Builtin, "client", "Invalid status code")
    .says_as(Class::Builtin, "client", "Invalid response headers")
);

scenario!(
    /// An id of three bytes.
    id_too_short,
    both,
    bad_id(wire::frame(wire::BINARY, None, &[7, 0, 0]))
);

scenario!(
    /// An id of five bytes.
    id_too_long,
    both,
    bad_id(wire::frame(wire::BINARY, None, &[7, 0, 0, 0, 0]))
);

scenario!(
    /// The server's own id.
    id_of_server,
    both,
    bad_id(id_of(1))
);

scenario!(
    /// The id that means everybody.
    id_of_zero,
    both,
    bad_id(id_of(0))
);

scenario!(
    /// An id below zero.
    id_negative,
    both,
    bad_id(id_of(-5))
);

scenario!(
    /// A text where the id is due, as long as an id. The built-in class takes it for one.
    id_as_text,
    ours,
    bad_id(wire::frame(wire::TEXT, None, b"text")).incomparable("the built-in class takes the text for an id")
);

scenario!(
    /// A frame that is masked, as only a client's may be.
    masked_frame,
    both,
    ends_at(wire::frame(wire::BINARY, wire::MASK, b"hello"), "is masked")
);

scenario!(
    /// A frame with an opcode that does not exist.
    unknown_opcode,
    both,
    ends_at(wire::frame(0x83, None, b"hello"), "opcode")
);

scenario!(
    /// A frame with a bit that means nothing.
    reserved_bit,
    both,
    ends_at(wire::frame(0xc2, None, b"hello"), "reserved bit")
);

scenario!(
    /// A text that is none.
    broken_text,
    both,
    ends_at(wire::frame(wire::TEXT, None, &[0xff, 0xfe]), "UTF-8")
);

scenario!(
    /// A message beyond the client's inbound buffer.
    too_large,
    both,
    ends_at(wire::frame(wire::BINARY, None, &[0; 100_000]), "larger than inbound_buffer_size")
);

scenario!(
    /// A close frame.
    close_frame,
    both,
    ends_at(wire::frame(0x88, None, &1000_u16.to_be_bytes()), "1000")
);

scenario!(
    /// A client that is gone, and a server that sends to it all the same.
    writes_to_gone,
    both,
    Scenario::new("trouble/writes_to_gone", &["server"])
        .says_as(Class::Builtin, "server", "STATE_OPEN")
        .may_say_as(Class::Ours, "server", "^(ERROR|WARNING): ")
        .with("client", |stage: &Stage| {
            let mut client = RawSocket::connect(stage)?;
            client.join(stage, "gone")?;
            stage.wait_for("it may go")?;
            drop(client);
            stage.leave("gone", "")
        })
);

/// A port that was free a moment ago.
fn closed_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr()).map_or(1, |address| address.port())
}
