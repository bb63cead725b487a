//! Clients that say what no client should: it ends their own connection, and touches nobody else.

use anyhow::{Result, ensure};
use integration_tests::{
    Class, Scenario, Since, Stage,
    raw::{RawSocket, request, wire},
};

/// A server with one good client, and one that does this until the server has ended its connection.
fn bad_client(act: impl Fn(&mut RawSocket, &Stage) -> Result<()> + Send + Sync + 'static) -> Scenario {
    Scenario::new("trouble/bad_client", &["server", "client_good"]).with("bad client", move |stage: &Stage| {
        stage.wait_for("bad one may come")?;
        let mut client = RawSocket::connect(stage)?;
        act(&mut client, stage)?;
        let _answer = client.read_to_end()?;
        stage.leave("bad one done", "")
    })
}

/// A client that says this instead of a request, and the reason that our server has for ending it.
fn bad_request(bytes: impl Into<Vec<u8>>, reason: &str) -> Scenario {
    let bytes = bytes.into();
    bad_client(move |client, _stage| client.send(&bytes)).tells_as(
        Class::Ours,
        "server",
        &format!("connection from .* did not become a peer: .*{reason}"),
    )
}

/// Joins, and waits until the game has heard of it: who goes before that is not announced.
fn join(client: &mut RawSocket, stage: &Stage) -> Result<()> {
    client.join(stage, "bad")?;
    stage.wait_for("announced").map(drop)
}

const BROKEN_FRAMES: Since = Since::godot_4(4, "the built-in class does not stand what broken frames bring");

/// A client that joins as it should, and then says this; and the reason that our server has for ending it.
fn bad_frames(bytes: Vec<u8>, reason: &str) -> Scenario {
    bad_client(move |client, stage| {
        join(client, stage)?;
        client.send(&bytes)
    })
    .measured_since(BROKEN_FRAMES)
    .tells_as(Class::Ours, "server", &format!("(peer .* has gone|did not become a peer): .*{reason}"))
}

scenario!(
    /// No HTTP at all, but lines that end.
    garbage,
    both,
    bad_request(*b"\x01\x02garbage\r\nmore garbage\r\n\r\n", "not HTTP")
        .says_as(Class::Builtin, "server", "Not enough response headers")
);

scenario!(
    /// A head that does not end.
    oversized_head,
    both,
    bad_request(format!("GET / HTTP/1.1\r\nHost: a\r\nX-Long: {}", "a".repeat(100_000)), "head is larger")
        .says_as(Class::Builtin, "server", "response headers are too big")
);

scenario!(
    /// A version of the protocol that there never was.
    wrong_version,
    both,
    bad_request(request(&[]).replace("Version: 13", "Version: 99"), "version is not 13")
        .says_as(Class::Builtin, "server", "Missing or invalid header 'sec-websocket-version'")
);

scenario!(
    /// A request that is proper HTTP and no upgrade.
    plain_http,
    both,
    bad_request("GET / HTTP/1.1\r\nHost: a\r\nAccept: */*\r\nUser-Agent: curious\r\n\r\n", "does not ask for an upgrade")
        .says_as(Class::Builtin, "server", "Missing or invalid header 'upgrade'")
);

scenario!(
    /// A request without a key.
    no_key,
    both,
    bad_request(request(&[]).replace("Sec-WebSocket-Key", "X-Key"), "Sec-WebSocket-Key")
        .says_as(Class::Builtin, "server", "Missing header 'sec-websocket-key'")
);

scenario!(
    /// A client that hangs up in the middle of its request.
    hangs_up_in_request,
    both,
    bad_client(|client, _stage| {
        client.send(b"GET / HTTP/1.1\r\nHost: a")?;
        client.shut_down()
    })
);

scenario!(
    /// A client that hangs up in the middle of a frame.
    hangs_up_in_frame,
    both,
    bad_client(|client, stage| {
        join(client, stage)?;
        let frame = wire::frame(wire::BINARY, wire::MASK, &[0; 100]);
        client.send(&frame[..50])?;
        client.shut_down()
    })
);

scenario!(
    /// A frame without a mask, as only a server's may be.
    unmasked_frame,
    both,
    bad_frames(wire::frame(wire::BINARY, None, b"hello"), "not masked")
);

scenario!(
    /// A frame with an opcode that does not exist.
    unknown_opcode,
    both,
    bad_frames(wire::frame(0x83, wire::MASK, b"hello"), "opcode")
);

scenario!(
    /// A frame with a bit that means nothing.
    reserved_bit,
    both,
    bad_frames(wire::frame(0xc2, wire::MASK, b"hello"), "reserved bit")
);

scenario!(
    /// The continuation of nothing.
    stray_continuation,
    both,
    bad_frames(wire::frame(0x80, wire::MASK, b"hello"), "continues nothing")
);

scenario!(
    /// A message beyond the server's inbound buffer.
    too_large,
    both,
    bad_frames(wire::frame(wire::BINARY, wire::MASK, &[0; 100_000]), "larger than inbound_buffer_size")
);

scenario!(
    /// A frame that claims to be longer than anything.
    absurd_length,
    ours,
    bad_frames([&[0x82, 0xff][..], &[0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], &[0; 4]].concat(), "inbound_buffer_size")
        .incomparable("the built-in class waits for the rest")
);

/// What a client learns that asked in a wrong way: the answer that HTTP has for it.
mod answers {
    use super::*;

    fn answers_with(bytes: impl Into<Vec<u8>>, status: &'static str) -> Scenario {
        let bytes = bytes.into();
        Scenario::new("trouble/bad_client", &["server", "client_good"])
            .incomparable("the built-in class only hangs up")
            .with("bad client", move |stage: &Stage| {
                stage.wait_for("bad one may come")?;
                let mut client = RawSocket::connect(stage)?;
                client.send(&bytes)?;
                let answer = client.read_to_end()?;
                let answer = String::from_utf8_lossy(&answer);
                ensure!(answer.starts_with(&format!("HTTP/1.1 {status}")), "answered with: {answer}");
                stage.leave("bad one done", "")
            })
    }

    scenario!(
        /// 400 to what is no HTTP.
        garbage,
        ours,
        answers_with(*b"garbage\r\nmore garbage\r\n\r\n", "400")
    );

    scenario!(
        /// 426 to a version that we do not speak.
        wrong_version,
        ours,
        answers_with(request(&[]).replace("Version: 13", "Version: 99"), "426")
    );

    scenario!(
        /// 431 to a head beyond all measure.
        oversized_head,
        ours,
        answers_with(format!("GET / HTTP/1.1\r\nHost: a\r\nX-Long: {}\r\n\r\n", "a".repeat(100_000)), "431")
    );

    scenario!(
        /// 426 to a request that is no upgrade.
        plain_http,
        ours,
        answers_with("GET / HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n", "426")
    );
}
