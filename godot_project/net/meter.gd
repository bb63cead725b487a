extends Node
## Measures the connection a few times a second, and remembers the last seconds.
##
## Our class counts everything by itself. For the built-in one the game adds up
## what it knows of: its own snapshots and commands, and the sockets' queues.

const ConnectionSettings := preload("res://net/connection_settings.gd")
const Pump := preload("res://net/pump.gd")
const Seat := preload("res://net/seat.gd")

const SERVER := 1
const INTERVAL := 0.1
const MEMORY := 120
## A rate is taken over this many intervals, or one packet more or less would shake it.
const WINDOW := 10

## Each of the last measurements, oldest first.
var rtt := PackedFloat32Array()
var bytes_in := PackedFloat32Array()
var bytes_out := PackedFloat32Array()
var queue := PackedFloat32Array()
var poll := PackedFloat32Array()
## The socket's own round trip in milliseconds, or negative where nobody measures it.
var socket_rtt := -1.0
## How much that varies, or negative.
var socket_jitter := -1.0
## How good the link is, the worst of all on a server, from 0 to 1; NAN where nobody knows.
var quality := NAN
## How many unreliable packets were too old to be sent, of all peers.
var expired := 0
## Whether the class counts bytes itself, or the game estimates them.
var is_counted := false
## How many peers there are.
var peers := 0
## How many measurements there have been.
var count := 0

var _seat: Seat
var _pump: Pump
var _wait := 0.0
var _totals: Array[Vector2] = []


func _process(delta: float) -> void:
	_wait -= delta
	if _wait > 0.0 or _seat == null or _seat.world == null:
		return
	_wait = INTERVAL
	_measure()


## Measures this seat from now on.
func follow(seat: Seat, pump: Pump) -> void:
	_seat = seat
	_pump = pump
	rtt.clear()
	bytes_in.clear()
	bytes_out.clear()
	queue.clear()
	poll.clear()
	_totals.clear()
	socket_rtt = -1.0
	socket_jitter = -1.0
	quality = NAN
	expired = 0


func _measure() -> void:
	var peer := _seat.multiplayer.multiplayer_peer
	peers = _seat.multiplayer.get_peers().size()
	var counts: Dictionary = peer.call("get_statistics") if peer.has_method("get_statistics") else {}
	is_counted = not counts.is_empty()
	# A browser's class counts none.
	expired = counts.get("packets_expired", 0)
	var total := _estimate_total()
	var waiting := float(_sum_queues(peer))
	if is_counted:
		total = Vector2(counts.wire_bytes_received, counts.wire_bytes_sent)
		waiting = counts.outbound_bytes
	_totals.append(total)
	if _totals.size() > WINDOW:
		_totals.pop_front()
	var seconds := maxf((_totals.size() - 1) * INTERVAL, INTERVAL)
	var rate := (total - _totals[0]) / seconds
	count += 1
	_read_heartbeats(peer)
	_remember(rtt, maxf(_seat.world.ping.rtt, 0.0))
	# Another peer has counted less, and so has none.
	_remember(bytes_in, maxf(rate.x, 0.0))
	_remember(bytes_out, maxf(rate.y, 0.0))
	_remember(queue, waiting)
	_remember(poll, _pump.own_usec)


func _estimate_total() -> Vector2:
	var world := _seat.world
	return Vector2(
			world.snapshots.bytes_received + world.controls.bytes_received,
			world.snapshots.bytes_sent + world.controls.bytes_sent)


func _sum_queues(peer: MultiplayerPeer) -> int:
	var sum := 0
	if not peer.has_method("get_peer"):
		return 0
	for id in _seat.multiplayer.get_peers():
		# A client has relayed peers as well, but only one connection.
		if not _seat.multiplayer.is_server() and id != SERVER:
			continue
		var connection: Object = peer.call("get_peer", id)
		if connection != null:
			sum += int(connection.call("get_current_outbound_buffered_amount"))
	return sum


## What the class's own pings say: on a client of the server, on a server of the peer that is furthest away.
func _read_heartbeats(peer: MultiplayerPeer) -> void:
	socket_rtt = -1.0
	socket_jitter = -1.0
	quality = NAN
	if not peer.has_method("get_peer_rtt") or peers == 0:
		return
	if _seat.multiplayer.is_server():
		for id in _seat.multiplayer.get_peers():
			socket_rtt = maxf(socket_rtt, peer.call("get_peer_rtt", id))
			_take_quality(peer, id)
		return
	socket_rtt = peer.call("get_peer_rtt", SERVER)
	_take_quality(peer, SERVER)
	if peer.has_method("get_peer_statistics"):
		var counts: Dictionary = peer.call("get_peer_statistics", SERVER)
		socket_jitter = counts.get("rtt_jitter", -1.0)


## The built-in class knows none.
func _take_quality(peer: MultiplayerPeer, id: int) -> void:
	if peer.has_method("get_peer_quality"):
		var other: float = peer.call("get_peer_quality", id)
		quality = other if is_nan(quality) else (quality if is_nan(other) else minf(quality, other))


static func _remember(series: PackedFloat32Array, value: float) -> void:
	series.append(value)
	if series.size() > MEMORY:
		series.remove_at(0)
