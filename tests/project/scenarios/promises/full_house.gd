extends "res://scenario.gd"
## A server that takes one peer: the second client is told so, and gets in once the first has left.


func server() -> void:
	var peer := new_peer()
	peer.set("max_peers", 1)
	listen(peer)
	multiplayer.multiplayer_peer = peer
	watch()
	await marked("client_b is in")


func client_a() -> void:
	var peer := await join_and_wait()
	await marked("client_b was refused")
	peer.close()
	mark("client_a has left")


func client_b() -> void:
	await marked("id.client_a")
	var peer := new_peer()
	var url := await url_of()
	expect_equal(peer.call("create_client", url), OK, "create_client")
	await until("it is refused", func() -> bool: peer.poll(); return is_disconnected_peer(peer))
	expect(str(peer.call("get_last_error_message")).contains("HTTP 503"), "the status is told")
	expect_equal(peer.call("get_handshake_status"), 503, "and as a number")
	expect_equal(peer.call("get_close_code"), -1, "there was no WebSocket connection")
	mark("client_b was refused")
	await marked("client_a has left")
	while not is_connected_peer(peer):
		# The server may not have seen yet that there is room.
		if is_disconnected_peer(peer):
			peer.call("create_client", url)
		peer.poll()
		await frames(1)
	introduce(peer)
	expect_equal(peer.call("get_handshake_status"), 0, "the status of a connection that there is")
	mark("client_b is in")
