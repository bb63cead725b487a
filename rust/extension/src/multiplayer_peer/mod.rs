//! [`RustWebSocketMultiplayerPeer`], the class a game assigns to `multiplayer.multiplayer_peer`.
//!
//! Signals re-enter: a handler may send, disconnect, close, or let go of this object. So whatever emits holds no
//! borrow of it meanwhile (see its `poll`).

mod built_in;
mod certificates;
mod conditions;
pub(crate) mod debugger;
mod drain;
pub(crate) mod enums;
mod events;
mod links;
mod methods;
pub(crate) mod monitors;
mod overflow;
mod pages;
mod peers;
mod player_limits;
mod proxies;
mod quality;
mod reception;
mod statistics;
mod termination;
mod verdict;
mod virtuals;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use godot::builtin::{Callable, GString, PackedStringArray, VarDictionary};
use godot::classes::MultiplayerPeerExtension;
use godot::classes::multiplayer_peer::{ConnectionStatus, TransferMode};
use godot::global::Error;
use godot::obj::Base;
use godot::register::{GodotClass, godot_api};
use rust_websocket_transport::config::{Conditions, Handshake, Limits, Proxies, Reception, Settings};
use rust_websocket_transport::error::CloseCause;
use rust_websocket_transport::game::{DrainPlan, PeerView};
use rust_websocket_transport::statistics::{Queues, Statistics};

use self::certificates::Source;
use self::enums::{Compression, OverflowPolicy};
use self::monitors::Monitors;
use self::overflow::Missed;
use self::peers::Handle;
use self::reception::Requests;
use self::statistics::Clock;
use self::termination::Watch;
use crate::compression::{self, NOT_CHOSEN};
use crate::convert;
use crate::endpoint::{self, Current};
use crate::frame_end::{FlushAtFrameEnd, FrameEnd};
use crate::logging;
use crate::packet::Lent;

/// Who speaks in the log.
const CLASS: &str = "RustWebSocketMultiplayerPeer";

