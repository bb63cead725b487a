//! The page that Prometheus reads: the statistics in its text format, version 0.0.4
//! (<https://prometheus.io/docs/instrumenting/exposition_formats/>).

use std::fmt::{Display, Write as _};
use std::sync::Arc;

use super::Server;
use crate::network::{Command, PeerKey};
use crate::statistics::{Compressed, Statistics};

/// What stands before each name.
const PREFIX: &str = "rust_websocket_";

impl Server {
    /// Shows the statistics to whoever has asked for them since the last poll. They are added up once for all.
    pub(super) fn show_metrics(&mut self) {
        if self.metrics_asked.is_empty() {
            return;
        }
        let page: Arc<str> = page(&self.count(), self.draining.is_some()).into();
        for key in std::mem::take(&mut self.metrics_asked) {
            self.link.command(Command::Show { key, page: Arc::clone(&page) }, self.now);
        }
    }

    pub(super) fn hear_metrics_asked(&mut self, key: PeerKey) {
        self.metrics_asked.push(key);
    }
}

/// A page under way.
#[derive(Default)]
struct Page(String);

impl Page {
    /// What grows until the server ends.
    fn counter(&mut self, name: &str, help: &str, value: impl Display) {
        self.metric(name, "counter", help, [("", value)]);
    }

    /// What goes up and down.
    fn gauge(&mut self, name: &str, help: &str, value: impl Display) {
        self.metric(name, "gauge", help, [("", value)]);
    }

    /// A name, what it means, and its values, each with its labels.
    fn metric<V: Display>(
        &mut self,
        name: &str,
        kind: &str,
        help: &str,
        values: impl IntoIterator<Item = (&'static str, V)>,
    ) {
        let _ = write!(self.0, "# HELP {PREFIX}{name} {help}\n# TYPE {PREFIX}{name} {kind}\n");
        for (labels, value) in values {
            let _ = writeln!(self.0, "{PREFIX}{name}{labels} {value}");
        }
    }

    /// What compression does for the bytes above.
    fn compression(&mut self, compressed: &Compressed) {
        let Compressed {
            packets_sent,
            bytes_before_sending,
            bytes_sent,
            packets_received,
            bytes_received,
            bytes_after_receiving,
            time_sending,
        } = compressed;
        self.counter("compressed_packets_sent_total", "Packets that were sent compressed.", packets_sent);
        self.counter("before_compression_bytes_total", "Their payload.", bytes_before_sending);
        self.counter("after_compression_bytes_total", "What became of it on the wire.", bytes_sent);
        let help = "For how long packets were compressed, those included that did not get smaller.";
        self.counter("compression_seconds_total", help, time_sending.as_secs_f64());
        self.counter("compressed_packets_received_total", "Packets that arrived compressed.", packets_received);
        self.counter("before_inflation_bytes_total", "Their payload on the wire.", bytes_received);
        self.counter("after_inflation_bytes_total", "What became of it.", bytes_after_receiving);
    }
}

fn page(statistics: &Statistics, is_draining: bool) -> String {
    // The worst link has one number here, as everywhere: its round trip.
    let Statistics {
        peers,
        handshakes,
        traffic,
        wire,
        compressed,
        queues,
        longest_round_trip,
        throttled,
        worst_link: _,
    } = statistics;
    let mut page = Page::default();
    page.gauge("peers", "Peers that are connected.", peers);
    page.gauge("draining", "1 once the server takes no new peers and is about to end.", i32::from(is_draining));
    page.metric(
        "handshakes_total",
        "counter",
        "Opening handshakes by what came of them.",
        [
            ("{outcome=\"succeeded\"}", handshakes.succeeded),
            ("{outcome=\"refused\"}", handshakes.refused),
            ("{outcome=\"failed\"}", handshakes.failed),
            ("{outcome=\"timed_out\"}", handshakes.timed_out),
        ],
    );
    page.gauge("handshakes_pending", "Opening handshakes that are under way.", handshakes.pending());
    page.counter("pages_total", "Requests for the health and metrics pages.", handshakes.pages);
    page.counter(
        "throttled_seconds_total",
        "For how long peers were not read from, added up.",
        throttled.as_secs_f64(),
    );
    page.counter("packets_received_total", "Packets that arrived.", traffic.packets_received);
    page.counter("packets_received_bytes_total", "Payload of the packets that arrived.", traffic.bytes_received);
    page.counter("packets_sent_total", "Packets that were written to the end.", traffic.packets_sent);
    page.counter("packets_sent_bytes_total", "Payload of the packets that were written.", traffic.bytes_sent);
    page.counter("packets_refused_total", "Packets for which a queue had no room.", traffic.packets_refused);
    page.counter("packets_dropped_total", "Packets that waited when their connection ended.", traffic.packets_dropped);
    page.counter("packets_expired_total", "Unreliable packets that were too old to be sent.", traffic.packets_expired);
    page.counter("wire_received_bytes_total", "Bytes read from sockets, TLS and handshakes included.", wire.received);
    page.counter("wire_sent_bytes_total", "Bytes written to sockets, TLS and handshakes included.", wire.sent);
    page.compression(compressed);
    page.gauge("inbound_queue_packets", "Packets that the game has not read.", queues.inbound_packets);
    page.gauge("inbound_queue_bytes", "Payload that the game has not read.", queues.inbound_bytes);
    page.gauge("outbound_queue_packets", "Packets that wait to be sent.", queues.outbound_packets);
    page.gauge("outbound_queue_bytes", "Payload that waits to be sent.", queues.outbound_bytes);
    if let Some(longest) = longest_round_trip {
        let help = "The longest of the smoothed round trips of the peers that are here.";
        page.gauge("longest_round_trip_seconds", help, longest.as_secs_f64());
    }
    page.0
}
