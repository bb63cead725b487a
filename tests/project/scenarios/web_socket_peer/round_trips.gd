extends "res://scenario.gd"
## Heartbeats of multiplayer peers: round trips are measured, and a client that has vanished is noticed.


func server() -> void:
	var peer := new_peer()
	peer.set("heartbeat_interval", 0.05)
	listen(peer)
	var gone: Array = []
	peer.peer_disconnected.connect(func(id: int) -> void: gone.append(id))
	var id := 0
	while id == 0:
		peer.poll()
		id = stage.read("id.client").to_int() if stage.has("id.client") else 0
		await frames(1)
	note("unknown", [peer.call("get_peer_rtt", 7)])
	await _until_polled(peer, "a round trip", func() -> bool: return peer.call("get_peer_rtt", id) >= 0.0)
	note("interval", [peer.call("get_peer", id).heartbeat_interval])
	expect(peer.call("get_peer_rtt", id) < 10_000.0, "it takes milliseconds")
	expect(gone.is_empty(), "nobody has gone")
	mark("measured")
	await _until_polled(peer, "the silent client is gone", func() -> bool: return gone == [id])
	note("gone", [peer.call("get_peer_rtt", id)])
	mark("noticed")


func client() -> void:
	var peer := new_peer()
	peer.call("create_client", await url_of())
	await _until_polled(peer, "we are in", is_connected_peer.bind(peer))
	introduce(peer)
	note("off", [peer.call("get_peer_rtt", 1)])
	await _until_polled(peer, "the server has measured", stage.has.bind("measured"))
	# From here on nothing is polled: this side is as good as gone.
	await marked("noticed")


func _until_polled(peer: MultiplayerPeer, what: String, condition: Callable) -> void:
	var polled := func() -> bool:
		peer.poll()
		return condition.call()
	await until(what, polled)
