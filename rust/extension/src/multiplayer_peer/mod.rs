//! [`RustWebSocketMultiplayerPeer`], the class a game assigns to `multiplayer.multiplayer_peer`.
//!
//! Signals re-enter: a handler may send, disconnect, close, or let go of this object. So whatever emits holds no
//! borrow of it meanwhile (see its `poll`).

mod certificates;
mod conditions;
pub(crate) mod debugger;
mod drain;
pub(crate) mod enums;
mod methods;
pub(crate) mod monitors;
mod overflow;
mod peers;
mod player_limits;
mod proxies;
mod quality;
mod reception;
mod statistics;
mod termination;
mod verdict;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use bytes::Bytes;
use godot::builtin::{Callable, GString, PackedStringArray, VarDictionary};
use godot::classes::multiplayer_peer::{ConnectionStatus, TransferMode};
use godot::classes::{IMultiplayerPeerExtension, MultiplayerPeerExtension};
use godot::global::Error;
use godot::meta::ToGodot;
use godot::meta::conv::RawPtr;
use godot::obj::{Base, Gd};
use godot::register::{GodotClass, godot_api};
use rust_websocket_transport::close_code;
use rust_websocket_transport::config::{Conditions, Handshake, Limits, Proxies, Reception, Settings};
use rust_websocket_transport::error::{CloseCause, QueueLimit, SendError};
use rust_websocket_transport::event::{Event, Ticket};
use rust_websocket_transport::game::{DrainPlan, PeerView, SERVER_ID};
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
use crate::packet::{self, Lent};

/// Who speaks in the log.
const CLASS: &str = "RustWebSocketMultiplayerPeer";

