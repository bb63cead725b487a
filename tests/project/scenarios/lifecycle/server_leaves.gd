extends "res://scenario.gd"
## The server goes, in the way that the option `how` says, and every client is told.


func server() -> void:
	watch()
	var peer := serve()
	await all_here(["client_a", "client_b"])
	await everyone("all here")
	match option("how"):
		"close":
			peer.close()
			note_status(peer)
			await until("the scene tree knows", func() -> bool: return multiplayer.get_peers().is_empty())
		"null":
			multiplayer.multiplayer_peer = null
			peer = null
		"kill":
			# Nobody says goodbye: the system closes the sockets.
			die(["all out"])
		var unknown:
			fail("unknown way to leave: " + str(unknown))
	await everyone("all out")


func client() -> void:
	watch()
	if role == "client_b":
		await marked("id.client_a")
	var peer := await join_and_wait()
	await all_here(["client_a" if role == "client_b" else "client_b"])
	await everyone("all here")
	await until("the server is gone", is_disconnected_peer.bind(peer))
	note_status(peer)
	note("id", [peer.get_unique_id()])
	await everyone("all out")