/// A multiplayer peer over WebSocket: a drop-in replacement for [WebSocketMultiplayerPeer], wire-compatible with it.
///
/// Assign it to [member MultiplayerAPI.multiplayer_peer] after [method create_server] or [method create_client]. Either
/// end may be the built-in class, so a web export, which has no native classes, can join a server of this class.
///
/// It needs to be polled, which [SceneMultiplayer] does once per frame. Packets leave in the frame in which they were
/// put.
///
/// It may be used on any thread, by one at a time. On other threads than the main thread no frame ends, so each packet is
/// written when it is put; signals are emitted on the thread that polls.
///
/// All properties have defaults that suit a first game. The six that the built-in class has too: [member
/// supported_protocols], [member handshake_headers], [member handshake_timeout], [member inbound_buffer_size], [member
/// outbound_buffer_size], [member max_queued_packets]. All others, by what they are for:
///
/// [b]Links:[/b] [member heartbeat_interval], [member overflow_policy], [member unreliable_max_age], [member compression],
/// [member compression_threshold], [member compression_level], [member network_thread], [member simulated_conditions].
///
/// [b]Who is let in, and how much they may send:[/b] [member handshake_callback], [member allowed_origins], [member
/// max_peers], [member max_handshakes_per_minute], [member max_peer_bytes_per_second], [member
/// max_peer_packets_per_second].
///
/// [b]Running a server:[/b] [member tls_certificate_file], [member tls_key_file], [member trusted_proxies], [member
/// proxy_protocol], [member health_path], [member metrics_path], [member drain_on_termination]; and for clients, [member
/// tls_trusted_file].
#[derive(GodotClass)]
#[class(tool, init, base = MultiplayerPeerExtension)]
pub struct RustWebSocketMultiplayerPeer {
    /// Subprotocols: what a client offers, in its order of preference, or what a server supports. If either side names
    /// any, both must share one. Spaces around a name are dropped, and so are empty and double ones. A name is ASCII without
    /// spaces, commas, slashes, quotes or brackets. Any other is an error when it is set, [method create_server] and
    /// [method create_client] return [constant ERR_INVALID_PARAMETER], and a server that runs keeps what it had. Default:
    /// none. Applies to connections made afterwards.
    #[var(get = get_supported_protocols, set = set_supported_protocols, usage_flags = [DEFAULT])]
    supported_protocols: PackedStringArray,
    /// Further HTTP header lines for the handshake, each [code]"Name: value"[/code] without a line break. A line that is
    /// none, or a header that the handshake itself has ([code]Host[/code], [code]Upgrade[/code], [code]Connection[/code],
    /// [code]Content-Length[/code], [code]Transfer-Encoding[/code], [code]Sec-WebSocket-*[/code]), is an error as in [member
    /// supported_protocols]. Default: none. Applies to connections made afterwards.
    #[var(get = get_handshake_headers, set = set_handshake_headers, usage_flags = [DEFAULT])]
    handshake_headers: PackedStringArray,
    /// The largest packet that is taken, in bytes; also how many unread bytes of one peer stop the reading from it.
    /// Greater than 0. Default: 65535. Applies to connections made afterwards.
    #[var(get = get_inbound_buffer_size, set = set_inbound_buffer_size, usage_flags = [DEFAULT])]
    #[init(val = 65_535)]
    inbound_buffer_size: i32,
    /// The most payload bytes that wait to be sent to one peer; 0 is no limit. Default: 65535. Applies to connections
    /// made afterwards.
    ///
    /// A world that a peer joins is sent in one burst. For what is put in the first 10 seconds of a peer there is room
    /// for another 8 MiB and 8192 packets, which takes none of the ordinary room while it waits; memory that is not used
    /// is not taken. Whoever sets this or [member max_queued_packets] below its default gets just what was set.
    #[var(get = get_outbound_buffer_size, set = set_outbound_buffer_size, usage_flags = [DEFAULT])]
    #[init(val = 65_535)]
    outbound_buffer_size: i32,
    /// How many seconds a connection may take until it has its peer id, name lookup included. Greater than 0. Default:
    /// 3.0. Applies to connections made afterwards.
    #[var(get = get_handshake_timeout, set = set_handshake_timeout, usage_flags = [DEFAULT])]
    #[init(val = 3.0)]
    handshake_timeout: f64,
    /// The most packets that wait per peer, each way. Greater than 0. Default: 2048. See [member outbound_buffer_size] for
    /// the first seconds of a peer. Applies to connections made afterwards.
    #[var(get = get_max_queued_packets, set = set_max_queued_packets, usage_flags = [DEFAULT])]
    #[init(val = 2048)]
    max_queued_packets: i32,
    /// How many seconds pass between two pings to each peer, 0 for none. A peer from which nothing arrives for two
    /// intervals, not even the answer to a ping, is disconnected. A large packet may take longer, as long as 256 bytes of
    /// it come in every interval; what drips more slowly counts as silence. Not negative. Default: 0.0, with which a peer
    /// that vanished or dripped would stay. Applies to connections made afterwards; [method get_peer] has the one of a
    /// single connection.
    #[var(get = get_heartbeat_interval, set = set_heartbeat_interval, usage_flags = [DEFAULT])]
    heartbeat_interval: f64,
    /// How many peers this server takes; whoever comes when they are all there is answered with HTTP 503. 0 is no limit.
    /// Not negative. Default: 0. Applies at once, to those who come.
    #[var(get = get_max_peers, set = set_max_peers, usage_flags = [DEFAULT])]
    max_peers: i32,
    /// How many bytes one peer of this server may send in a second, with everything around its packets (frames, TLS), and at
    /// once after a pause. A compressed packet counts as what it is once inflated, for that is what it costs the game. Over
    /// the limit, the server does not read from that peer for a while, so that TCP slows it down; nothing is lost, and a
    /// single packet may be larger. Nor is its leaving noticed before the rest was read, so a throttled peer that has gone may
    /// hold its place for as long; [method MultiplayerPeer.disconnect_peer] works at once. [method get_statistics] and [method get_peer_statistics] tell for how
    /// long ([code]throttled_msec[/code]). 0 is no limit. Not negative. Default: 0. Applies to connections made afterwards.
    #[var(get = get_max_peer_bytes_per_second, set = set_max_peer_bytes_per_second, usage_flags = [DEFAULT])]
    max_peer_bytes_per_second: i32,
    /// As [member max_peer_bytes_per_second], in packets; pings and other control frames count as well. What was read and is
    /// over it waits in memory, 64 KiB per peer at the most. 0 is no limit. Not negative. Default: 0. Applies to connections
    /// made afterwards.
    #[var(get = get_max_peer_packets_per_second, set = set_max_peer_packets_per_second, usage_flags = [DEFAULT])]
    max_peer_packets_per_second: i32,
    /// How many connections from one address (one /64 of IPv6) this server grants in a minute, and at once after a quiet
    /// one; whoever asks more often is answered with HTTP 429 and a [code]Retry-After[/code]. A household, a school and a
    /// mobile network may be one address each, so leave room for several players who come back at once. 0 is no limit. Not
    /// negative. Default: 0. Applies at once, to those who come.
    #[var(get = get_max_handshakes_per_minute, set = set_max_handshakes_per_minute, usage_flags = [DEFAULT])]
    max_handshakes_per_minute: i32,
    /// The proxies in front of this server: addresses and ranges of them, as in [code]"10.0.0.0/8"[/code] or [code]"::1"[/code].
    /// Only of requests that come from one of these, the headers [code]Forwarded[/code], [code]X-Forwarded-For[/code] and
    /// [code]X-Real-IP[/code] say what [method get_peer_address] returns, and bounds per address count the player, not the
    /// proxy. They are read from the right, past other trusted proxies, to the first address that is not trusted. The first
    /// of the three that is there counts alone, so [b]the proxy must set or remove each of them[/b]: what it passes on is the
    /// player's invention. [code]Forwarded[/code]'s [code]proto[/code], or [code]X-Forwarded-Proto[/code], say whether the
    /// player uses TLS. [method get_peer_port] is 0 if no port is told. An entry that is none is an error as in [member
    /// supported_protocols]. Default: none, with which nobody is believed. Applies at once, to those who come.
    #[var(get = get_trusted_proxies, set = set_trusted_proxies, usage_flags = [DEFAULT])]
    trusted_proxies: PackedStringArray,
    /// Whether the proxies in front of this server begin each connection with a head of the PROXY protocol, version 1 or 2: one
    /// of [enum ProxyProtocol]. It is how proxies that pass TLS through, such as HAProxy's [code]send-proxy-v2[/code] and
    /// load balancers of clouds, say whose connection it is. Default: [constant PROXY_PROTOCOL_OFF]. Applies at once, to those
    /// who come.
    #[var(get = get_proxy_protocol, set = set_proxy_protocol, hint = ENUM, hint_string = "Off,Optional,Required", usage_flags = [DEFAULT])]
    proxy_protocol: i32,
    /// A file with the certificate of a [code]wss://[/code] server and the rest of its chain after it, in PEM, such as the
    /// [code]fullchain.pem[/code] of Let's Encrypt: an absolute path, or one that begins with [code]res://[/code] or
    /// [code]user://[/code]. [member tls_key_file] has to be set too. Both are read by [method create_server] if that gets no
    /// [TLSOptions], and again within a minute after one of them has changed, for connections made from then on; peers that are
    /// connected stay. If the new ones are broken, the server keeps what it has, and the log says so. Default: empty, with which
    /// the server speaks [code]ws://[/code]. Applies to the next server, and to [method reload_certificate].
    #[var(get = get_tls_certificate_file, set = set_tls_certificate_file, usage_flags = [DEFAULT])]
    tls_certificate_file: GString,
    /// A file with the private key that belongs to [member tls_certificate_file], in PEM: RSA with 2048 to 4096 bits, or EC on
    /// P-256 or P-384. Default: empty. Applies as that does.
    #[var(get = get_tls_key_file, set = set_tls_key_file, usage_flags = [DEFAULT])]
    tls_key_file: GString,
    /// A file with the certificates that a client trusts, in PEM, in place of Mozilla's list: a path as in [member
    /// tls_certificate_file]. Looked at by [method create_client] if that gets no [TLSOptions]. The certificates are trusted as
    /// with [method TLSOptions.client]. Default: empty. Applies to the next client.
    #[var(get = get_tls_trusted_file, set = set_tls_trusted_file, usage_flags = [DEFAULT])]
    tls_trusted_file: GString,
    /// What becomes of a peer that missed a packet because its queue was full (see [member outbound_buffer_size] and
    /// [member max_queued_packets]): one of [enum OverflowPolicy]. Default: [constant OVERFLOW_REPORT]. Applies at once.
    #[var(get = get_overflow_policy, set = set_overflow_policy, hint = ENUM, hint_string = "Report,Disconnect", usage_flags = [DEFAULT])]
    overflow_policy: i32,
    /// Whether [method create_server] and [method create_client] give the network a thread of its own, which sleeps until
    /// there is something to do. Then connections are accepted and encrypted, handshakes go on, pings are answered and
    /// packets are written beside the game, while it loads a level too, and [method MultiplayerPeer.poll] only takes what has
    /// come. Signals are emitted by [method MultiplayerPeer.poll] as ever. Worth it for servers with hundreds of peers or with
    /// [code]wss://[/code], and where frames take long; it costs a thread and up to 256 KiB of memory. A packet then
    /// leaves at the end of its frame. A client with [TLSOptions] whose certificates only the engine can judge has no such
    /// thread. Default: [code]false[/code]. Applies to the next server or client.
    #[var(get = get_network_thread, set = set_network_thread, usage_flags = [DEFAULT])]
    network_thread: bool,
    /// How many seconds a packet may wait that was put with [constant MultiplayerPeer.TRANSFER_MODE_UNRELIABLE] or [constant
    /// MultiplayerPeer.TRANSFER_MODE_UNRELIABLE_ORDERED]. One that could not be written to its peer for so long is dropped,
    /// whole, before its first byte leaves; so a peer behind a slow link gets less of a game's state, and none that is old.
    /// Reliable packets are never dropped, and the order of all that arrives is that of putting. Not negative. Default: 0.0,
    /// with which all that was accepted is sent, however old it is by then. Applies at once, to packets that wait as well.
    ///
    /// While it is greater than 0.0, a full queue makes room for a reliable packet by dropping its oldest unreliable ones
    /// before [method PacketPeer.put_packet] refuses it, and the system holds only as much of what was written as it sends in
    /// a fourth of this time, for what it holds cannot be dropped any more. [method get_statistics] and [method
    /// get_peer_statistics] count what was dropped as [code]packets_expired[/code].
    ///
    /// The other end needs to know nothing of this. A [MultiplayerSynchronizer] sends its regular updates unreliably, and what
    /// is set to be replicated on change reliably.
    #[var(get = get_unreliable_max_age, set = set_unreliable_max_age, usage_flags = [DEFAULT])]
    unreliable_max_age: f64,
    /// A bad link to try the game on. Every connection of this server or client lets its bytes pass as late, as slowly and as
    /// haltingly as these numbers say, both ways, at this end, below TLS. TCP goes on as ever, so that nothing is lost or
    /// overtaken, only late:
    /// [br]- [code]latency[/code]: how long everything takes each way, in seconds; 60 at the most;
    /// [br]- [code]jitter[/code]: how much longer it may take, in seconds, by chance for each segment of up to 1460 bytes; 60
    /// at the most;
    /// [br]- [code]bandwidth[/code]: how many bytes pass in a second, each way;
    /// [br]- [code]loss[/code]: the share of segments that are lost, from 0.0 to less than 1.0. A lost one comes 0.2 seconds
    /// later, or a round trip if that is longer, again twice as much if it is lost again, and delays all behind it;
    /// [br]- [code]stall_every[/code], [code]stall_for[/code]: every so many seconds nothing passes for so many seconds;
    /// [br]- [code]cut_after[/code]: after so many seconds the connection breaks, counted from its beginning, or from when
    /// this is set.
    ///
    /// What is missing or 0 is not there. [method get_condition_presets] has ready-made ones. Another key, a number that
    /// makes no sense and what is no number are an error, and nothing changes. It is copied, so that a change takes another
    /// assignment. While there are any, a warning in the log says so. Without them it costs nothing. Default: empty. Applies at
    /// once, to connections that are there as well.
    #[var(get = get_simulated_conditions, set = set_simulated_conditions, usage_flags = [DEFAULT])]
    simulated_conditions: VarDictionary,
    /// Who decides about each client that asks this server to be let in: a function that takes a [RustWebSocketRequest], called
    /// in [method MultiplayerPeer.poll] and on its thread. Until it has answered, there is no peer. It returns
    /// [br]- [code]true[/code]: the client is let in;
    /// [br]- [code]false[/code]: it is refused with HTTP 403;
    /// [br]- an [int] from 400 to 599: it is refused with this status;
    /// [br]- a [Dictionary]: [code]status[/code] is such a number, or 101, the default, to let the client in;
    /// [code]headers[/code] are further lines of the answer, each [code]"Name: value"[/code]; [code]reason[/code] and
    /// [code]body[/code] are texts that go with a refusal; [code]protocol[/code] is the subprotocol for one that is let in, out
    /// of those that it offers.
    ///
    /// Anything else, and an error in the function, refuses with HTTP 500, and the log says so. (GDScript gives back
    /// [code]false[/code] for an error in a function that is declared to return [bool].) Whoever has to wait for
    /// something, a login service maybe, calls [method RustWebSocketRequest.defer] and answers later. Bounds and [member
    /// allowed_origins] are looked at before. Default: an empty [Callable], with which all are let in. Applies to those who come
    /// from now on.
    #[var(get = get_handshake_callback, set = set_handshake_callback, usage_flags = [DEFAULT])]
    #[init(val = Callable::invalid())]
    handshake_callback: Callable,
    /// Which pages of the web may connect to this server, each as browsers name it: [code]https://play.example.com[/code],
    /// [code]http://localhost:8060[/code], [code]https://*.example.com[/code] for every name below that (and not itself), or
    /// [code]null[/code] for files and sandboxed frames. A page from elsewhere is refused with HTTP 403. What is none of these
    /// is an error as in [member supported_protocols].
    ///
    /// A browser adds the cookies of a site to each connection to it, whoever opens that. So without this, any page that a
    /// player visits could connect with the player's login (cross-site WebSocket hijacking). Programs that are no browsers say
    /// nothing of an origin and are let in; one that wants to may say any, so this protects players, not the server. Default:
    /// none, with which all may connect. Applies to those who come from now on.
    #[var(get = get_allowed_origins, set = set_allowed_origins, usage_flags = [DEFAULT])]
    allowed_origins: PackedStringArray,
    /// Whether packets are compressed ([code]permessage-deflate[/code], RFC 7692) where the other side can do it too: one of
    /// [enum Compression]. A client offers it, a server agrees to it. Until it is set, it is
    /// [constant COMPRESSION_AUTO] on a server and [constant COMPRESSION_OFF] otherwise. Applies to connections made
    /// afterwards.
    ///
    /// Browsers offer it, so the clients of a web export gain at once; the built-in class of other platforms does not.
    /// Every packet is compressed by itself, once for all who get it, and nothing is kept for a peer between two packets.
    /// [member inbound_buffer_size] is a limit of what a packet is after it was inflated. With [member network_thread], all of it
    /// is done there. [method get_statistics] says what it saves and what it costs.
    #[var(get = get_compression, set = set_compression, hint = ENUM, hint_string = "Off,Auto", usage_flags = [DEFAULT])]
    #[init(val = NOT_CHOSEN)]
    compression: i32,
    /// The least payload of a packet, in bytes, for which it is tried to compress it; a smaller one leaves as it is, and costs
    /// nothing more. What would not get smaller leaves as it is as well. Not negative. Default: 256. Applies to connections
    /// made afterwards; on a server, at once.
    #[var(get = get_compression_threshold, set = set_compression_threshold, usage_flags = [DEFAULT])]
    #[init(val = 256)]
    compression_threshold: i32,
    /// How hard packets are compressed, from 1, the fastest, to 9, which makes the fewest bytes. Default: 1. Applies to connections
    /// made afterwards; on a server, at once.
    #[var(get = get_compression_level, set = set_compression_level, usage_flags = [DEFAULT])]
    #[init(val = 1)]
    compression_level: i32,
    /// The path at which this server tells a balancer whether it takes new peers, as in [code]/health[/code]: HTTP 200, or 503
    /// once it drains (see [method drain]). A path starts with a slash and has no query; any other text is an error as in [member
    /// supported_protocols]. It is answered to [code]GET[/code] and [code]HEAD[/code], also by HTTP/1.0, takes a
    /// place among the handshakes under way, and counts neither as a failed one nor for [member max_handshakes_per_minute]. Default: empty, with which there is no such page, and whoever
    /// asks without wanting WebSocket is answered with HTTP 426. Applies to requests from now on.
    ///
    /// Without [member network_thread] it is answered in [method MultiplayerPeer.poll], so a game that stands still does not
    /// answer; with it, the answer says only that the process is there.
    #[var(get = get_health_path, set = set_health_path, usage_flags = [DEFAULT])]
    health_path: GString,
    /// The path at which this server shows its statistics as Prometheus reads them (text format 0.0.4), as in
    /// [code]/metrics[/code]. They are those of [method get_statistics], and always answered by a [method
    /// MultiplayerPeer.poll]. Anybody who can reach the port can read them, so let a proxy pass only on what is for players. What
    /// is said of [member health_path] holds, which is looked at first. Default: empty, with which there is no such page.
    #[var(get = get_metrics_path, set = set_metrics_path, usage_flags = [DEFAULT])]
    metrics_path: GString,
    /// How many seconds this server goes on when the process is told to end: by SIGTERM, as service managers and containers do
    /// it, or SIGINT, or on Windows by Ctrl+C, the closing of its console or the end of the session. [signal
    /// termination_requested] is emitted in the next [method MultiplayerPeer.poll], the server drains as by [method drain] with
    /// so many seconds unless a handler has called that, and when it is drained, or closed, the [SceneTree] quits. A second time,
    /// the process ends at once. Not negative. Default: 0.0, with which the process ends at once the first time, as the engine has
    /// it. Applies while this object is a server, and at once.
    #[var(get = get_drain_on_termination, set = set_drain_on_termination, usage_flags = [DEFAULT])]
    drain_on_termination: f64,

