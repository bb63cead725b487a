//! What a multiplayer peer counts, for the game to read. The transport counts; here the numbers get their names.

use std::time::{Duration, Instant, SystemTime};

use godot::builtin::VarDictionary;
use godot::register::godot_api;
use rust_websocket_transport::statistics::{Compressed, PeerStatistics, Queues, Statistics, Traffic, WireBytes};

use super::RustWebSocketMultiplayerPeer;

#[godot_api(secondary)]
impl RustWebSocketMultiplayerPeer {
    /// This server or client in numbers, all of them [int]. They count from [method create_server] or [method
    /// create_client] on, are all 0 before, and keep their last values after [method MultiplayerPeer.close] or the end
    /// of a client's connection, but for what is there only at the moment.
    ///
    /// At the moment:
    /// [br]- [code]peers[/code]: peers that are connected; on a client 1 for the server;
    /// [br]- [code]handshakes_pending[/code]: connections that are about to become peers;
    /// [br]- [code]inbound_packets[/code], [code]inbound_bytes[/code]: packets that arrived and were not read, and their
    /// payload in bytes;
    /// [br]- [code]outbound_packets[/code], [code]outbound_bytes[/code]: packets that wait to be sent, one for each
    /// recipient, and their payload in bytes.
    ///
    /// Since the start:
    /// [br]- [code]handshakes_succeeded[/code]: connections that became peers;
    /// [br]- [code]handshakes_refused[/code]: requests that were answered with an HTTP error, because of [member
    /// max_peers], [member max_handshakes_per_minute] or [member MultiplayerPeer.refuse_new_connections], or because they did not ask for what this server
    /// offers; on a client, by the server;
    /// [br]- [code]handshakes_failed[/code]: connections that broke off, said something that is not HTTP, failed in TLS,
    /// or had to make room for others;
    /// [br]- [code]handshakes_timed_out[/code]: connections that took longer than [member handshake_timeout];
    /// [br]- [code]pages[/code]: requests for [member health_path] and [member metrics_path];
    /// [br]- [code]packets_received[/code], [code]bytes_received[/code]: packets that arrived, read or not, and their
    /// payload in bytes;
    /// [br]- [code]packets_sent[/code], [code]bytes_sent[/code]: packets that the system took over to be sent, one for
    /// each recipient, and their payload in bytes;
    /// [br]- [code]wire_bytes_received[/code], [code]wire_bytes_sent[/code]: bytes that went through the sockets, with
    /// everything around the payload: handshakes, frames, heartbeats, TLS. What TCP and IP add is not among them;
    /// [br]- [code]packets_refused[/code]: packets for which [method PacketPeer.put_packet] had no room, one for each
    /// recipient that missed it, or a single one if it is larger than [member outbound_buffer_size] and was for several;
    /// [br]- [code]packets_dropped[/code]: packets that were accepted and not sent when the connection to their recipient
    /// ended;
    /// [br]- [code]packets_expired[/code]: unreliable packets that were accepted and dropped while they waited, for their age
    /// or to make room for reliable ones: see [member unreliable_max_age];
    /// [br]- [code]throttled_msec[/code]: for how many milliseconds peers were not read from, added up, because of [member
    /// max_peer_bytes_per_second] or [member max_peer_packets_per_second];
    /// [br]- [code]compressed_packets_sent[/code]: packets that were compressed, one for each recipient, [code]bytes_before_compression[/code]
    /// and [code]bytes_after_compression[/code]: their payload in bytes, and what became of it on the wire;
    /// [br]- [code]compression_usec[/code]: how long that took, in microseconds, packets included that would not get smaller;
    /// [br]- [code]compressed_packets_received[/code], [code]bytes_before_inflation[/code], [code]bytes_after_inflation[/code]:
    /// packets that arrived compressed, their payload on the wire in bytes, and what became of it.
    ///
    /// Packets that were accepted are those that were sent, wait, expired or were dropped. Peer ids, which the server sends by
    /// itself, and empty packets count only as bytes of the wire.
    ///
    /// Counting costs nothing worth a thought; this call looks at every peer once.
    #[func]
    pub(super) fn get_statistics(&self) -> VarDictionary {
        let statistics = self.statistics();
        let mut dictionary = VarDictionary::new();
        let counts = counts(&statistics).into_iter().chain(saved(&statistics.compressed));
        for (name, number) in gauges(&statistics).into_iter().chain(counts) {
            dictionary.set(name, godot_int(number));
        }
        // Nobody draws a graph of these, so they are no monitor.
        dictionary.set("pages", godot_int(statistics.handshakes.pages));
        dictionary
    }

