extends "res://scenario.gd"
## A server with a client that is well-behaved while another, played by the harness, is not.
##
## The harness leaves the note `bad one done` when its connection has been ended. The server leaves the note `announced`
## when it has heard of it as a peer.

var _words: PackedStringArray = []


func server() -> void:
	watch()
	serve()
	await all_here(["client_good"])
	await everyone("good one in")
	multiplayer.peer_connected.connect(func(_id: int) -> void: mark("announced"))
	mark("bad one may come")
	await marked("bad one done")
	var good := await id_of("client_good")
	await until("only the good one is here", func() -> bool: return multiplayer.get_peers() == PackedInt32Array([good]))
	await everyone("bad one done")
	say.rpc("still there?")
	await until("the good one has answered", func() -> bool: return _words.size() == 1)
	await everyone("answered")


func client_good() -> void:
	# Whether the bad one was a peer for a moment is the server's to tell.
	await join_and_wait()
	await all_here(["server"])
	await everyone("good one in")
	await everyone("bad one done")
	await until("the server has asked", func() -> bool: return _words.size() == 1)
	say.rpc_id(1, "of course")
	await everyone("answered")
	note_status(multiplayer.multiplayer_peer)


@rpc("any_peer", "call_remote", "reliable")
func say(word: String) -> void:
	_words.append(word)
	note("heard", [who(multiplayer.get_remote_sender_id()), word])
