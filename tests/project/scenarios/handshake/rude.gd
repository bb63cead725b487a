extends "res://scenario.gd"
## Callbacks that do what no callback should, and end as they must.

## A member, for a callback that held on to its own server would keep it for ever.
var _server: MultiplayerPeer
var _client: MultiplayerPeer
var _called := 0


func solo() -> void:
	for act: String in ["close", "create", "forget", "replace", "free", "fail"]:
		_called = 0
		await call("_" + act)
		if _server != null:
			_server.close()
	note("survived")


## A server with this callback, and a client that has asked.
func _ask(callback: Callable) -> void:
	_server = new_peer()
	_server.set("network_thread", option("thread") == "yes")
	_server.set("handshake_callback", callback)
	var port := listen(_server)
	_client = ClassDB.instantiate(option("client"))
	expect_equal(_client.call("create_client", "ws://127.0.0.1:%d" % port), OK, "create_client")


func _refused() -> void:
	await until("it is refused", func() -> bool:
		if _server != null:
			_server.poll()
		_client.poll()
		return is_disconnected_peer(_client)
	)


func _close() -> void:
	_ask(func(_request: Object) -> bool:
		_server.close()
		return true
	)
	await _refused()


func _create() -> void:
	_ask(func(_request: Object) -> bool:
		_server.close()
		expect_equal(_server.call("create_server", 0), OK, "create_server in the callback")
		return true
	)
	await _refused()


## The last reference to the server goes in the callback.
func _forget() -> void:
	_ask(func(_request: Object) -> bool:
		_called += 1
		_server = null
		return true
	)
	await _refused()
	expect_equal(_called, 1, "how often it was called")


## The callback counts until the next client comes.
func _replace() -> void:
	_ask(func(_request: Object) -> bool:
		_server.set("handshake_callback", Callable())
		return false
	)
	await _refused()
	var port: int = _server.call("get_local_port")
	expect_equal(_client.call("create_client", "ws://127.0.0.1:%d" % port), OK, "create_client")
	await poll_until("it is in", [_server, _client], is_connected_peer.bind(_client))


## Whoever cannot be asked lets nobody in.
func _free() -> void:
	var judge := Judge.new()
	_ask(judge.judge)
	judge.free()
	await _refused()


## A function that wants more than there is.
func _fail() -> void:
	_ask(func(_request: Object, _more: Object) -> Variant: return true)
	await _refused()


class Judge extends Object:
	func judge(_request: Object) -> bool:
		return true
