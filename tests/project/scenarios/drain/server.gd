extends "res://scenario.gd"
## A server that the game drains. Clients are played by the harness.


func server() -> void:
	var peer := new_peer()
	peer.set("network_thread", option("thread") == "yes")
	peer.set("health_path", "nonsense")
	peer.set("health_path", option("health"))
	peer.set("metrics_path", option("metrics"))
	expect_equal(peer.call("drain"), ERR_UNCONFIGURED, "draining what is no server")
	peer.connect("drained", _drained)
	listen(peer)
	multiplayer.multiplayer_peer = peer
	multiplayer.peer_connected.connect(func(_id: int) -> void: mark("joined"))
	multiplayer.peer_disconnected.connect(func(_id: int) -> void: mark("left"))
	await marked("drain")
	expect(not peer.call("is_draining"), "it does not drain yet")
	expect_equal(peer.call("drain", -1.0), ERR_INVALID_PARAMETER, "a negative time")
	expect_equal(peer.call("drain", 1.0, 1005), ERR_INVALID_PARAMETER, "a code that cannot be sent")
	expect_equal(peer.call("drain", 600.0), OK, "drain")
	expect(peer.call("is_draining"), "it drains")
	mark("draining")
	await marked("now")
	expect_equal(peer.call("drain", 0.0, 1012, "moving"), OK, "draining at once")
	await marked("drained")
	await marked("done")
	expect(peer.call("is_draining"), "it has drained")
	multiplayer.multiplayer_peer = null
	peer.close()
	expect(not peer.call("is_draining"), "it is closed")


func _drained() -> void:
	expect(not stage.has("drained"), "it is told once")
	note("drained")
	mark("drained")