/// What the built-in class sets aside in every packet for a header it no longer sends.
const PACKET_OVERHEAD: i32 = 9;

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
#[expect(clippy::needless_pass_by_value, reason = "the engine's arguments arrive by value")]
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

    /// Returns [member supported_protocols].
    #[func]
    fn get_supported_protocols(&self) -> PackedStringArray {
        self.supported_protocols.clone()
    }

    /// Sets [member supported_protocols].
    #[func]
    fn set_supported_protocols(&mut self, protocols: PackedStringArray) {
        self.supported_protocols = convert::stripped(&protocols);
        match convert::subprotocols(&self.supported_protocols) {
            Ok(protocols) => {
                self.handshake.supported_protocols = protocols;
                self.apply_settings();
            }
            Err(error) => {
                refuse(Error::ERR_INVALID_PARAMETER, &error.to_string());
            }
        }
    }

    /// Returns [member handshake_headers].
    #[func]
    fn get_handshake_headers(&self) -> PackedStringArray {
        self.handshake_headers.clone()
    }

    /// Sets [member handshake_headers].
    #[func]
    fn set_handshake_headers(&mut self, protocols: PackedStringArray) {
        self.handshake_headers = protocols;
        match convert::header_lines(&self.handshake_headers) {
            Ok(headers) => {
                self.handshake.headers = headers;
                self.apply_settings();
            }
            Err(error) => {
                refuse(Error::ERR_INVALID_PARAMETER, &error.to_string());
            }
        }
    }

    /// Returns [member inbound_buffer_size].
    #[func]
    fn get_inbound_buffer_size(&self) -> i32 {
        self.inbound_buffer_size
    }

    /// Sets [member inbound_buffer_size].
    #[func]
    fn set_inbound_buffer_size(&mut self, buffer_size: i32) {
        if convert::is_positive(buffer_size) {
            self.inbound_buffer_size = buffer_size;
            self.apply_settings();
        } else {
            refuse(Error::ERR_INVALID_PARAMETER, "inbound_buffer_size must be greater than 0");
        }
    }

    /// Returns [member outbound_buffer_size].
    #[func]
    fn get_outbound_buffer_size(&self) -> i32 {
        self.outbound_buffer_size
    }

    /// Sets [member outbound_buffer_size].
    #[func]
    fn set_outbound_buffer_size(&mut self, buffer_size: i32) {
        if buffer_size < 0 {
            // The built-in class takes it so, and games may count on it.
            logging::warning(CLASS, "outbound_buffer_size is negative, which is no limit; 0 says so");
        }
        self.outbound_buffer_size = buffer_size;
        self.apply_settings();
    }

    /// Returns [member handshake_timeout].
    #[func]
    fn get_handshake_timeout(&self) -> f64 {
        self.handshake_timeout
    }

    /// Sets [member handshake_timeout].
    #[func]
    fn set_handshake_timeout(&mut self, timeout: f64) {
        if timeout > 0.0 && Duration::try_from_secs_f64(timeout).is_ok() {
            self.handshake_timeout = timeout;
            self.apply_settings();
        } else {
            refuse(
                Error::ERR_INVALID_PARAMETER,
                "handshake_timeout must be greater than 0, and neither infinite nor NAN",
            );
        }
    }

    /// Returns [member max_queued_packets].
    #[func]
    fn get_max_queued_packets(&self) -> i32 {
        self.max_queued_packets
    }

    /// Sets [member max_queued_packets].
    #[func]
    fn set_max_queued_packets(&mut self, max_queued_packets: i32) {
        if convert::is_positive(max_queued_packets) {
            self.max_queued_packets = max_queued_packets;
            self.apply_settings();
        } else {
            refuse(Error::ERR_INVALID_PARAMETER, "max_queued_packets must be greater than 0");
        }
    }

    /// Returns [member heartbeat_interval].
    #[func]
    fn get_heartbeat_interval(&self) -> f64 {
        self.heartbeat_interval
    }

    /// Sets [member heartbeat_interval].
    #[func]
    fn set_heartbeat_interval(&mut self, interval: f64) {
        if interval >= 0.0 && interval.is_finite() {
            self.heartbeat_interval = interval;
            self.apply_settings();
        } else {
            refuse(Error::ERR_INVALID_PARAMETER, "heartbeat_interval must not be negative, infinite or NAN");
        }
    }

    /// Returns [member max_peers].
    #[func]
    fn get_max_peers(&self) -> i32 {
        self.max_peers
    }

    /// Sets [member max_peers].
    #[func]
    fn set_max_peers(&mut self, max_peers: i32) {
        if max_peers >= 0 {
            self.max_peers = max_peers;
            self.apply_settings();
        } else {
            refuse(Error::ERR_INVALID_PARAMETER, "max_peers must not be negative");
        }
    }

    /// Returns [member overflow_policy].
    #[func]
    fn get_overflow_policy(&self) -> i32 {
        self.overflow_policy
    }

    /// Sets [member overflow_policy].
    #[func]
    fn set_overflow_policy(&mut self, policy: i32) {
        if OverflowPolicy::from_number(policy).is_some() {
            self.overflow_policy = policy;
            self.apply_settings();
        } else {
            refuse(Error::ERR_INVALID_PARAMETER, "overflow_policy must be OVERFLOW_REPORT or OVERFLOW_DISCONNECT");
        }
    }

    /// Returns [member compression].
    #[func]
    fn get_compression(&self) -> i32 {
        let by_role = if self.is_server_side() { Compression::Auto } else { Compression::Off };
        Compression::from_number(self.compression).unwrap_or(by_role) as i32
    }

    /// Sets [member compression].
    #[func]
    fn set_compression(&mut self, mode: i32) {
        if Compression::from_number(mode).is_some() {
            self.compression = mode;
            self.apply_settings();
        } else {
            refuse(Error::ERR_INVALID_PARAMETER, "compression must be COMPRESSION_OFF or COMPRESSION_AUTO");
        }
    }

    /// Returns [member compression_threshold].
    #[func]
    fn get_compression_threshold(&self) -> i32 {
        self.compression_threshold
    }

    /// Sets [member compression_threshold].
    #[func]
    fn set_compression_threshold(&mut self, threshold: i32) {
        if threshold >= 0 {
            self.compression_threshold = threshold;
            self.apply_settings();
        } else {
            refuse(Error::ERR_INVALID_PARAMETER, "compression_threshold must not be negative");
        }
    }

    /// Returns [member compression_level].
    #[func]
    fn get_compression_level(&self) -> i32 {
        self.compression_level
    }

    /// Sets [member compression_level].
    #[func]
    fn set_compression_level(&mut self, level: i32) {
        if compression::level(level).is_some() {
            self.compression_level = level;
            self.apply_settings();
        } else {
            refuse(Error::ERR_INVALID_PARAMETER, "compression_level must be from 1 to 9");
        }
    }

    /// Returns [member network_thread].
    #[func]
    fn get_network_thread(&self) -> bool {
        self.network_thread
    }

    /// Sets [member network_thread].
    #[func]
    fn set_network_thread(&mut self, enabled: bool) {
        self.network_thread = enabled;
    }

    /// Returns [member unreliable_max_age].
    #[func]
    fn get_unreliable_max_age(&self) -> f64 {
        self.unreliable_max_age
    }

    /// Sets [member unreliable_max_age].
    #[func]
    fn set_unreliable_max_age(&mut self, max_age: f64) {
        if max_age >= 0.0 && max_age.is_finite() {
            self.unreliable_max_age = max_age;
            self.apply_settings();
        } else {
            refuse(Error::ERR_INVALID_PARAMETER, "unreliable_max_age must not be negative, infinite or NAN");
        }
    }

    /// Returns [member simulated_conditions].
    #[func]
    fn get_simulated_conditions(&self) -> VarDictionary {
        self.simulated_conditions.duplicate_shallow()
    }

    /// Sets [member simulated_conditions].
    #[func]
    fn set_simulated_conditions(&mut self, conditions: VarDictionary) {
        self.change_conditions(&conditions);
    }

    /// Returns [member handshake_callback].
    #[func]
    fn get_handshake_callback(&self) -> Callable {
        self.handshake_callback.clone()
    }

    /// Sets [member handshake_callback].
    #[func]
    fn set_handshake_callback(&mut self, callback: Callable) {
        self.decide_by(callback);
    }

    /// Returns [member allowed_origins].
    #[func]
    fn get_allowed_origins(&self) -> PackedStringArray {
        self.allowed_origins.clone()
    }

    /// Sets [member allowed_origins].
    #[func]
    fn set_allowed_origins(&mut self, origins: PackedStringArray) {
        self.allow_origins(&origins);
    }

    /// Returns [member health_path].
    #[func]
    fn get_health_path(&self) -> GString {
        self.health_path.clone()
    }

    /// Sets [member health_path].
    #[func]
    fn set_health_path(&mut self, path: GString) {
        self.show_health_at(path);
    }

    /// Returns [member metrics_path].
    #[func]
    fn get_metrics_path(&self) -> GString {
        self.metrics_path.clone()
    }

    /// Sets [member metrics_path].
    #[func]
    fn set_metrics_path(&mut self, path: GString) {
        self.show_metrics_at(path);
    }

    /// Returns [member drain_on_termination].
    #[func]
    fn get_drain_on_termination(&self) -> f64 {
        self.drain_on_termination
    }

    /// Sets [member drain_on_termination].
    #[func]
    fn set_drain_on_termination(&mut self, seconds: f64) {
        self.drain_when_told(seconds);
    }

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

    /// Two things in one borrow, for this is what most polls come to.
    fn poll_and_take_event(&mut self) -> Option<(Signal, u64)> {
        let now = Instant::now();
        self.endpoint.as_mut()?.poll(now);
        self.watch_certificate(now);
        if self.watch.as_mut().is_some_and(|watch| watch.hears_news(self.drain_plan.as_ref())) {
            return Some((Signal::TerminationRequested, self.generation));
        }
        self.take_event()
    }

    /// What comes between two signals.
    fn finish_and_take_event(&mut self, signal: Signal, generation: u64) -> Option<(Signal, u64)> {
        self.finish_event(signal, generation);
        self.take_event()
    }

    /// Takes the next event and does what has to be done before a handler hears of it.
    fn take_event(&mut self) -> Option<(Signal, u64)> {
        loop {
            let event = self.endpoint.as_mut()?.next_event()?;
            debugger::note(self, &event);
            // A line for everybody who comes and goes is work that only those who read it should pay for.
            if log::log_enabled!(log::Level::Info)
                && let Some(line) = endpoint::describe(&event)
            {
                log::info!("{line}");
            }
            if let Some((id, cause)) = endpoint::end_of_peer(&event) {
                self.end_handle(id, cause);
                self.departing = Some((id, cause.clone()));
                self.missed.forget(id);
            }
            let signal = match event {
                Event::Connected { id } => Signal::Connected(id),
                Event::HandshakeFailed { .. } => continue,
                Event::Requested { ticket } => Signal::Requested(ticket),
                Event::Withdrawn { ticket } => Signal::Withdrawn(ticket),
                Event::Drained => Signal::Drained,
                Event::Overflowed { id, size, limit } => Signal::Overflowed(id, size, limit),
                Event::Joined { id } => {
                    self.unique_id = id;
                    self.status = ConnectionStatus::CONNECTED;
                    Signal::Connected(SERVER_ID)
                }
                Event::Disconnected { id, cause } => {
                    if self.is_client() {
                        self.end_with(&cause);
                    }
                    Signal::Disconnected(id)
                }
                Event::Failed { cause } => {
                    self.end_with(&cause);
                    // Without a close frame, no WebSocket connection has ended: there never was one.
                    if cause.clean_close().is_none() {
                        self.close_code = -1;
                    }
                    if endpoint::is_servers_fault(&cause) {
                        logging::error(CLASS, &format!("{cause}."));
                    }
                    self.clear();
                    return None;
                }
            };
            return Some((signal, self.generation));
        }
    }

    /// What follows once every handler has heard of an event.
    fn finish_event(&mut self, signal: Signal, generation: u64) {
        if self.generation != generation {
            return;
        }
        let id = match signal {
            Signal::Disconnected(id) => id,
            Signal::TerminationRequested => return self.start_to_end(),
            Signal::Drained => return self.watch = None,
            _ => return,
        };
        self.departing = None;
        self.forget_handle(id);
        self.forget_request_of(id);
        if self.is_client() {
            self.clear();
        }
    }
}

