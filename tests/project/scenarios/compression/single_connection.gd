extends "res://scenario.gd"
## A connection of its own, dialed by one side and accepted by the other: text and bytes, compressed both ways.


func solo() -> void:
	var door := TCPServer.new()
	expect_equal(door.listen(0, "127.0.0.1"), OK, "listen")
	var client: Object = ClassDB.instantiate("RustWebSocketPeer")
	var server: Object = ClassDB.instantiate("RustWebSocketPeer")
	client.set("compression", 1)
	client.set("compression_threshold", 0)
	expect_equal(client.call("connect_to_url", "ws://127.0.0.1:%d" % door.get_local_port()), OK, "connect_to_url")
	await until("somebody is at the door", func() -> bool:
		client.call("poll")
		return door.is_connection_available()
	)
	expect_equal(server.call("accept_stream", door.take_connection()), OK, "accept_stream")
	expect_equal([client.get("compression"), server.get("compression")], [1, 1], "both want it")
	await until("it is open", func() -> bool:
		client.call("poll")
		server.call("poll")
		return client.call("get_ready_state") == 1 and server.call("get_ready_state") == 1
	)
	for text: String in ["", "short", "a longer text that says the same again and again, ".repeat(100)]:
		for ends: Array in [[client, server], [server, client]]:
			await _say(ends[0], ends[1], text)
	note("said")


func _say(from: Object, to: Object, text: String) -> void:
	expect_equal(from.call("send_text", text), OK, "send_text")
	expect_equal(from.call("send", text.to_utf8_buffer()), OK, "send")
	for is_text: bool in [true, false]:
		await until("a message", func() -> bool:
			from.call("poll")
			to.call("poll")
			return to.call("get_available_packet_count") > 0
		)
		expect_equal((to.call("get_packet") as PackedByteArray).get_string_from_utf8(), text, "what was said")
		expect_equal(to.call("was_string_packet"), is_text, "was_string_packet")
