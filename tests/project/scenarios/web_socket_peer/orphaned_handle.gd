extends "res://scenario.gd"
## A connection that was given out outlives its multiplayer peer: closed, freed, or used again.


func solo() -> void:
	for end: String in ["close", "free", "again", "in handler"]:
		note(end)
		await _outlive(end)


func _outlive(end: String) -> void:
	var server_peer := new_peer()
	expect_equal(server_peer.call("create_server", 0), OK, "create_server")
	var port: int = server_peer.call("get_local_port")
	var client_peer := new_peer()
	client_peer.call("create_client", "ws://127.0.0.1:%d" % port)
	var handles: Array = []
	var on_connected := func(id: int) -> void:
		handles.append(server_peer.call("get_peer", id))
		if end == "in handler":
			server_peer.close()
	server_peer.peer_connected.connect(on_connected)
	await _until_polled([server_peer, client_peer], "a peer is here", func() -> bool: return not handles.is_empty())
	var ours: Variant = client_peer.call("get_peer", 1)
	match end:
		"close":
			server_peer.close()
		"free":
			server_peer.peer_connected.disconnect(on_connected)
			on_connected = Callable()
			server_peer = null
		"again":
			server_peer.close()
			server_peer.call("create_server", 0)
	var handle: Variant = handles[0]
	note("server's", [handle.get_ready_state(), handle.get_close_code(), handle.get_close_reason()])
	handle.close(4000, "too late")
	handle.poll()
	handle.heartbeat_interval = 1.0
	note_error("put", handle.put_packet(PackedByteArray([1])))
	note("url", [handle.get_requested_url().begins_with("ws://127.0.0.1")])
	await _until_polled([client_peer], "the client has seen it", is_disconnected_peer.bind(client_peer))
	note("client's", [ours.get_ready_state(), ours.get_close_code(), ours.get_close_reason()])
	if server_peer != null:
		server_peer.peer_connected.disconnect(on_connected)


func _until_polled(peers: Array, what: String, condition: Callable) -> void:
	var polled := func() -> bool:
		for peer: MultiplayerPeer in peers:
			peer.poll()
		return condition.call()
	await until(what, polled)