impl FlushAtFrameEnd for RustWebSocketMultiplayerPeer {
    fn frame_end(&mut self) -> &mut FrameEnd {
        &mut self.frame_end
    }

    fn needs_flush(&self) -> bool {
        self.endpoint.as_ref().is_some_and(|endpoint| endpoint.needs_flush())
    }

    fn flush(&mut self, now: Instant) {
        if let Some(endpoint) = &mut self.endpoint {
            endpoint.flush(now);
        }
    }
}

/// A signal to be emitted.
#[derive(Debug, Clone, Copy)]
enum Signal {
    Connected(i32),
    Disconnected(i32),
    /// The peer, the size of the packet it missed, and what left no room for it.
    Overflowed(i32, usize, QueueLimit),
    /// No signal: the game is asked.
    Requested(Ticket),
    /// No signal either: what the game was asked about has come to nothing.
    Withdrawn(Ticket),
    Drained,
    TerminationRequested,
}

impl Signal {
    fn emit(self, object: &mut Gd<RustWebSocketMultiplayerPeer>) {
        match self {
            Self::Connected(id) => {
                object.emit_signal("peer_connected", &[id.to_variant()]);
            }
            Self::Disconnected(id) => {
                object.emit_signal("peer_disconnected", &[id.to_variant()]);
            }
            Self::Overflowed(id, size, _) => {
                let size = i64::try_from(size).unwrap_or(i64::MAX);
                object.emit_signal("peer_overflowed", &[id.to_variant(), size.to_variant()]);
            }
            Self::Drained => {
                object.emit_signal("drained", &[]);
            }
            Self::TerminationRequested => {
                object.emit_signal("termination_requested", &[]);
            }
            Self::Requested(ticket) => RustWebSocketMultiplayerPeer::decide(object, ticket),
            Self::Withdrawn(ticket) => {
                let request = object.bind_mut().forget_request(ticket);
                // The last of it may be here, and what a script has left in it may have something to say: unbound.
                drop(request);
            }
        }
    }
}

