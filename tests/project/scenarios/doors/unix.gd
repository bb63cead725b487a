extends "res://scenario.gd"
## A server on a Unix socket: clients come by its path, nobody else's file is touched, and it goes with its server.


func solo() -> void:
	var path := file("game.sock")
	var server := new_peer()
	expect_equal(server.call("create_server", 0, "unix:" + path), OK, "create_server")
	expect_equal(server.call("get_local_port"), 0, "the port")
	var arrived: Array[int] = []
	server.peer_connected.connect(func(id: int) -> void: arrived.append(id))
	var client := new_peer()
	expect_equal(client.call("create_client", "ws+unix://%s:/match/7" % path), OK, "create_client")
	await poll_until("both know each other", [server, client], func() -> bool:
		return is_connected_peer(client) and not arrived.is_empty()
	)
	expect_equal(server.call("get_peer_address", arrived[0]), "", "the address of whoever has none")
	expect_equal(server.call("get_peer_port", arrived[0]), 0, "the port of whoever has none")
	var requested: String = (server.call("get_peer", arrived[0]) as Object).call("get_requested_url")
	expect(requested.ends_with("/match/7"), "'%s' has the path" % requested)
	var large := PackedByteArray()
	large.resize(60000)
	for sender: MultiplayerPeer in [client, server]:
		expect_equal(sender.put_packet(large), OK, "put_packet")
	await poll_until("both packets are here", [server, client], func() -> bool:
		return server.get_available_packet_count() == 1 and client.get_available_packet_count() == 1
	)
	expect_equal(server.get_packet().size() + client.get_packet().size(), 120000, "what arrived")

	var second := new_peer()
	expect_equal(second.call("create_server", 0, "unix:" + path), ERR_ALREADY_IN_USE, "a second server")
	server.close()
	expect(not FileAccess.file_exists(path), "the socket is gone with its server")
	var nobody := new_peer()
	nobody.call("create_client", "ws+unix://" + path)
	await poll_until("nobody is there", [nobody], is_disconnected_peer.bind(nobody))
	var other := FileAccess.open(path, FileAccess.WRITE)
	other.store_string("precious")
	other.close()
	expect_equal(second.call("create_server", 0, "unix:" + path), ERR_ALREADY_IN_USE, "somebody's file")
	expect_equal(FileAccess.get_file_as_string(path), "precious", "what it holds")
	note("done")
