extends "res://scenario.gd"
## While the server refuses new connections nobody gets in; who is in stays, and later all may.


func server() -> void:
	watch()
	var peer := serve()
	await all_here(["client_a"])
	multiplayer.multiplayer_peer.refuse_new_connections = true
	note("refusing", [peer.refuse_new_connections, peer.is_refusing_new_connections()])
	await everyone("refusing")
	await everyone("refused")
	peer.refuse_new_connections = false
	await everyone("open again")
	await until("client b is in", func() -> bool: return multiplayer.get_peers().size() == 2)
	await everyone("all in")


func client_a() -> void:
	watch()
	await join_and_wait()
	await everyone("refusing")
	await everyone("refused")
	note("peers", [multiplayer.get_peers().size()])
	await everyone("open again")
	await until("client b is in", func() -> bool: return multiplayer.get_peers().size() == 2)
	await everyone("all in")


func client_b() -> void:
	watch()
	await everyone("refusing")
	var peer := new_peer()
	# The built-in server leaves a refused client to its own timeout.
	peer.set("handshake_timeout", 0.5)
	note_error("create_client", peer.call("create_client", await url_of()))
	multiplayer.multiplayer_peer = peer
	await until("we are refused", is_disconnected_peer.bind(peer))
	await everyone("refused")
	await everyone("open again")
	peer.set("handshake_timeout", 10.0)
	note_error("create_client", peer.call("create_client", await url_of()))
	multiplayer.multiplayer_peer = null
	multiplayer.multiplayer_peer = peer
	await until("we are in", is_connected_peer.bind(peer))
	introduce(peer)
	await until("client a is here", func() -> bool: return multiplayer.get_peers().size() == 2)
	await everyone("all in")
