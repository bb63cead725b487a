extends "res://scenario.gd"
## Answers that come later: from another frame, too late, twice, for a client that has gone, for a server that was closed.

var _server: MultiplayerPeer
var _port := 0
var _requests: Array[Object] = []


func solo() -> void:
	_server = new_peer()
	_server.set("network_thread", option("thread") == "yes")
	_server.set("handshake_timeout", 60.0)
	_server.set("supported_protocols", PackedStringArray(["a"]))
	_server.set("handshake_callback", func(request: Object) -> bool:
		request.call("defer")
		_requests.append(request)
		return false
	)
	_port = listen(_server)
	await _accepted_later()
	await _rejected_later()
	await _gone_meanwhile()
	await _too_late()
	await _answered_at_once()
	await _coroutine()
	await _closed_meanwhile()
	note("answered")


func _client() -> MultiplayerPeer:
	var client: MultiplayerPeer = ClassDB.instantiate(option("client"))
	client.set("handshake_timeout", 60.0)
	client.set("supported_protocols", PackedStringArray(["a"]))
	expect_equal(client.call("create_client", "ws://127.0.0.1:%d" % _port), OK, "create_client")
	return client


## A client, and its request.
func _asking() -> Array:
	var client := _client()
	await poll_until("the game is asked", [_server, client], func() -> bool: return not _requests.is_empty())
	return [client, _requests.pop_back()]


func _until_over(client: MultiplayerPeer) -> void:
	await poll_until("it is refused", [_server, client], is_disconnected_peer.bind(client))


func _accepted_later() -> void:
	var asking := await _asking()
	var client: MultiplayerPeer = asking[0]
	for _i: int in 20:
		_server.poll()
		client.poll()
		await frames(1)
	expect_equal(client.get_connection_status(), MultiplayerPeer.CONNECTION_CONNECTING, "it waits")
	expect_equal(asking[1].call("accept", "z"), ERR_INVALID_PARAMETER, "a subprotocol that was not offered")
	expect_equal(asking[1].call("accept", "a", ["X: a\r\nb"]), ERR_INVALID_PARAMETER, "a header that ends early")
	expect_equal(asking[1].call("reject", 200), ERR_INVALID_PARAMETER, "no status of a refusal")
	expect_equal(asking[1].call("accept", "a", ["X-Match: 7"]), OK, "accept")
	expect_equal(asking[1].call("accept"), ERR_UNAVAILABLE, "a second answer")
	expect_equal(asking[1].call("reject"), ERR_UNAVAILABLE, "a third answer")
	await poll_until("it is in", [_server, client], is_connected_peer.bind(client))
	client.close()


func _rejected_later() -> void:
	var asking := await _asking()
	expect_equal(asking[1].call("reject", 401, "Log in first"), OK, "reject")
	await _until_over(asking[0])
	if asking[0].has_method("get_last_error_message"):
		var words: String = asking[0].call("get_last_error_message")
		expect(words.contains("HTTP 401 Log in first"), "it is told why, not '%s'" % words)


func _gone_meanwhile() -> void:
	var asking := await _asking()
	asking[0].close()
	await poll_until("its end is seen", [_server], func() -> bool:
		return _server.call("get_statistics")["handshakes_pending"] == 0
	)
	expect_equal(asking[1].call("accept"), ERR_UNAVAILABLE, "an answer to whom has gone")
	expect_equal(asking[1].call("get_path"), "/", "it stays readable")


func _too_late() -> void:
	_server.set("handshake_timeout", 0.2)
	var asking := await _asking()
	await _until_over(asking[0])
	expect_equal(asking[1].call("accept"), ERR_UNAVAILABLE, "an answer that is late")
	_server.set("handshake_timeout", 60.0)


## Without `defer()`, an answer in the callback counts, and what that returns does not.
func _answered_at_once() -> void:
	_server.set("handshake_callback", func(request: Object) -> int:
		expect_equal(request.call("accept"), OK, "accept in the callback")
		return 403
	)
	var client := _client()
	await poll_until("it is in", [_server, client], is_connected_peer.bind(client))
	client.close()


## A callback that awaits has to take over first.
func _coroutine() -> void:
	_server.set("handshake_callback", func(request: Object) -> bool:
		request.call("defer")
		await frames(3)
		request.call("accept")
		return true
	)
	var client := _client()
	await poll_until("it is in", [_server, client], is_connected_peer.bind(client))
	client.close()


func _closed_meanwhile() -> void:
	_server.set("handshake_callback", func(request: Object) -> bool:
		request.call("defer")
		_requests.append(request)
		return true
	)
	var asking := await _asking()
	_server.close()
	expect_equal(asking[1].call("accept"), ERR_UNAVAILABLE, "an answer of a server that was closed")
	_port = listen(_server, "again")
	var again := await _asking()
	expect_equal(asking[1].call("accept"), ERR_UNAVAILABLE, "an answer of the server that was")
	expect_equal(again[1].call("accept"), OK, "an answer of the server that is")
	await poll_until("it is in", [_server, again[0]], is_connected_peer.bind(again[0]))
	_server = null
	expect_equal(again[1].call("accept"), ERR_UNAVAILABLE, "an answer without a server")