    /// [`Self::simulated_conditions`] as they are acted on.
    conditions: Conditions,
    /// The last of [`Self::supported_protocols`] and of [`Self::handshake_headers`] that can be said.
    handshake: Handshake,
    /// The same of the proxies.
    proxies: Proxies,
    /// The same of how clients are received.
    reception: Reception,
    endpoint: Current,
    /// Where the server that runs has its certificate from.
    certificate_source: Source,
    /// What the last endpoint had counted at its end.
    former_statistics: Statistics,
    /// Fixed when the endpoint was made, which is before any of its connections was there.
    #[init(val = Clock::now())]
    clock: Clock,
    /// Those that [`Performance`](godot::classes::Performance) has of this object.
    monitors: Option<Monitors>,
    /// Counts the endpoints this object has had, so that a handler's new one is not taken for the old.
    generation: u64,
    #[init(val = ConnectionStatus::DISCONNECTED)]
    status: ConnectionStatus,
    /// 0 while disconnected or connecting.
    unique_id: i32,
    target_peer: i32,
    transfer_channel: i32,
    #[init(val = TransferMode::RELIABLE)]
    transfer_mode: TransferMode,
    refuse_new_connections: bool,
    #[init(val = -1)]
    close_code: i32,
    close_reason: GString,
    /// The HTTP status of the server's refusal; 0 without one.
    handshake_status: u16,
    last_error_message: String,
    /// The URL of this client, as it was given.
    url: GString,
    /// Packets that found no room, and that no handler has heard of.
    missed: Missed,
    /// What [`Self::get_peer`] has given out, so that it gives the same object again.
    handles: HashMap<i32, Handle>,
    /// What clients have said, as far as the game has seen it.
    requests: Requests,
    /// Whether this server hears that the process is to end.
    watch: Option<Watch>,
    /// How this server drains, if it does.
    drain_plan: Option<DrainPlan>,
    /// The peer whose end is being told, and why it has gone.
    departing: Option<(i32, CloseCause)>,
    /// The packet whose address the engine holds.
    lent: Lent,
    frame_end: FrameEnd,
    base: Base<MultiplayerPeerExtension>,
}

