extends "res://scenario.gd"
## A client that cannot get in: it is told once, ends disconnected, and may try again.
##
## Where to is the option `url`, or else the port that the harness has told as `server`.


func client() -> void:
	watch()
	var url := option("url")
	if url.is_empty():
		url = await url_of()
	var peer := new_peer()
	watch_peer(peer, "bare ")
	# Time enough for a busy machine where it matters, and none lost where it must expire.
	peer.set("handshake_timeout", option("timeout", "10").to_float())
	for attempt: String in ["first", "second"]:
		note("attempt", [attempt])
		var error: Error = peer.call("create_client", url)
		note_error("create_client", error)
		note_status(peer)
		if error == OK:
			multiplayer.multiplayer_peer = peer
			note("id", [peer.get_unique_id()])
			await until("it has failed", is_disconnected_peer.bind(peer))
			await until("the scene tree knows", func() -> bool: return multiplayer.get_peers().is_empty())
			await frames(1)
			multiplayer.multiplayer_peer = null
		note_status(peer)
		note("id", [peer.get_unique_id()])
	mark("failed twice")
