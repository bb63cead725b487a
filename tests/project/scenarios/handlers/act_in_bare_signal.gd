extends "res://scenario.gd"
## The same as `act_in_signal`, for a peer that no scene multiplayer holds: both ends are polled
## by this script, in one process, and every action is taken by a handler of the peer itself.

var _server: MultiplayerPeer
var _client: MultiplayerPeer
var _is_sent := false
var _packets := 0


func solo() -> void:
	for action: String in ["send", "disconnect", "disconnect forced", "close", "drop"]:
		for side: String in ["server", "client"]:
			for event: String in ["peer_connected", "peer_disconnected"]:
				await _try(side, event, action)


func _try(side: String, event: String, action: String) -> void:
	note("try", [side, event, action])
	_server = new_peer()
	_client = new_peer()
	_is_sent = false
	_packets = 0
	var name_of_try := "%s %s %s" % [side, event, action]
	listen(_server, name_of_try)
	expect_equal(_client.call("create_client", await url_of(name_of_try)), OK, "create_client")
	var acted: Array[bool] = []
	var acting := _server if side == "server" else _client
	acting.connect(event, func(id: int) -> void:
		acted.append(true)
		_act(side, action, id)
	)
	# The handler's own binding must not be what keeps the peer alive.
	acting = null
	if event == "peer_disconnected":
		await until("they are connected", func() -> bool: _poll(); return _has_packet_through())
		if side == "server":
			_client.close()
		else:
			_server.close()
	await until("the handler has acted", func() -> bool: _poll(); return not acted.is_empty())
	for _i: int in 5:
		_poll()
		await frames(1)
	_server = null
	_client = null


## Polls and reads, as a game does: who has left is told when what it sent has been read.
func _poll() -> void:
	for peer: MultiplayerPeer in [_server, _client]:
		if peer != null:
			peer.poll()
			while peer.get_available_packet_count() > 0:
				peer.get_packet()
				_packets += 1


## Connected on both sides, as a packet that has gone through shows.
func _has_packet_through() -> bool:
	if is_connected_peer(_client) and not _is_sent:
		_is_sent = _client.put_packet(PackedByteArray([1])) == OK
	return _packets > 0


func _act(side: String, action: String, id: int) -> void:
	var peer := _server if side == "server" else _client
	match action:
		"send":
			peer.put_packet(PackedByteArray([1, 2, 3]))
		"disconnect":
			peer.disconnect_peer(id)
		"disconnect forced":
			peer.disconnect_peer(id, true)
		"close":
			peer.close()
		"drop":
			peer = null
			if side == "server":
				_server = null
			else:
				_client = null
