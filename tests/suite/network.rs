//! Networks and ends that make trouble: what comes in pieces, all at once, late, or not at all.

use anyhow::{Result, ensure};
use integration_tests::{
    Scenario, Stage,
    raw::{RawServer, RawSocket, request, wire},
};

/// How many packets somebody sends who is not read: less than any system lets wait, more than a frame's work.
const MANY: usize = 500;

const SPLICED: &str = "a ping between two fragments leaves the message alone; the built-in class splices it in";

/// A server with a client that does this.
fn server_with(act: impl Fn(RawSocket, &Stage) -> Result<()> + Send + Sync + 'static) -> Scenario {
    Scenario::new("network/server", &["server"]).with("client", move |stage: &Stage| {
        act(RawSocket::connect(stage)?, stage)?;
        stage.leave("done", "")
    })
}

/// A server with a client that joins and then does this. (One that goes before the game has heard of it is not announced.)
fn server_with_peer(act: impl Fn(RawSocket, &Stage) -> Result<()> + Send + Sync + 'static) -> Scenario {
    server_with(move |mut client, stage| {
        client.join(stage, "client")?;
        stage.wait_for("announced")?;
        act(client, stage)
    })
}

/// A client with a server that does this.
fn client_with(act: impl Fn(RawSocket, &Stage) -> Result<()> + Send + Sync + 'static) -> Scenario {
    Scenario::new("network/client", &["client"])
        .with("server", move |stage: &Stage| act(RawServer::listen(stage)?.accept(stage)?, stage))
        .may_say("client", "^ERROR: ")
}

/// A client with a server that lets it in and then does this.
fn client_let_in(act: impl Fn(RawSocket, &Stage) -> Result<()> + Send + Sync + 'static) -> Scenario {
    client_with(move |mut peer, stage| {
        peer.upgrade()?;
        peer.send_message(&ID)?;
        stage.wait_for("id.client")?;
        act(peer, stage)
    })
}

/// What a server calls its client here.
const ID: [u8; 4] = 7_i32.to_le_bytes();

fn masked(first_byte: u8, payload: &[u8]) -> Vec<u8> {
    wire::frame(first_byte, wire::MASK, payload)
}

fn plain(first_byte: u8, payload: &[u8]) -> Vec<u8> {
    wire::frame(first_byte, None, payload)
}

/// Says goodbye with this code, and waits for the answer.
fn leave(mut client: RawSocket, code: u16) -> Result<()> {
    client.send(&masked(wire::CLOSE, &wire::close(code, "")))?;
    client.read_to_end().map(drop)
}

fn say_goodbye(mut peer: RawSocket, code: u16) -> Result<()> {
    peer.send(&plain(wire::CLOSE, &wire::close(code, "")))?;
    peer.read_goodbye()?;
    peer.hang_up()
}

/// Clients of a server under test.
mod at_server {
    use super::*;

    scenario!(
        /// Comes and goes without a word.
        cut_before_a_word,
        both,
        server_with(|client, _stage| {
            drop(client);
            Ok(())
        })
    );

    scenario!(
        /// Is gone by a reset before it has said what it wants.
        reset_in_request,
        both,
        server_with(|mut client, _stage| {
            client.send(&request(&[]).as_bytes()[..60])?;
            client.reset()
        })
    );

    scenario!(
        /// Asks, and does not wait for the answer.
        reset_after_request,
        both,
        server_with(|mut client, _stage| {
            client.send_request()?;
            client.read_head()?;
            client.reset()
        }).differs("server", "whether such a client is a peer for a moment is a matter of luck")
    );

    scenario!(
        /// Asks one byte at a time.
        slow_request,
        both,
        server_with(|mut client, stage| {
            client.dribble(request(&[]).as_bytes())?;
            let id = client.read_id()?;
            stage.leave("id.client", &id.to_string())?;
            stage.wait_for("announced")?;
            leave(client, 1000)
        })
    );

    scenario!(
        /// Never finishes its request.
        endless_request,
        both,
        server_with(|mut client, _stage| {
            client.send(&request(&[]).as_bytes()[..60])?;
            client.read_to_end().map(drop)
        }).option("timeout", "0.3")
    );

    scenario!(
        /// Sees the headers that the game has set.
        headers,
        both,
        server_with(|mut client, stage| {
            client.send_request()?;
            let head = client.read_head()?;
            ensure!(head.contains("\r\nX-Server: present\r\n"), "the answer is: {head}");
            let (_, id) = client.read_frame()?;
            let id = i32::from_le_bytes(id.try_into().unwrap_or_default());
            stage.leave("id.client", &id.to_string())?;
            stage.wait_for("announced")?;
            leave(client, 1000)
        })
    );

