extends "res://scenario.gd"
## A client that has got in, and whose server then does something that ends the connection.


func client() -> void:
	watch()
	var peer := await join()
	await until("we are in", is_connected_peer.bind(peer))
	introduce(peer)
	await until("we are out", is_disconnected_peer.bind(peer))
	note_status(peer)
	mark("out")
