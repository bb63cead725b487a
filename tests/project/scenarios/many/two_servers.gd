extends "res://scenario.gd"
## Two servers and many clients in one process: each server's packets reach its own clients only.

const CLIENTS_EACH := 8

var _servers: Array[MultiplayerPeer] = []
var _clients: Array[Array] = [[], []]
## How many each server knows of: a client may be in a moment before its server's game hears of it.
var _arrived: Array[int] = [0, 0]


func solo() -> void:
	for s: int in 2:
		_servers.append(new_peer())
		listen(_servers[s], str(s))
		_servers[s].peer_connected.connect(func(_id: int) -> void: _arrived[s] += 1)
	for s: int in 2:
		for c: int in CLIENTS_EACH:
			var client := new_peer()
			expect_equal(client.call("create_client", await url_of(str(s))), OK, "create_client")
			_clients[s].append(client)
	await until("all are in", func() -> bool:
		_poll()
		return _all(is_connected_peer) and _arrived == [CLIENTS_EACH, CLIENTS_EACH]
	)
	note("all in")

	for s: int in 2:
		_servers[s].set_target_peer(0)
		note_error("put", _servers[s].put_packet(PackedByteArray([s])))
	await until("all have heard", func() -> bool: _poll(); return _all(_has_packet))
	for s: int in 2:
		for client: MultiplayerPeer in _clients[s]:
			note("heard", [who(client.get_packet_peer()), client.get_packet()])
			expect_equal(client.get_available_packet_count(), 0, "packets left")

	for s: int in 2:
		for c: int in CLIENTS_EACH:
			var client: MultiplayerPeer = _clients[s][c]
			expect_equal(client.put_packet(PackedByteArray([s, c])), OK, "put")
	for s: int in 2:
		await until("the server has heard all", func() -> bool:
			_poll()
			return _servers[s].get_available_packet_count() == CLIENTS_EACH
		)
		_note_answers(s)

	_servers[0].close()
	await until("its clients are out", func() -> bool: _poll(); return _clients[0].all(is_disconnected_peer))
	note("the others are in", [_clients[1].all(is_connected_peer)])


## Which client had which id is told by what it sent.
func _note_answers(s: int) -> void:
	var answers: Array[PackedByteArray] = []
	while _servers[s].get_available_packet_count() > 0:
		var sender := _servers[s].get_packet_peer()
		var packet := _servers[s].get_packet()
		var client: MultiplayerPeer = _clients[s][packet[1]]
		expect_equal(sender, client.get_unique_id(), "the sender")
		answers.append(packet)
	answers.sort_custom(func(one: PackedByteArray, other: PackedByteArray) -> bool: return one[1] < other[1])
	note("answers", [answers])


func _poll() -> void:
	for s: int in 2:
		_servers[s].poll()
		for client: MultiplayerPeer in _clients[s]:
			client.poll()


func _all(condition: Callable) -> bool:
	return _clients[0].all(condition) and _clients[1].all(condition)


func _has_packet(peer: MultiplayerPeer) -> bool:
	return peer.get_available_packet_count() > 0
