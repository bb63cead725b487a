extends "res://scenario.gd"
## Every way in which our objects can end, with handles given out, monitors registered, and packets on their way.
##
## Options: `end` is the way.

const ByNode := preload("res://scenarios/threads/holder.gd")

## What nobody takes down before the process ends.
static var _kept: Array = []

var _server: MultiplayerPeer
var _client: MultiplayerPeer
var _handles: Array[PacketPeer] = []
## One that dialed and one on a stream of the engine's.
var _sockets: Array[PacketPeer] = []


func solo() -> void:
	await _set_up()
	# Whatever the functions that were waited for had in hand is gone a frame later.
	await frames(1)
	_send()
	var weak: Array[WeakRef] = [weakref(_server), weakref(_client)]
	match option("end"):
		"drop":
			_let_go()
			_expect_gone(weak)
			await _expect_ended_handles()
		"thread":
			var held: Array = [_server, _client, _sockets]
			_let_go()
			var thread := Thread.new()
			thread.start(func() -> void: held.clear())
			await until("the thread is through", func() -> bool: return not thread.is_alive())
			thread.wait_to_finish()
			_expect_gone(weak)
			await _expect_ended_handles()
		"handles last on thread":
			var held: Array = [_handles]
			_handles = []
			_let_go()
			var thread := Thread.new()
			thread.start(func() -> void: held.clear())
			await until("the thread is through", func() -> bool: return not thread.is_alive())
			thread.wait_to_finish()
		"node":
			var node := ByNode.new()
			node.peer = _server
			node.set_meta("others", [_client, _handles, _sockets])
			get_tree().root.add_child(node)
			_handles = []
			_let_go()
			node.queue_free()
			await frames(3)
			_expect_gone(weak)
		"scene change":
			multiplayer.multiplayer_peer = _server
			var node := ByNode.new()
			node.peer = _client
			node.set_meta("others", [_handles, _sockets])
			_handles = []
			_let_go()
			var packed := PackedScene.new()
			var next := Node.new()
			packed.pack(next)
			next.free()
			get_tree().root.add_child(node)
			node.owner = null
			get_tree().current_scene.remove_child.call_deferred(self)
			await tree_exited
			Engine.get_main_loop().root.add_child(self)
			get_tree().current_scene = node
			get_tree().change_scene_to_packed(packed)
			multiplayer.multiplayer_peer = null
			await frames(3)
			_expect_gone(weak)
		"static":
			_kept = [_server, _client, _handles, _sockets]
		"quit in frame":
			_client.put_packet(PackedByteArray([1]))
			_kept = [_server]
			multiplayer.multiplayer_peer = _client
		"meta":
			# Metadata of an engine's singleton goes after everything that is the game's.
			Engine.set_meta("peers", [_server, _client, _handles, _sockets])
		"close":
			_server.close()
			_client.close()
			await _expect_ended_handles()
		var unknown:
			fail("unknown end: " + str(unknown))
	note("ended")


func _set_up() -> void:
	var peers := await pair()
	_server = peers[0]
	_client = peers[1]
	_handles = [_server.call("get_peer", _client.get_unique_id()), _client.call("get_peer", 1)]
	if _server.has_method("register_monitors"):
		expect_equal(_server.call("register_monitors", "server"), OK, "register_monitors")
		expect_equal(_client.call("register_monitors", "client"), OK, "register_monitors")
	await _set_up_sockets()


func _send() -> void:
	_server.set_target_peer(0)
	for _i: int in 3:
		expect_equal(_server.put_packet(PackedByteArray([1])), OK, "put_packet")
		expect_equal(_handles[1].call("send_text", "over the handle"), OK, "send_text")
		expect_equal(_sockets[0].call("send_text", "over the socket"), OK, "send_text")


func _set_up_sockets() -> void:
	var listener := TCPServer.new()
	expect_equal(listener.listen(0, "127.0.0.1"), OK, "listen")
	var name_of_class := peer_class.replace("MultiplayerPeer", "Peer")
	var dialing: PacketPeer = ClassDB.instantiate(name_of_class)
	var accepting: PacketPeer = ClassDB.instantiate(name_of_class)
	expect_equal(dialing.call("connect_to_url", "ws://127.0.0.1:%d" % listener.get_local_port()), OK, "connect_to_url")
	await until("somebody comes", func() -> bool:
		dialing.call("poll")
		return listener.is_connection_available()
	)
	expect_equal(accepting.call("accept_stream", listener.take_connection()), OK, "accept_stream")
	await until("both are open", func() -> bool:
		dialing.call("poll")
		accepting.call("poll")
		return dialing.call("get_ready_state") == 1 and accepting.call("get_ready_state") == 1
	)
	_sockets = [dialing, accepting]


func _let_go() -> void:
	_server = null
	_client = null
	_sockets = []


func _expect_gone(weak: Array[WeakRef]) -> void:
	for reference: WeakRef in weak:
		expect(reference.get_ref() == null, "the last owner has let go")


## They can be asked, and tell how it ended; the monitors go with their objects.
func _expect_ended_handles() -> void:
	for handle: PacketPeer in _handles:
		expect_equal(handle.call("get_ready_state"), 3, "the state of a handle")
		if peer_class.begins_with("Rust"):
			expect_equal(handle.call("get_close_code"), 1001, "the close code of a handle")
	if option("end") == "close":
		return
	await until("no monitor is left", func() -> bool: return Performance.get_custom_monitor_names().is_empty())
