extends "res://scenario.gd"
## A client leaves, in the way that the option `how` says, and joins again with the same object.


func server() -> void:
	watch()
	serve()
	await all_here(["client_a", "client_b"])
	await everyone("all here")
	await until("client b is gone", func() -> bool: return multiplayer.get_peers().size() == 1)
	await everyone("left")
	if option("how") == "kill":
		return
	await until("client b is back", func() -> bool: return multiplayer.get_peers().size() == 2)
	await everyone("back")


func client_a() -> void:
	watch()
	await join_and_wait()
	await all_here(["client_b"])
	await everyone("all here")
	await until("client b is gone", func() -> bool: return multiplayer.get_peers().size() == 1)
	await everyone("left")
	if option("how") == "kill":
		return
	await until("client b is back", func() -> bool: return multiplayer.get_peers().size() == 2)
	await everyone("back")


func client_b() -> void:
	watch()
	await marked("id.client_a")
	var peer := await join_and_wait()
	await all_here(["client_a"])
	await everyone("all here")
	match option("how"):
		"close":
			peer.close()
		"disconnect":
			peer.disconnect_peer(1)
		"disconnect forced":
			peer.disconnect_peer(1, true)
		"kill":
			die(["left"])
		var unknown:
			fail("unknown way to leave: " + str(unknown))
	await until("we are out", is_disconnected_peer.bind(peer))
	note_status(peer)
	note("id", [peer.get_unique_id(), peer.get_available_packet_count()])
	await everyone("left")
	note_error("create_client", peer.call("create_client", await url_of()))
	note_status(peer)
	await until("we are back", is_connected_peer.bind(peer))
	introduce(peer, "client_b again")
	await until("client a is here", func() -> bool: return multiplayer.get_peers().size() == 2)
	await everyone("back")
