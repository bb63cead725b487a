extends "res://scenario.gd"
## A server and a client that count what passes between them: packets and payload to the last one, and what it took.
##
## Option: `scheme` is `ws` or `wss`.

const GAUGES: PackedStringArray = [
	"peers", "handshakes_pending", "inbound_packets", "inbound_bytes", "outbound_packets", "outbound_bytes"
]
const COUNTS: PackedStringArray = [
	"handshakes_succeeded", "handshakes_refused", "handshakes_failed", "handshakes_timed_out", "pages",
	"packets_received", "packets_sent", "bytes_received", "bytes_sent",
	"wire_bytes_received", "wire_bytes_sent", "packets_refused", "packets_dropped", "packets_expired",
	"throttled_msec",
	"compressed_packets_sent", "bytes_before_compression", "bytes_after_compression", "compression_usec",
	"compressed_packets_received", "bytes_before_inflation", "bytes_after_inflation"
]
const PEER_COUNTS: PackedStringArray = [
	"packets_received", "packets_sent", "bytes_received", "bytes_sent", "wire_bytes_received", "wire_bytes_sent",
	"inbound_packets", "inbound_bytes", "outbound_packets", "outbound_bytes", "packets_refused", "packets_expired",
	"throttled_msec"
]
const PEER_MEASURES: PackedStringArray = [
	"rtt", "rtt_last", "rtt_minimum", "rtt_jitter", "jitter", "queue_delay", "delivery_rate", "connected_since"
]

## What a client sends, by size, and what goes back. A frame's header has 2 bytes for the shorter ones, and 4 for the
## others; a client's has 4 more.
const UP: PackedInt32Array = [1, 125, 126, 20000]
const DOWN: PackedInt32Array = [50, 300]

var _server: MultiplayerPeer
var _client: MultiplayerPeer


func solo() -> void:
	_server = new_peer()
	_client = new_peer()
	for peer: MultiplayerPeer in [_server, _client]:
		_expect_numbers(peer, {})
		expect_equal(_of_peer(peer, 1), {}, "nobody is known before")
	var before := Time.get_unix_time_from_system()
	await _connect()
	var after := Time.get_unix_time_from_system()
	var id := _client.get_unique_id()

	# Nothing was sent but the handshake and the id, which is no packet.
	var server := _expect_numbers(_server, {"peers": 1, "handshakes_succeeded": 1})
	var client := _expect_numbers(_client, {"peers": 1, "handshakes_succeeded": 1})
	await _talk()
	server = _expect_numbers(_server, {
		"peers": 1, "handshakes_succeeded": 1, "packets_received": 4, "bytes_received": 20252,
		"packets_sent": 2, "bytes_sent": 350,
		"inbound_packets": 4, "inbound_bytes": 20252,
	}, server, 20252 + 6 + 6 + 8 + 8, 350 + 2 + 4)
	client = _expect_numbers(_client, {
		"peers": 1, "handshakes_succeeded": 1, "packets_received": 2, "bytes_received": 350,
		"packets_sent": 4, "bytes_sent": 20252,
		"inbound_packets": 2, "inbound_bytes": 350,
	}, client, 350 + 2 + 4, 20252 + 6 + 6 + 8 + 8)
	expect_equal(server["wire_bytes_sent"], client["wire_bytes_received"], "the wire from the server")
	expect_equal(server["wire_bytes_received"], client["wire_bytes_sent"], "the wire from the client")

	_expect_peer(_server, id, server, before, after)
	_expect_peer(_client, 1, client, before, after)
	expect_equal(_of_peer(_server, 1), {}, "a server is no peer of its own")
	expect_equal(_of_peer(_client, id), {}, "a client has but the server")

	_server.get_packet()
	expect_equal(_server.call("get_statistics")["inbound_packets"], 3, "one was read")
	expect_equal(_server.call("get_statistics")["packets_received"], 4, "and has arrived nonetheless")

	# The end changes the gauges alone; a new beginning changes all.
	_client.close()
	var closed := _expect_counts_stay(_client, client)
	await poll_until("the server has noticed", [_server], func() -> bool:
		while _server.get_available_packet_count() > 0:
			_server.get_packet()
		return _server.call("get_statistics")["peers"] == 0
	)
	expect_equal(_of_peer(_server, id), {}, "the peer is gone")
	server = _expect_counts_stay(_server, server)
	_server.close()
	_expect_counts_stay(_server, server)
	expect(closed["wire_bytes_sent"] > client["wire_bytes_sent"], "the close frame is on the wire")
	listen(_server, "again")
	_expect_numbers(_server, {})
	note("counted")


