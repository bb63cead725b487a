extends "res://scenario.gd"
## A handler of a bare peer's signal lets go of it, closes it, or sends it away, with handles given out.
##
## Options: `when` is the signal, `action` what its handler does.

var _peers: Array[MultiplayerPeer] = []
var _handles: Array[PacketPeer] = []
var _acted := false


func solo() -> void:
	var server := new_peer()
	_peers = [server, new_peer()]
	expect_equal(server.call("register_monitors", "server"), OK, "register_monitors")
	if option("when") == "peer_connected":
		server.connect("peer_connected", _act)
		var port := listen(server)
		expect_equal(_peers[1].call("create_client", "ws://127.0.0.1:%d" % port), OK, "create_client")
	else:
		await pair(server, _peers[1])
		await frames(1)
		_handles.append(server.call("get_peer", _peers[1].get_unique_id()))
		if option("when") == "peer_overflowed":
			server.connect("peer_overflowed", func(id: int, _size: int) -> void: _act(id))
			# The client does not read, so at last there is no room.
			var packet := PackedByteArray()
			packet.resize(20_000)
			server.set_target_peer(_peers[1].get_unique_id())
			var error := OK
			while error == OK:
				error = server.put_packet(packet)
		else:
			server.connect("peer_disconnected", _act)
			_peers[1].close()
	server = null
	await until("the handler has acted", func() -> bool:
		for peer: MultiplayerPeer in _peers.duplicate():
			peer.poll()
		return _acted
	)
	await frames(2)
	for handle: PacketPeer in _handles:
		handle.call("get_close_code")
	note("acted")


func _act(id: int) -> void:
	if _acted:
		return
	_acted = true
	_handles.append(_peers[0].call("get_peer", id))
	if option("when") != "peer_disconnected":
		_handles[-1].call("send_text", "from the handler")
	match option("action"):
		"let go":
			_peers.remove_at(0)
		"let go on a thread":
			var held: Array = [_peers.pop_front()]
			var thread := Thread.new()
			thread.start(func() -> void: held.clear())
			thread.wait_to_finish()
		"close":
			_peers[0].close()
		"disconnect":
			_peers[0].disconnect_peer(id)
		"close handle":
			_handles[-1].call("close", 4001, "enough")
		var unknown:
			fail("unknown action: " + str(unknown))