#[godot_api]
impl RustWebSocketMultiplayerPeer {
    /// A packet of [param packet_size] bytes did not get to the peer [param id], for its outbound queue was full.
    /// [method PacketPeer.put_packet] returned [constant ERR_OUT_OF_MEMORY] for it. Emitted in the next
    /// [method MultiplayerPeer.poll], once for each peer and packet. While nothing is connected to this signal, a warning
    /// in the log says what a peer missed, once in 10 seconds for each.
    #[signal]
    fn peer_overflowed(id: i32, packet_size: i32);

    /// This server is drained: nobody is left after [method drain]. Emitted once, in [method MultiplayerPeer.poll], after the
    /// last [signal MultiplayerPeer.peer_disconnected], also if nobody was there.
    #[signal]
    fn drained();

    /// The process was told to end, see [member drain_on_termination]. The server drains when the handlers have come back.
    #[signal]
    fn termination_requested();

    /// Sends what this frame has queued, now instead of at its end. No need to call it.
    #[func(rename = _flush_outbound)]
    fn flush_outbound(&mut self) {
        self.flush_now();
    }

    fn forget_failure(&mut self) {
        self.close_code = -1;
        self.close_reason = GString::new();
        self.handshake_status = 0;
        self.last_error_message.clear();
    }

    /// As [`refuse`], and remembered.
    fn fail(&mut self, error: Error, reason: &str) -> Error {
        self.last_error_message = reason.to_owned();
        refuse(error, reason)
    }