func _connect() -> void:
	if option("scheme") == "ws":
		await pair(_server, _client)
		return
	var key := CryptoKey.new()
	key.load(file("server.key"))
	var port := listen(_server, "server", TLSOptions.server(key, load(file("server.crt")) as X509Certificate))
	var trust := TLSOptions.client(load(file("trusted.crt")) as X509Certificate)
	expect_equal(_client.call("create_client", "wss://localhost:%d" % port, trust), OK, "create_client")
	await poll_until("the pair is connected", [_server, _client], func() -> bool:
		return is_connected_peer(_client) and _server.call("get_statistics")["peers"] == 1
	)


func _talk() -> void:
	_client.set_target_peer(1)
	for size: int in UP:
		expect_equal(_client.put_packet(_packet(size)), OK, "put_packet")
	_server.set_target_peer(0)
	for size: int in DOWN:
		expect_equal(_server.put_packet(_packet(size)), OK, "put_packet")
	await poll_until("all is there", [_client, _server], func() -> bool:
		return (
			_server.get_available_packet_count() == UP.size() and _client.get_available_packet_count() == DOWN.size()
		)
	)


func _packet(size: int) -> PackedByteArray:
	var packet := PackedByteArray()
	packet.resize(size)
	return packet


func _of_peer(peer: MultiplayerPeer, id: int) -> Dictionary:
	return peer.call("get_peer_statistics", id)


## Every number is the one in `wanted`, or 0; the wire's, if they are told, by how much more than before.
func _expect_numbers(
	peer: MultiplayerPeer, wanted: Dictionary, before: Dictionary = {}, received: int = -1, sent: int = -1
) -> Dictionary:
	var statistics: Dictionary = peer.call("get_statistics")
	var names := PackedStringArray(statistics.keys())
	names.sort()
	var known := GAUGES + COUNTS
	known.sort()
	expect_equal(names, known, "the names")
	for key: String in known:
		if not key.begins_with("wire_") or wanted.is_empty():
			expect_equal(statistics[key], wanted.get(key, 0), key)
	if wanted.is_empty():
		return statistics
	expect(statistics["wire_bytes_received"] > statistics["bytes_received"], "the wire has more than the payload")
	expect(statistics["wire_bytes_sent"] > statistics["bytes_sent"], "the wire has more than the payload")
	if not before.is_empty():
		_expect_wire(statistics["wire_bytes_received"] - before["wire_bytes_received"], received)
		_expect_wire(statistics["wire_bytes_sent"] - before["wire_bytes_sent"], sent)
	return statistics


## Plain frames can be reckoned; TLS wraps them in records of its own.
func _expect_wire(actual: int, frames_size: int) -> void:
	if option("scheme") == "ws":
		expect_equal(actual, frames_size, "bytes of the wire")
	else:
		expect(actual > frames_size and actual < frames_size + 4000, "%d is a little over %d" % [actual, frames_size])


func _expect_peer(peer: MultiplayerPeer, id: int, whole: Dictionary, before: float, after: float) -> void:
	var statistics := _of_peer(peer, id)
	expect_equal(statistics.size(), PEER_COUNTS.size() + PEER_MEASURES.size(), "how many numbers")
	# It has but this one.
	for key: String in PEER_COUNTS:
		expect_equal(statistics[key], whole[key], key)
	expect_equal(statistics["queue_delay"], 0.0, "nothing waits")
	expect_equal(statistics["delivery_rate"], 0.0, "this is the first look")
	for key: String in ["rtt", "rtt_minimum", "rtt_jitter", "jitter"]:
		expect_equal(statistics[key], -1.0, key + " without a heartbeat")
	var since: float = statistics["connected_since"]
	expect(since >= before - 0.1 and since <= after + 0.1, "%f is between %f and %f" % [since, before, after])
	expect_equal(_of_peer(peer, id)["connected_since"], since, "the same moment has the same name")


func _expect_counts_stay(peer: MultiplayerPeer, before: Dictionary) -> Dictionary:
	var statistics: Dictionary = peer.call("get_statistics")
	for key: String in GAUGES:
		expect_equal(statistics[key], 0, key + " after the end")
	for key: String in COUNTS:
		if not key.begins_with("wire_"):
			expect_equal(statistics[key], before[key], key + " after the end")
	return statistics
