extends "res://scenario.gd"
## A client that cannot get in or not stay, and what it can tell its player then: why it ended is told by four getters,
## which keep it through [method MultiplayerPeer.close] until the next attempt.
##
## Options: `url`, or `scheme` and `host` for the port that the harness has told; `code`, `reason` and a pattern for
## `message`, as our class must give them; `status` if the server refuses with one; `in` if the client gets in first; `error` if `create_client` itself fails.


func client() -> void:
	watch()
	var url := option("url")
	if url.is_empty():
		url = await url_of("server", option("host", "127.0.0.1"), option("scheme", "ws"))
	var peer := new_peer()
	peer.set("handshake_timeout", option("timeout", "10").to_float())
	_expect_nothing(peer, "a new peer")
	var error: Error = peer.call("create_client", url)
	note_error("create_client", error)
	if error == OK:
		_expect_nothing(peer, "while connecting")
		multiplayer.multiplayer_peer = peer
		if option("in") == "yes":
			await until("we are in", is_connected_peer.bind(peer))
			introduce(peer)
			_expect_nothing(peer, "while connected")
		await until("it is over", is_disconnected_peer.bind(peer))
		await frames(1)
		multiplayer.multiplayer_peer = null
	note_status(peer)
	_expect_reason(peer, "at the end")
	peer.poll()
	peer.close()
	_expect_reason(peer, "after close()")
	mark("over")
	# What comes next has its own story.
	note_error("next", peer.call("create_server", free_port()))
	_expect_nothing(peer, "as a server")
	peer.close()


func _expect_reason(peer: MultiplayerPeer, when: String) -> void:
	if not peer.has_method("get_last_error_message"):
		return
	var message: String = peer.call("get_last_error_message")
	var is_told := RegEx.create_from_string(option("message")).search(message) != null
	expect(is_told, "'%s' is in '%s' %s" % [option("message"), message, when])
	expect_equal(peer.call("get_close_code"), option("code", "-1").to_int(), "the close code " + when)
	expect_equal(peer.call("get_close_reason"), option("reason"), "the close reason " + when)
	expect_equal(peer.call("get_handshake_status"), option("status", "0").to_int(), "the HTTP status " + when)


func _expect_nothing(peer: MultiplayerPeer, when: String) -> void:
	if not peer.has_method("get_last_error_message"):
		return
	expect_equal(peer.call("get_last_error_message"), "", "the message of " + when)
	expect_equal(peer.call("get_close_code"), -1, "the close code of " + when)
	expect_equal(peer.call("get_close_reason"), "", "the close reason of " + when)
	expect_equal(peer.call("get_handshake_status"), 0, "the HTTP status of " + when)
