extends "res://scenario.gd"
## A server that goes on sending to a client that has gone, before it has looked: writing to a dead
## connection is an error like any other.
##
## The harness is the client: it joins as `gone`, and leaves the note `gone` when it is, after `it may go`.

const PACKETS := 10


func server() -> void:
	var peer := new_peer()
	watch_peer(peer)
	var gone: Array[int] = []
	peer.peer_disconnected.connect(func(id: int) -> void: gone.append(id))
	listen(peer)
	await until("the client is in", func() -> bool: peer.poll(); return stage.has("id.gone"))
	# From here on it is not polled: it cannot know.
	mark("it may go")
	await marked("gone")
	for _i: int in PACKETS:
		peer.put_packet(PackedByteArray([1, 2, 3]))
		# The end of a frame is when packets leave.
		await frames(1)
	await until("it is noticed", func() -> bool: peer.poll(); return not gone.is_empty())
	note_status(peer)