/// Says why a call is refused, as the engine does for its own classes, and gives back the code.
fn refuse(error: Error, reason: &str) -> Error {
    logging::error(CLASS, &format!("{reason}."));
    error
}

#[godot_api]
impl IMultiplayerPeerExtension for RustWebSocketMultiplayerPeer {
    #[func(gd_self)]
    fn poll(mut this: Gd<Self>) {
        // A handler may do anything with this object, so nothing of it is borrowed while one runs. `this` keeps the
        // object itself alive.
        let mut has_missed = false;
        let mut taken = this.bind_mut().poll_and_take_event();
        logging::print_waiting();
        while let Some((signal, generation)) = taken {
            if let Signal::Overflowed(id, size, limit) = signal
                && this.get_signal_connection_list("peer_overflowed").is_empty()
            {
                this.bind_mut().missed.note(id, size, limit);
                has_missed = true;
            }
            signal.emit(&mut this);
            taken = this.bind_mut().finish_and_take_event(signal, generation);
        }
        if has_missed {
            let lines = this.bind_mut().lines_of_missed(Instant::now());
            for line in lines {
                logging::warning(CLASS, &line);
            }
        }
    }

    // Required by the trait; the engine calls the one above.
    fn poll(&mut self) {}

    #[expect(unsafe_code, reason = "the engine's own form of this virtual, which spares a copy")]
    unsafe fn get_packet_rawptr(
        &mut self,
        r_buffer: RawPtr<*mut RawPtr<*const u8>>,
        r_buffer_size: RawPtr<*mut i32>,
    ) -> Error {
        let packet = if self.status != ConnectionStatus::CONNECTED {
            Err(refuse(Error::ERR_UNCONFIGURED, "not connected, there are no packets to get"))
        } else {
            let packet = self.endpoint.as_mut().and_then(|endpoint| endpoint.pop());
            packet.map(|packet| packet.payload).ok_or(Error::ERR_UNAVAILABLE)
        };
        let (packet, error) = match packet {
            Ok(packet) => (packet, Error::OK),
            Err(error) => (Bytes::new(), error),
        };
        // SAFETY: both places are the engine's, of this very call.
        unsafe { self.lent.lend(packet, r_buffer, r_buffer_size) };
        error
    }