    /// Whether the properties can be said in a handshake.
    fn check_handshake(&mut self) -> Result<(), Error> {
        match convert::handshake(&self.supported_protocols, &self.handshake_headers) {
            Ok(_) => Ok(()),
            Err(error) => Err(self.fail(Error::ERR_INVALID_PARAMETER, &error.to_string())),
        }
    }

    /// Remembers why a client's connection failed or ended.
    fn end_with(&mut self, cause: &CloseCause) {
        self.close_code = cause.close_code().map_or(-1, i32::from);
        self.close_reason = GString::from(cause.close_reason().as_str());
        self.handshake_status = cause.refusal_status().unwrap_or_default();
        self.last_error_message = endpoint::end_of_client(cause);
    }

    fn is_active(&self) -> bool {
        self.status != ConnectionStatus::DISCONNECTED
    }

    fn settings(&self) -> Settings {
        Settings {
            limits: self
                .with_player_limits(Limits {
                    inbound_buffer_size: convert::limit(self.inbound_buffer_size),
                    outbound_buffer_size: convert::limit(self.outbound_buffer_size),
                    max_queued_packets: convert::limit(self.max_queued_packets),
                    handshake_timeout: Duration::try_from_secs_f64(self.handshake_timeout).unwrap_or(Duration::MAX),
                    heartbeat_interval: convert::heartbeat(self.heartbeat_interval),
                    unreliable_max_age: convert::max_age(self.unreliable_max_age),
                    ..Limits::default()
                })
                .with_join_room(),
            handshake: Handshake {
                compression: compression::settings(
                    Compression::from_number(self.compression).map(Into::into),
                    self.compression_threshold,
                    self.compression_level,
                ),
                ..self.handshake.clone()
            },
            admission: self.admission(),
            proxies: self.proxies.clone(),
            reception: self.reception.clone(),
            overflow_policy: OverflowPolicy::from_number(self.overflow_policy).unwrap_or(OverflowPolicy::Report).into(),
            network_thread: self.network_thread,
            conditions: self.conditions,
        }
    }

