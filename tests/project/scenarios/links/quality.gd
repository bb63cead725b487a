extends "res://scenario.gd"
## How good a server finds the link to its client: unknown, good, worse under bad Wi-Fi, bad while it stands still, good again.
##
## Option: `other`, the class of the client.

## A peer that is silent for two of these is gone, which no stall here lasts.
const INTERVAL := 0.5
## How many packets a stalled link gets to carry.
const PACKETS := 5

var _server: MultiplayerPeer
var _client: MultiplayerPeer
var _id := 0


func solo() -> void:
	_server = new_peer()
	_client = ClassDB.instantiate(option("other"))
	expect(is_nan(_server.call("get_peer_quality", 77)), "nobody has no quality")
	await pair(_server, _client)
	_id = _client.get_unique_id()
	expect(is_nan(_quality()), "it is not known before a ping was answered")
	_server.close()

	_server.set("heartbeat_interval", INTERVAL)
	_server.set("simulated_conditions", {})
	_client = ClassDB.instantiate(option("other"))
	await pair(_server, _client)
	_id = _client.get_unique_id()
	await _expect_quality("a good link", func(quality: float) -> bool: return quality > 0.9)
	var good := _quality()

	var presets: Dictionary = _server.call("get_condition_presets")
	_server.set("simulated_conditions", presets["bad_wifi"])
	await _expect_quality("bad Wi-Fi", func(quality: float) -> bool: return quality < minf(good, 0.9))

	# Nothing passes any more, neither pings nor packets.
	_server.set("simulated_conditions", {"bandwidth": 1})
	_server.set_target_peer(_id)
	for _i: int in PACKETS:
		var packet := PackedByteArray()
		packet.resize(1000)
		expect_equal(_server.put_packet(packet), OK, "put_packet")
	await _expect_quality("a link that stands still", func(quality: float) -> bool: return quality < 0.3)
	var statistics: Dictionary = _server.call("get_peer_statistics", _id)
	expect(statistics["queue_delay"] > 0.0, "packets wait")
	expect(statistics["outbound_packets"] > 0, "these")

	_server.set("simulated_conditions", {})
	await _expect_quality("a good link again", func(quality: float) -> bool: return quality > 0.9)
	statistics = _server.call("get_peer_statistics", _id)
	expect_equal(statistics["queue_delay"], 0.0, "nothing waits")
	expect(statistics["delivery_rate"] >= 0.0, "and the rate is one")
	note("measured")


func _quality() -> float:
	return _server.call("get_peer_quality", _id)


func _expect_quality(what: String, holds: Callable) -> void:
	await poll_until(what, [_server, _client], func() -> bool:
		while _client.get_available_packet_count() > 0:
			_client.get_packet()
		var quality := _quality()
		expect(is_nan(quality) or (quality >= 0.0 and quality <= 1.0), "%f is a quality" % quality)
		return holds.call(quality)
	)
