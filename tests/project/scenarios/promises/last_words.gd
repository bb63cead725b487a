extends "res://scenario.gd"
## What was put before the end arrives: before `close()`, before `disconnect_peer()`, and together with a close.


func server() -> void:
	var peer := await _served()
	var kicked := await id_of("client_a")
	await all_here(PackedStringArray(["client_a", "client_b"]))
	await marked("client_a waits")
	await marked("client_b waits")
	peer.set_target_peer(0)
	for number: int in 50:
		expect_equal(peer.put_packet(PackedByteArray([number + 1])), OK, "put_packet")
	peer.call("get_peer", kicked).close(4000, "kicked")
	expect_equal(peer.put_packet(PackedByteArray([99])), OK, "the one who is left gets more")
	multiplayer.multiplayer_peer = null
	peer.close()


func client() -> void:
	var peer := new_peer()
	expect_equal(peer.call("create_client", await url_of()), OK, "create_client")
	await until("the server lets us in", func() -> bool: peer.poll(); return is_connected_peer(peer))
	introduce(peer)
	watch_peer(peer)
	mark(role + " waits")
	# What the server's scene multiplayer says of the others comes first.
	var numbers: Array[int] = []
	while not is_disconnected_peer(peer):
		peer.poll()
		while peer.get_available_packet_count() > 0:
			var packet := peer.get_packet()
			if packet.size() == 1:
				numbers.append(packet[0])
		await frames(1)
	var wanted: Array[int] = []
	wanted.assign(range(1, 51))
	if role == "client_b":
		wanted.append(99)
	expect_equal(numbers, wanted, "everything that was put")
	note("ended", [peer.call("get_close_code"), peer.call("get_close_reason")])


func _served() -> MultiplayerPeer:
	var peer := new_peer()
	listen(peer)
	multiplayer.multiplayer_peer = peer
	return peer