    /// The connection with one peer in numbers. On a client, 1 is the server. Empty if there is no such peer.
    ///
    /// As in [method get_statistics], [int]s for this peer alone: [code]packets_received[/code],
    /// [code]packets_sent[/code], [code]bytes_received[/code], [code]bytes_sent[/code],
    /// [code]wire_bytes_received[/code], [code]wire_bytes_sent[/code], [code]inbound_packets[/code],
    /// [code]inbound_bytes[/code], [code]outbound_packets[/code], [code]outbound_bytes[/code],
    /// [code]packets_refused[/code], [code]packets_expired[/code] and [code]throttled_msec[/code].
    ///
    /// And [float]s, the first five -1.0 until a ping was answered, for which there must be a [member
    /// heartbeat_interval]:
    /// [br]- [code]rtt[/code]: how long a ping and its answer take, in milliseconds, smoothed: an eighth of each new
    /// measurement, as SRTT in RFC 6298, and the shortest of the first three, in which a process that starts answers late;
    /// [br]- [code]rtt_last[/code]: the latest of them, in milliseconds;
    /// [br]- [code]rtt_minimum[/code]: the shortest of them so far, in milliseconds;
    /// [br]- [code]rtt_jitter[/code]: how far they are from the smoothed one on average, in milliseconds: a quarter of
    /// each new deviation, as RTTVAR in RFC 6298, but starting at 0 after the first three;
    /// [br]- [code]jitter[/code]: the same in seconds;
    /// [br]- [code]queue_delay[/code]: how long the oldest packet has waited that waits to be sent, in seconds; 0.0 if none
    /// does;
    /// [br]- [code]delivery_rate[/code]: how many bytes of the wire the system took in a second, since an earlier call that was
    /// a second ago or more; 0.0 before there was one;
    /// [br]- [code]connected_since[/code]: when the opening handshake was done, as Unix time in seconds (see [method
    /// Time.get_unix_time_from_system]); 0.0 on a client before that.
    #[func]
    pub(super) fn get_peer_statistics(&self, id: i32) -> VarDictionary {
        let mut dictionary = VarDictionary::new();
        let Some(peer) = self.peer_view(id) else { return dictionary };
        let statistics = peer.statistics();
        let PeerStatistics { traffic, wire, queues, round_trip, throttled, opened, queue_delay, delivery_rate } =
            statistics;
        for (name, number) in passed(&traffic, &wire).into_iter().chain(waiting(&queues)) {
            dictionary.set(name, godot_int(number));
        }
        dictionary.set("packets_refused", godot_int(traffic.packets_refused));
        dictionary.set("packets_expired", godot_int(traffic.packets_expired));
        dictionary.set(THROTTLED, godot_int(milliseconds_of(throttled)));
        let milliseconds = |time: Option<Duration>| time.map_or(-1.0, |time| time.as_secs_f64() * 1000.0);
        dictionary.set("rtt", milliseconds(round_trip.map(|trip| trip.smoothed)));
        dictionary.set("rtt_last", milliseconds(round_trip.map(|trip| trip.last)));
        dictionary.set("rtt_minimum", milliseconds(round_trip.map(|trip| trip.minimum)));
        dictionary.set("rtt_jitter", milliseconds(round_trip.map(|trip| trip.jitter)));
        dictionary.set("jitter", round_trip.map_or(-1.0, |trip| trip.jitter.as_secs_f64()));
        dictionary.set("queue_delay", queue_delay.as_secs_f64());
        dictionary.set("delivery_rate", delivery_rate);
        dictionary.set("connected_since", opened.map_or(0.0, |opened| self.clock.unix_time(opened)));
        dictionary
    }
}

