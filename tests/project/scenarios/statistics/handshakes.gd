extends "res://scenario.gd"
## Everything that can become of a handshake, counted: one client gets in, one finds the house full, one talks nonsense,
## one leaves, one asks for no upgrade, and one says nothing until its time is over.


func solo() -> void:
	var server := new_peer()
	server.set("handshake_timeout", 1.0)
	server.set("max_peers", 1)
	var port := listen(server)

	var silent := await _connect(server, port, "")
	expect_equal(_numbers(server), _outcome(1, 0, 0, 0, 0), "one says nothing")
	var leaver := await _connect(server, port, "GET / HTTP/1.1\r\nHost: a\r\n")
	leaver.disconnect_from_host()
	await _until(server, _outcome(1, 0, 0, 1, 0), _outcome(0, 0, 0, 1, 1))
	await until("the silent one is out of time", func() -> bool:
		server.poll()
		return _numbers(server) == _outcome(0, 0, 0, 1, 1)
	)
	# Nobody else is to be late, on however busy a machine.
	server.set("handshake_timeout", 10.0)
	var nonsense := await _connect(server, port, "\u0001 what is this?\r\n\r\n")
	await _until(server, _outcome(0, 0, 0, 2, 1))
	var browser := await _connect(server, port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	await _until(server, _outcome(0, 0, 1, 2, 1))

	var client := await _client(port, server)
	expect_equal(_numbers(server), _outcome(0, 1, 1, 2, 1), "one is in")
	expect_equal(_numbers(client), _outcome(0, 1, 0, 0, 0), "the client's own numbers")
	var late := await _client(port, server)
	expect_equal(_numbers(server), _outcome(0, 1, 2, 2, 1), "the house is full")
	expect_equal(_numbers(late), _outcome(0, 0, 1, 0, 0), "the late client's own numbers")
	for stream: StreamPeerTCP in [silent, leaver, nonsense, browser]:
		stream.disconnect_from_host()
	note("counted")


func _outcome(pending: int, succeeded: int, refused: int, failed: int, timed_out: int) -> PackedInt32Array:
	return [pending, succeeded, refused, failed, timed_out]


func _numbers(peer: MultiplayerPeer) -> PackedInt32Array:
	var statistics: Dictionary = peer.call("get_statistics")
	var numbers: PackedInt32Array = []
	for outcome: String in ["pending", "succeeded", "refused", "failed", "timed_out"]:
		numbers.append(statistics["handshakes_" + outcome])
	return numbers


## Until they are one or the other.
func _until(server: MultiplayerPeer, wanted: PackedInt32Array, otherwise: PackedInt32Array = wanted) -> void:
	await until("the numbers are %s" % wanted, func() -> bool:
		server.poll()
		return _numbers(server) == wanted or _numbers(server) == otherwise
	)


## A bare connection that has said this, and that the server has accepted.
func _connect(server: MultiplayerPeer, port: int, words: String) -> StreamPeerTCP:
	var before := _started(server)
	var stream := StreamPeerTCP.new()
	stream.connect_to_host("127.0.0.1", port)
	await until("it is connected", func() -> bool:
		stream.poll()
		return stream.get_status() == StreamPeerTCP.STATUS_CONNECTED
	)
	stream.put_data(words.to_utf8_buffer())
	await until("it is accepted", func() -> bool:
		server.poll()
		return _started(server) == before + 1
	)
	return stream


func _started(server: MultiplayerPeer) -> int:
	var sum := 0
	for number: int in _numbers(server):
		sum += number
	return sum


## A client that has got in, or not.
func _client(port: int, server: MultiplayerPeer) -> MultiplayerPeer:
	var client := new_peer()
	expect_equal(client.call("create_client", "ws://127.0.0.1:%d" % port), OK, "create_client")
	expect_equal(_numbers(client), _outcome(1, 0, 0, 0, 0), "a client under way")
	await poll_until("it is settled", [server, client], func() -> bool:
		return client.get_connection_status() != MultiplayerPeer.CONNECTION_CONNECTING
	)
	return client
