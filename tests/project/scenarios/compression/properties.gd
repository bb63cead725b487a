extends "res://scenario.gd"
## What the properties are, whom they hold for, and what they refuse.


func solo() -> void:
	for peer: Object in [new_peer(), ClassDB.instantiate("RustWebSocketPeer")]:
		_expect(peer, 0, 256, 1)
		for value: int in [-1, 2, 1000]:
			peer.set("compression", value)
		for value: int in [-1, -1000]:
			peer.set("compression_threshold", value)
		for value: int in [0, 10, -1]:
			peer.set("compression_level", value)
		_expect(peer, 0, 256, 1)
		peer.set("compression", ClassDB.class_get_integer_constant(peer.get_class(), "COMPRESSION_AUTO"))
		peer.set("compression_threshold", 0)
		peer.set("compression_level", 9)
		_expect(peer, 1, 0, 9)
		peer.set("compression", ClassDB.class_get_integer_constant(peer.get_class(), "COMPRESSION_OFF"))
		_expect(peer, 0, 0, 9)

	# Until it is set, each role has its own.
	var server := new_peer()
	var client := new_peer()
	await pair(server, client)
	expect_equal(server.get("compression"), 1, "a server agrees to it")
	expect_equal(client.get("compression"), 0, "a client does not offer it")
	server.close()
	expect_equal(server.get("compression"), 0, "it is no server any more")
	var refusing := new_peer()
	refusing.set("compression", 0)
	listen(refusing, "refusing")
	expect_equal(refusing.get("compression"), 0, "what was set holds")
	note("seen")


func _expect(peer: Object, mode: int, threshold: int, level: int) -> void:
	var got := [peer.get("compression"), peer.get("compression_threshold"), peer.get("compression_level")]
	expect_equal(got, [mode, threshold, level], peer.get_class())