impl RustWebSocketMultiplayerPeer {
    /// Of the endpoint, or of the last one there was.
    pub(super) fn statistics(&self) -> Statistics {
        self.endpoint.as_ref().map_or(self.former_statistics, |endpoint| endpoint.statistics())
    }
}

/// One moment on two clocks: the one that time is measured with, and the one that says what time it is. Fixed once, so
/// that the same moment has the same name whenever it is asked for.
#[derive(Debug)]
pub(super) struct Clock {
    instant: Instant,
    system: SystemTime,
}

impl Clock {
    pub(super) fn now() -> Self {
        Self { instant: Instant::now(), system: SystemTime::now() }
    }

    /// In seconds.
    fn unix_time(&self, moment: Instant) -> f64 {
        let since = self.system.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        (since + moment.saturating_duration_since(self.instant)).as_secs_f64()
    }
}

/// How long nothing was read from peers that had sent too much.
const THROTTLED: &str = "throttled_msec";

fn milliseconds_of(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

type Named<const COUNT: usize> = [(&'static str, u64); COUNT];

/// What is there at the moment.
pub(super) fn gauges(statistics: &Statistics) -> Named<6> {
    let [inbound_packets, inbound_bytes, outbound_packets, outbound_bytes] = waiting(&statistics.queues);
    [
        ("peers", statistics.peers as u64),
        ("handshakes_pending", statistics.handshakes.pending()),
        inbound_packets,
        inbound_bytes,
        outbound_packets,
        outbound_bytes,
    ]
}

/// What only grows.
pub(super) fn counts(statistics: &Statistics) -> Named<14> {
    let Statistics { handshakes, traffic, wire, throttled, .. } = statistics;
    let [packets_received, packets_sent, bytes_received, bytes_sent, wire_bytes_received, wire_bytes_sent] =
        passed(traffic, wire);
    [
        ("handshakes_succeeded", handshakes.succeeded),
        ("handshakes_refused", handshakes.refused),
        ("handshakes_failed", handshakes.failed),
        ("handshakes_timed_out", handshakes.timed_out),
        packets_received,
        packets_sent,
        bytes_received,
        bytes_sent,
        wire_bytes_received,
        wire_bytes_sent,
        ("packets_refused", traffic.packets_refused),
        ("packets_dropped", traffic.packets_dropped),
        ("packets_expired", traffic.packets_expired),
        (THROTTLED, milliseconds_of(*throttled)),
    ]
}

/// What compression has done. Only grows.
fn saved(compressed: &Compressed) -> Named<7> {
    [
        ("compressed_packets_sent", compressed.packets_sent),
        ("bytes_before_compression", compressed.bytes_before_sending),
        ("bytes_after_compression", compressed.bytes_sent),
        ("compression_usec", u64::try_from(compressed.time_sending.as_micros()).unwrap_or(u64::MAX)),
        ("compressed_packets_received", compressed.packets_received),
        ("bytes_before_inflation", compressed.bytes_received),
        ("bytes_after_inflation", compressed.bytes_after_receiving),
    ]
}

fn passed(traffic: &Traffic, wire: &WireBytes) -> Named<6> {
    [
        ("packets_received", traffic.packets_received),
        ("packets_sent", traffic.packets_sent),
        ("bytes_received", traffic.bytes_received),
        ("bytes_sent", traffic.bytes_sent),
        ("wire_bytes_received", wire.received),
        ("wire_bytes_sent", wire.sent),
    ]
}

fn waiting(queues: &Queues) -> Named<4> {
    [
        ("inbound_packets", queues.inbound_packets as u64),
        ("inbound_bytes", queues.inbound_bytes as u64),
        ("outbound_packets", queues.outbound_packets as u64),
        ("outbound_bytes", queues.outbound_bytes as u64),
    ]
}

/// As the engine's int.
fn godot_int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
