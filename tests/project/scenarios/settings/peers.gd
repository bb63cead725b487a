extends "res://scenario.gd"
## What either side can ask about the other.


func server() -> void:
	var peer := serve()
	await all_here(["client"])
	var id := await id_of("client")
	_ask(peer, id)
	expect_equal(str(peer.call("get_peer_port", id)) != "0", true, "the client has a port")
	var connection: Object = peer.call("get_peer", id)
	await everyone("asked")
	await until("the client is gone", func() -> bool: return multiplayer.get_peers().is_empty())
	note("afterwards", [peer.call("get_peer", id) != null, peer.call("get_peer_address", id)])
	note("the old one", [connection.call("get_ready_state"), connection.call("get_connected_port")])
	await everyone("gone")


func client() -> void:
	var peer := await join_and_wait()
	_ask(peer, 1)
	var port := (await marked("port.server")).to_int()
	expect_equal(peer.call("get_peer_port", 1), port, "the server's port")
	note("url", [str((peer.call("get_peer", 1) as Object).call("get_requested_url")).replace(str(port), "PORT")])
	await everyone("asked")
	peer.close()
	note("afterwards", [peer.call("get_peer", 1) != null, peer.call("get_peer_address", 1)])
	await everyone("gone")


func _ask(peer: MultiplayerPeer, id: int) -> void:
	note("address", [peer.call("get_peer_address", id)])
	var connection: Object = peer.call("get_peer", id)
	note("class", [connection.get_class().trim_prefix("Rust")])
	note("host", [connection.call("get_connected_host")])
	note("same port", [connection.call("get_connected_port") == peer.call("get_peer_port", id)])
	note("state", [
		connection.call("get_ready_state"), connection.call("get_close_code"), connection.call("get_close_reason"),
		connection.call("get_selected_protocol"), connection.call("get_current_outbound_buffered_amount"),
	])
	note("settings", [
		connection.get("inbound_buffer_size"), connection.get("outbound_buffer_size"),
		Array(connection.get("supported_protocols") as PackedStringArray), connection.get("heartbeat_interval"),
	])