    /// What is set holds for connections made from now on, those of a running server included.
    fn apply_settings(&mut self) {
        let settings = self.settings();
        if let Some(endpoint) = &mut self.endpoint {
            endpoint.configure(settings, Instant::now());
        }
    }

    fn start(&mut self, endpoint: Current, status: ConnectionStatus, unique_id: i32) {
        self.end_handles();
        self.requests.clear();
        self.departing = None;
        if let Some(mut former) = std::mem::replace(&mut self.endpoint, endpoint) {
            former.shut_down();
            self.former_statistics = Statistics {
                queues: Queues::default(),
                longest_round_trip: None,
                worst_link: None,
                ..former.statistics()
            };
        }
        self.clock = Clock::now();
        self.missed = Missed::default();
        self.certificate_source = Source::None;
        self.generation += 1;
        self.status = status;
        self.unique_id = unique_id;
        self.drain_plan = None;
        self.watch_anew();
        debugger::follow(self);
    }

    fn is_server_side(&self) -> bool {
        self.endpoint.as_ref().is_some_and(|endpoint| endpoint.is_server())
    }

    fn is_client(&self) -> bool {
        self.endpoint.as_ref().is_some_and(|endpoint| !endpoint.is_server())
    }

    /// A connection of the endpoint's.
    fn peer_view(&self, id: i32) -> Option<PeerView<'_>> {
        self.endpoint.as_ref()?.peer(id)
    }

    /// Back to disconnected. The lent packet stays where the engine was told it is.
    fn clear(&mut self) {
        self.start(None, ConnectionStatus::DISCONNECTED, 0);
    }
}

/// Says why a call is refused, as the engine does for its own classes, and gives back the code.
fn refuse(error: Error, reason: &str) -> Error {
    logging::error(CLASS, &format!("{reason}."));
    error
}
