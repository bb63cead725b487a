extends "one_connection.gd"
## Settings that cannot be sent: refused at once and by the call that would use them, and never sent.

const BAD_HEADERS: Array[String] = [
	"Nonsense", "", "X: a\n", "X: a\r\nX-Admin: yes", "Host: elsewhere", "sec-websocket-key: a", "X: a\u0001b",
]
const BAD_PROTOCOLS: Array[String] = ["a b", "a,b", "a/b", "a\r\nX: y", "ä"]


func solo() -> void:
	_multiplayer_peer()
	await _running_server()
	_single_connection()
	for code: int in [1, 999, 1004, 1005, 1006, 1015, 2000, 5000, 65536]:
		expect_equal(await _close(code, ""), [1000, ""], "close(%d)" % code)
	for code: int in [1000, 1014, 3000, 4999]:
		expect_equal(await _close(code, "bye"), [code, "bye"], "close(%d)" % code)
	expect_equal(await _close(0, "not sent"), [0, ""], "close(0)")
	expect_equal(await _close(4000, "ä".repeat(200)), [4000, "ä".repeat(61)], "a long reason")
	note("done")


func _multiplayer_peer() -> void:
	for property: String in ["handshake_headers", "supported_protocols"]:
		for value: String in BAD_HEADERS if property == "handshake_headers" else BAD_PROTOCOLS:
			var peer := new_peer()
			var values := PackedStringArray(["Fine: yes" if property == "handshake_headers" else "fine", value])
			peer.set(property, values)
			expect_equal(peer.get(property), values, "what was set")
			for made: Error in [peer.call("create_server", 0), peer.call("create_client", "ws://127.0.0.1:1")]:
				expect_equal(made, ERR_INVALID_PARAMETER, "%s = %s" % [property, value])
				var words: String = peer.call("get_last_error_message")
				expect(words.contains("header") or words.contains("subprotocol"), "words: " + words)
			expect(is_disconnected_peer(peer), "nothing was begun")


## What it had goes on, and what is set right holds.
func _running_server() -> void:
	var server := new_peer()
	server.set("supported_protocols", PackedStringArray(["", "chat", " chat "]))
	expect_equal(server.call("create_server", 0), OK, "create_server")
	server.set("supported_protocols", PackedStringArray(["a b"]))
	server.set("handshake_headers", PackedStringArray(["X: a\r\n"]))
	await _joins(server, "chat")
	server.set("supported_protocols", PackedStringArray(["game"]))
	await _joins(server, "game")


func _joins(server: MultiplayerPeer, protocol: String) -> void:
	var client := new_peer()
	client.set("supported_protocols", PackedStringArray([protocol]))
	client.call("create_client", "ws://127.0.0.1:%d" % server.call("get_local_port"))
	await poll_until("the client is in", [server, client], is_connected_peer.bind(client))
	client.close()


func _single_connection() -> void:
	var listener := TCPServer.new()
	listener.listen(0, "127.0.0.1")
	var stream := StreamPeerTCP.new()
	stream.connect_to_host("127.0.0.1", listener.get_local_port())
	for property: String in ["handshake_headers", "supported_protocols"]:
		var fresh: Variant = new_socket()
		var values := PackedStringArray(["a b"])
		fresh.set(property, values)
		expect_equal(fresh.get(property), values, "what was set")
		expect_equal(fresh.connect_to_url("ws://127.0.0.1:1"), ERR_INVALID_PARAMETER, "connect_to_url")
		expect_equal(fresh.accept_stream(stream), ERR_INVALID_PARAMETER, "accept_stream")
		expect_equal(fresh.get_ready_state(), CLOSED, "nothing was begun")


## What the other side learns of this close.
func _close(code: int, reason: String) -> Array:
	var listener := TCPServer.new()
	listener.listen(0, "127.0.0.1")
	var client: Variant = new_socket()
	client.connect_to_url("ws://127.0.0.1:%d" % listener.get_local_port())
	var server: Variant = new_socket()
	await until("a client comes", func() -> bool:
		client.poll()
		return listener.is_connection_available()
	)
	server.accept_stream(listener.take_connection())
	var both := func(state: int) -> bool:
		client.poll()
		server.poll()
		return client.get_ready_state() == state and server.get_ready_state() == state
	await until("both are open", both.bind(OPEN))
	client.close(code, reason)
	await until("both are closed", both.bind(CLOSED))
	return [server.get_close_code(), server.get_close_reason()]