    #[expect(unsafe_code, reason = "the engine's own form of this virtual, which spares a copy")]
    unsafe fn put_packet_rawptr(&mut self, p_buffer: RawPtr<*const u8>, p_buffer_size: i32) -> Error {
        if self.status != ConnectionStatus::CONNECTED {
            return refuse(Error::ERR_UNCONFIGURED, "not connected, no packet can be put");
        }
        // SAFETY: both are the engine's, of this very call.
        let payload = unsafe { packet::passed(p_buffer, p_buffer_size) };
        let recipients = endpoint::recipients(self.target_peer);
        let delivery = convert::delivery(self.transfer_mode);
        let sent = self
            .endpoint
            .as_mut()
            .map_or(Err(SendError::NotOpen), |endpoint| endpoint.send(recipients, payload, delivery));
        match sent {
            Ok(()) => {
                self.schedule_flush();
                Error::OK
            }
            Err(error) => {
                self.schedule_flush();
                // A full queue is what the return value and the signal tell; a line of the log for each would be a flood.
                if !matches!(error, SendError::NotOpen | SendError::Full { .. }) {
                    logging::error(CLASS, &format!("{error}."));
                }
                convert::send_error(error)
            }
        }
    }

    fn get_available_packet_count(&self) -> i32 {
        let available = self.endpoint.as_ref().map_or(0, |endpoint| endpoint.available());
        i32::try_from(available).unwrap_or(i32::MAX)
    }

    fn get_max_packet_size(&self) -> i32 {
        self.outbound_buffer_size.saturating_sub(PACKET_OVERHEAD)
    }

    fn get_packet_channel(&self) -> i32 {
        0
    }

    fn get_packet_mode(&self) -> TransferMode {
        TransferMode::RELIABLE
    }

    fn get_packet_peer(&self) -> i32 {
        self.endpoint.as_ref().and_then(|endpoint| endpoint.next_source()).unwrap_or_else(|| {
            refuse(Error::ERR_UNAVAILABLE, "there is no packet to have come from a peer");
            SERVER_ID
        })
    }

    fn set_transfer_channel(&mut self, p_channel: i32) {
        self.transfer_channel = p_channel;
    }

    fn get_transfer_channel(&self) -> i32 {
        self.transfer_channel
    }

    fn set_transfer_mode(&mut self, p_mode: TransferMode) {
        self.transfer_mode = p_mode;
    }

    fn get_transfer_mode(&self) -> TransferMode {
        self.transfer_mode
    }

    fn set_target_peer(&mut self, p_peer: i32) {
        self.target_peer = p_peer;
    }

    fn is_server(&self) -> bool {
        self.endpoint.as_ref().is_some_and(|endpoint| endpoint.is_server())
    }

    fn close(&mut self) {
        self.clear();
    }

    fn disconnect_peer(&mut self, p_peer: i32, p_force: bool) {
        if self.peer_view(p_peer).is_none() {
            refuse(Error::ERR_INVALID_PARAMETER, &format!("there is no peer {p_peer} to disconnect"));
            return;
        }
        let now = Instant::now();
        if p_force {
            self.end_handle(p_peer, &peers::sent_away());
            self.forget_handle(p_peer);
            self.forget_request_of(p_peer);
        }
        if p_force && self.is_client() {
            self.clear();
        } else if let Some(endpoint) = &mut self.endpoint {
            if p_force {
                endpoint.abandon_peer(p_peer, now);
            } else {
                endpoint.close_peer(p_peer, Some(close_code::NORMAL), "", now);
            }
        }
    }

    fn get_unique_id(&self) -> i32 {
        self.unique_id
    }

    fn set_refuse_new_connections(&mut self, p_enable: bool) {
        self.refuse_new_connections = p_enable;
        if let Some(endpoint) = &mut self.endpoint {
            endpoint.refuse_new_connections(p_enable, Instant::now());
        }
    }

    fn is_refusing_new_connections(&self) -> bool {
        self.refuse_new_connections
    }

    fn is_server_relay_supported(&self) -> bool {
        true
    }

    fn get_connection_status(&self) -> ConnectionStatus {
        self.status
    }
}
