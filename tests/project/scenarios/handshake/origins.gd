extends "res://scenario.gd"
## A server that pages of the web may not all connect to. What cannot be held leaves it as it was.


func server() -> void:
	var peer := new_peer()
	peer.set("allowed_origins", PackedStringArray(["play.example.com"]))
	expect_equal(peer.call("create_server", 0), ERR_INVALID_PARAMETER, "create_server")
	peer.set("allowed_origins", PackedStringArray([" https://play.example.com ", "https://*.example.net"]))
	listen(peer)
	multiplayer.multiplayer_peer = peer
	peer.set("allowed_origins", PackedStringArray(["play.example.com"]))
	await marked("done")
	note("done")
