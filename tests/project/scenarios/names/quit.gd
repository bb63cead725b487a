extends "res://scenario.gd"
## Ends while a name is being looked up.


func solo() -> void:
	var peer := new_peer()
	expect_equal(peer.call("create_client", "ws://deaf.test:9000"), OK, "create_client")
	multiplayer.multiplayer_peer = peer
	await until("the name is asked for", func() -> bool: return FileAccess.file_exists(file("asked")))