    scenario!(
        /// Sends its packet one byte at a time.
        slow_packet,
        both,
        server_with_peer(|mut client, stage| {
            client.dribble(&masked(wire::BINARY, b"slowly"))?;
            stage.wait_for("packets.1")?;
            leave(client, 1000)
        })
    );

    scenario!(
        /// Sends many packets in one piece.
        many_in_one,
        both,
        server_with_peer(|mut client, stage| {
            let packets: Vec<u8> = (0..50).flat_map(|number| masked(wire::BINARY, &[number])).collect();
            client.send(&packets)?;
            stage.wait_for("packets.50")?;
            leave(client, 1000)
        })
    );

    scenario!(
        /// Sends a packet in fragments.
        fragments,
        both,
        server_with_peer(|mut client, stage| {
            client.send(&masked(wire::BEGINNING, b"in "))?;
            client.send(&masked(0, b"three "))?;
            client.send(&masked(wire::END, b"pieces"))?;
            stage.wait_for("packets.1")?;
            leave(client, 1000)
        })
    );

    scenario!(
        /// Sends a text, which is as good as bytes.
        text,
        both,
        server_with_peer(|mut client, stage| {
            client.send(&masked(wire::TEXT, "grüße".as_bytes()))?;
            stage.wait_for("packets.1")?;
            leave(client, 1000)
        })
    );

    scenario!(
        /// Asks for a sign of life, and gives one that nobody has asked for.
        ping,
        both,
        server_with_peer(|mut client, stage| {
            client.send(&masked(wire::PONG, b"unasked"))?;
            client.send(&masked(wire::PING, b"hello?"))?;
            let answer = client.read_frame()?;
            ensure!(answer == (wire::PONG, b"hello?".to_vec()), "answered with {answer:02x?}");
            client.send(&masked(wire::BINARY, b"still here"))?;
            stage.wait_for("packets.1")?;
            leave(client, 1000)
        })
    );

    scenario!(
        /// Asks for a sign of life in the middle of a packet.
        ping_in_packet,
        both,
        server_with_peer(|mut client, stage| {
            client.send(&masked(wire::BEGINNING, b"one "))?;
            client.send(&masked(wire::PING, b"?"))?;
            client.send(&masked(wire::END, b"packet"))?;
            stage.wait_for("packets.1")?;
            leave(client, 1000)
        }).intended("server", r#"["packet","client","6f6e65203f7061636b6574"]"#, r#"["packet","client","6f6e65207061636b6574"]"#, SPLICED)
    );

    scenario!(
        /// Has no more to say, and is not done listening.
        half_open,
        both,
        server_with_peer(|mut client, _stage| {
            client.shut_down()?;
            client.read_to_end().map(drop)
        })
    );

    scenario!(
        /// Is gone by a reset in the middle of a packet.
        reset_in_packet,
        both,
        server_with_peer(|mut client, _stage| {
            client.send(&masked(wire::BINARY, &[0; 100])[..50])?;
            client.reset()
        })
    );

    scenario!(
        /// Leaves with a code of its own.
        own_code,
        both,
        server_with_peer(|client, _stage| leave(client, 4242))
    );

    scenario!(
        /// Leaves without a code.
        no_code,
        both,
        server_with_peer(|mut client, _stage| {
            client.send(&masked(wire::CLOSE, &[]))?;
            client.read_to_end().map(drop)
        })
    );

    scenario!(
        /// Is sent much before it reads anything.
        slow_reader,
        both,
        server_with_peer(|mut client, stage| {
            stage.wait_for("all put")?;
            for _ in 0..MANY {
                let (first_byte, payload) = client.read_frame()?;
                ensure!(first_byte == wire::BINARY && payload.len() == 100, "{first_byte:02x} {}", payload.len());
            }
            leave(client, 1000)
        }).option("sends", &MANY.to_string())
    );
}

/// Servers of a client under test.
mod at_client {
    use super::*;

    scenario!(
        /// Cuts the connection before a word.
        cut_before_a_word,
        both,
        client_with(|mut peer, _stage| peer.hang_up())
    );

