extends "res://scenario.gd"
## A client that comes again and again from one address: some are let in, and the next one is told to wait.


func solo() -> void:
	var server := new_peer()
	server.set("max_handshakes_per_minute", 3)
	var port := listen(server)
	for _i: int in 3:
		var client := await _come(server, port)
		expect(is_connected_peer(client), "it is let in: " + client.call("get_last_error_message"))
		client.close()
	var refused := await _come(server, port)
	note("refused", [refused.call("get_last_error_message")])
	var statistics: Dictionary = server.call("get_statistics")
	expect_equal(statistics["handshakes_refused"], 1, "handshakes_refused")
	# A setting that applies at once.
	server.set("max_handshakes_per_minute", 0)
	var again := await _come(server, port)
	expect(is_connected_peer(again), "it is let in again: " + again.call("get_last_error_message"))


func _come(server: MultiplayerPeer, port: int) -> MultiplayerPeer:
	var client := new_peer()
	expect_equal(client.call("create_client", "ws://127.0.0.1:%d" % port), OK, "create_client")
	await poll_until("it is settled", [server, client], func() -> bool:
		return client.get_connection_status() != MultiplayerPeer.CONNECTION_CONNECTING
	)
	return client
