extends "res://scenario.gd"
## A server that stands still for many heartbeats, as a laptop that sleeps does, and comes back: nobody is lost, and nothing.
##
## The harness is the `frost`.


func server() -> void:
	var peer := new_peer()
	peer.set("heartbeat_interval", 0.3)
	var gone: Array[int] = []
	peer.peer_disconnected.connect(func(id: int) -> void: gone.append(id))
	listen(peer)
	multiplayer.multiplayer_peer = peer
	var heard: Array[String] = []
	(multiplayer as SceneMultiplayer).peer_packet.connect(func(_id: int, packet: PackedByteArray) -> void:
		heard.append(packet.get_string_from_utf8()))
	var id := await id_of("client")
	await until("it is measured", func() -> bool: return int(peer.call("get_peer_rtt", id)) >= 0)
	mark("pid", str(OS.get_process_id()))
	await marked("thawed")
	await until("both are heard", func() -> bool: return heard.size() == 2)
	expect_equal(heard, ["meanwhile", "after"] as Array[String], "what the client says")
	expect_equal(gone, [] as Array[int], "nobody is gone")
	mark("heard")


func client() -> void:
	var peer := await join_and_wait()
	await marked("frozen")
	var api := multiplayer as SceneMultiplayer
	expect_equal(api.send_bytes("meanwhile".to_utf8_buffer(), 1), OK, "a packet to a server that stands still")
	await marked("thawed")
	expect_equal(api.send_bytes("after".to_utf8_buffer(), 1), OK, "a packet afterwards")
	await marked("heard")
	note_status(peer)