    scenario!(
        /// Cuts it in the middle of its answer.
        cut_in_answer,
        both,
        client_with(|mut peer, _stage| {
            let answer = peer.read_and_answer()?;
            peer.send(&answer.as_bytes()[..40])?;
            peer.hang_up()
        })
    );

    scenario!(
        /// Resets it in the middle of its answer.
        reset_in_answer,
        both,
        client_with(|mut peer, _stage| {
            let answer = peer.read_and_answer()?;
            peer.send(&answer.as_bytes()[..40])?;
            peer.reset()
        })
    );

    scenario!(
        /// Sees the headers that the game has set.
        headers,
        both,
        client_with(|mut peer, _stage| {
            let request = peer.read_head()?;
            for line in ["X-Client: present", "Cookie: a=b"] {
                ensure!(request.contains(&format!("\r\n{line}\r\n")), "the request is: {request}");
            }
            peer.hang_up()
        })
    );

    scenario!(
        /// Answers and gives the id one byte at a time.
        slow_answer,
        both,
        client_with(|mut peer, stage| {
            let answer = peer.read_and_answer()?;
            peer.dribble(answer.as_bytes())?;
            peer.dribble(&plain(wire::BINARY, &ID))?;
            stage.wait_for("id.client")?;
            say_goodbye(peer, 1000)
        })
    );

    scenario!(
        /// Answers, gives the id and sends a packet, all in one piece.
        all_in_one,
        both,
        client_with(|mut peer, stage| {
            let answer = peer.read_and_answer()?;
            peer.send(&[answer.as_bytes(), &plain(wire::BINARY, &ID), &plain(wire::BINARY, b"first")].concat())?;
            stage.wait_for("packets.1")?;
            say_goodbye(peer, 1000)
        })
    );

    scenario!(
        /// Sends a packet in fragments.
        fragments,
        both,
        client_let_in(|mut peer, stage| {
            peer.send(&plain(wire::BEGINNING, b"in "))?;
            peer.send(&plain(0, b"three "))?;
            peer.send(&plain(wire::END, b"pieces"))?;
            stage.wait_for("packets.1")?;
            say_goodbye(peer, 1000)
        })
    );

    scenario!(
        /// Sends a packet one byte at a time.
        slow_packet,
        both,
        client_let_in(|mut peer, stage| {
            peer.dribble(&plain(wire::BINARY, b"slowly"))?;
            stage.wait_for("packets.1")?;
            say_goodbye(peer, 1000)
        })
    );

    scenario!(
        /// Asks for a sign of life.
        ping,
        both,
        client_let_in(|mut peer, _stage| {
            peer.send(&plain(wire::PING, b"hello?"))?;
            let answer = peer.read_frame()?;
            ensure!(answer == (wire::PONG, b"hello?".to_vec()), "answered with {answer:02x?}");
            say_goodbye(peer, 1000)
        })
    );

    scenario!(
        /// Sends a packet and goodbye in one piece.
        packet_and_goodbye,
        both,
        client_let_in(|mut peer, _stage| {
            peer.send(&[plain(wire::BINARY, b"the last"), plain(wire::CLOSE, &wire::close(1000, ""))].concat())?;
            peer.read_goodbye()?;
            peer.hang_up()
        }).intended("client", "", r#"["packet","server","746865206c617374"]"#, "packets that arrive together with a close are delivered first")
    );

    scenario!(
        /// Cuts the connection in the middle of a packet.
        cut_in_packet,
        both,
        client_let_in(|mut peer, _stage| {
            peer.send(&plain(wire::BINARY, &[0; 100])[..50])?;
            peer.hang_up()
        })
    );

    scenario!(
        /// Resets it in the middle of a packet.
        reset_in_packet,
        both,
        client_let_in(|mut peer, _stage| {
            peer.send(&plain(wire::BINARY, &[0; 100])[..50])?;
            peer.reset()
        })
    );

    scenario!(
        /// Has no more to say, and is not done listening.
        half_open,
        both,
        client_let_in(|mut peer, _stage| {
            peer.shut_down()?;
            peer.read_to_end().map(drop)
        })
    );

    scenario!(
        /// Is sent much before it reads anything.
        slow_reader,
        both,
        client_let_in(|mut peer, stage| {
            stage.wait_for("all put")?;
            for _ in 0..MANY {
                let (first_byte, payload) = peer.read_frame()?;
                ensure!(first_byte == wire::BINARY && payload.len() == 100, "{first_byte:02x} {}", payload.len());
            }
            say_goodbye(peer, 1000)
        }).option("sends", &MANY.to_string())
    );
}
