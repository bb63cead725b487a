extends "res://scenario.gd"
## Packets of a game between a server and clients with and without compression, both ways, and what is counted of them.
##
## Options: `network_thread` is `true` or `false`, `scheme` is `ws` or `wss`.

const WITH := 3

var _server: MultiplayerPeer
var _clients: Array[MultiplayerPeer] = []


func solo() -> void:
	_server = new_peer()
	_server.set("network_thread", option("network_thread") == "true")
	var key := CryptoKey.new()
	var tls: TLSOptions = null
	var client_tls: TLSOptions = null
	if option("scheme") == "wss":
		key.load(file("server.key"))
		tls = TLSOptions.server(key, load(file("server.crt")) as X509Certificate)
		client_tls = TLSOptions.client(load(file("trusted.crt")) as X509Certificate)
	var port := listen(_server, "server", tls)
	for number: int in WITH + 1:
		var client := new_peer()
		client.set("network_thread", option("network_thread") == "true")
		if number < WITH:
			client.set("compression", 1)
		expect_equal(
			client.call("create_client", "%s://localhost:%d" % [option("scheme"), port], client_tls), OK, "create_client"
		)
		_clients.append(client)
	await poll_until("all are in", _all(), func() -> bool:
		return _server.call("get_statistics")["peers"] == WITH + 1 and _clients.all(is_connected_peer)
	)
	var world := var_to_bytes(_world())
	_server.set_target_peer(0)
	expect_equal(_server.put_packet(world), OK, "put_packet")
	expect_equal(_server.put_packet(world.slice(0, 255)), OK, "a small one")
	for client: MultiplayerPeer in _clients:
		expect_equal(await _next(client), world, "the world")
		expect_equal(await _next(client), world.slice(0, 255), "the small one")
		expect_equal(client.put_packet(world), OK, "put_packet")
		expect_equal(await _next(_server), world, "the world, back")
	await poll_until("all is counted", _all(), func() -> bool:
		return _server.call("get_statistics")["outbound_packets"] == 0
	)
	var counts: Dictionary = _server.call("get_statistics")
	expect_equal(counts["compressed_packets_sent"], WITH, "compressed_packets_sent")
	expect_equal(counts["bytes_before_compression"], WITH * world.size(), "bytes_before_compression")
	expect(counts["bytes_after_compression"] * 4 < WITH * world.size(), "it got much smaller: %s" % counts)
	expect_equal(counts["compressed_packets_received"], WITH, "compressed_packets_received")
	expect_equal(counts["bytes_after_inflation"], WITH * world.size(), "bytes_after_inflation")
	expect_equal(counts["bytes_before_inflation"], counts["bytes_after_compression"], "the same both ways")
	# One got and sent it all as it is.
	expect(counts["wire_bytes_sent"] > world.size() and counts["wire_bytes_sent"] < 3 * world.size(), "%s" % counts)
	var plain: Dictionary = _clients[WITH].call("get_statistics")
	expect_equal(plain["compressed_packets_received"] + plain["compressed_packets_sent"], 0, "nothing of the other")
	note("played")


func _all() -> Array[MultiplayerPeer]:
	var all := _clients.duplicate()
	all.append(_server)
	return all


func _next(peer: MultiplayerPeer) -> PackedByteArray:
	await poll_until("a packet", _all(), func() -> bool: return peer.get_available_packet_count() > 0)
	return peer.get_packet()


func _world() -> Dictionary:
	var players := []
	for number: int in 200:
		players.append({"name": "player %d" % number, "health": 100, "position": Vector2(number, 7), "team": "red"})
	return {"players": players}
