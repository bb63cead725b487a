extends "res://scenario.gd"
## A client calls and leaves at once. The server answers in the handler of that call: to it the client is still there, for
## nobody has told it otherwise, and its socket has closed already. That is no error, and the answer goes nowhere.

var _answer := FAILED


func server() -> void:
	watch()
	# The calls wait until the end of the connection has come as well.
	get_tree().multiplayer_poll = false
	var peer := serve()
	await until("the client is here", func() -> bool: multiplayer.poll(); return not multiplayer.get_peers().is_empty())
	var id := multiplayer.get_peers()[0]
	mark("the server is ready")
	await until("its end has come", func() -> bool:
		peer.poll()
		return peer.call("get_peer", id).get_ready_state() != WebSocketPeer.STATE_OPEN
	)
	expect_equal(Array(multiplayer.get_peers()), [id], "the peers the game knows")
	multiplayer.poll()
	note_error("answered", _answer)
	multiplayer.poll()
	expect_equal(Array(multiplayer.get_peers()), [], "the peers the game knows in the end")
	await everyone("all seen")


func client() -> void:
	await join_and_wait()
	await marked("the server is ready")
	note_error("called", rpc_id(Transcript.SERVER_ID, "last_words"))
	multiplayer.multiplayer_peer.close()
	await everyone("all seen")


@rpc("any_peer", "call_remote", "reliable")
func last_words() -> void:
	_answer = rpc_id(multiplayer.get_remote_sender_id(), "answer")


@rpc("authority", "call_remote", "reliable")
func answer() -> void:
	fail("nobody is there to hear this")
