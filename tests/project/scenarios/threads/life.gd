extends "res://scenario.gd"
## A server and a client live on another thread from beginning to end: made, connected, sending, closed and dropped there.
##
## Options: `on` is what kind of thread.

const MESSAGE := "from a thread"

## What happened, and what the client heard, which it may do before the server does if both have network threads. Nobody else
## looks while the thread runs.
var _said: Array[String] = []
var _heard_by_client: Array[String] = []


func solo() -> void:
	match option("on"):
		"thread":
			var thread := Thread.new()
			thread.start(_live)
			await until("the thread is through", func() -> bool: return not thread.is_alive())
			thread.wait_to_finish()
		"task":
			var task := WorkerThreadPool.add_task(_live)
			await until("the task is through", WorkerThreadPool.is_task_completed.bind(task))
			WorkerThreadPool.wait_for_task_completion(task)
	for line: String in _said + _heard_by_client:
		note(line)


func _live() -> void:
	var server := new_peer()
	var client := new_peer()
	server.peer_connected.connect(func(id: int) -> void: _said.append("server hears of a peer: %s" % (id > 1)))
	server.peer_disconnected.connect(func(id: int) -> void: _said.append("server hears of an end: %s" % (id > 1)))
	client.peer_connected.connect(func(id: int) -> void: _heard_by_client.append("client hears of %d" % id))
	var port := free_port()
	_said.append(error_string(server.call("create_server", port, "127.0.0.1")))
	_said.append(error_string(client.call("create_client", "ws://127.0.0.1:%d" % port)))
	_poll_until([server, client], func() -> bool:
		return is_connected_peer(client) and _said[-1].begins_with("server hears of a peer"))
	client.set_target_peer(1)
	# None of them is followed by a frame, or by a poll of their sender.
	for number: int in 3:
		_said.append(error_string(client.put_packet(("%s %d" % [MESSAGE, number]).to_utf8_buffer())))
	_poll_until([server], func() -> bool: return server.get_available_packet_count() == 3)
	for _i: int in 3:
		_said.append("packet: " + server.get_packet().get_string_from_utf8())
	client.close()
	_poll_until([server], func() -> bool: return _said[-1].begins_with("server hears of an end"))
	server.close()


func _poll_until(peers: Array[MultiplayerPeer], condition: Callable) -> void:
	var deadline := Time.get_ticks_msec() + int(PATIENCE_SECONDS * 1000.0)
	while not condition.call() and Time.get_ticks_msec() < deadline:
		for peer: MultiplayerPeer in peers:
			peer.poll()
		OS.delay_msec(1)
	if not condition.call():
		_said.append("waited in vain")
