extends "res://scenario.gd"
## A client finds a server that listens on every address, whichever way the host is spelt.


func server() -> void:
	var peer := serve()
	await everyone("done")
	note_status(peer)


func client() -> void:
	watch()
	for host: String in option("hosts").split(","):
		var peer := new_peer()
		note_error(host, peer.call("create_client", await url_of("server", host)))
		multiplayer.multiplayer_peer = peer
		await until("we are in through " + host, is_connected_peer.bind(peer))
		peer.close()
		multiplayer.multiplayer_peer = null
	await everyone("done")
