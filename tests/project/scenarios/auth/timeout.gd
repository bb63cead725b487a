extends "res://scenario.gd"
## A client that never authenticates is sent away by [member SceneMultiplayer.auth_timeout].


func server() -> void:
	watch()
	_api().auth_callback = _ignore
	_api().auth_timeout = 0.0
	serve()
	var failures: Array[int] = []
	_api().peer_authentication_failed.connect(func(id: int) -> void: failures.append(id))
	await id_of("client")
	# It counts from when the client came, so that a slow client has not been sent away before it knew.
	_api().auth_timeout = 0.3
	await until("authentication has failed", func() -> bool: return failures.size() == 1)
	await everyone("out")


func client() -> void:
	watch()
	_api().auth_callback = _ignore
	_api().auth_timeout = 0.0
	var peer := await join()
	await until("we are connected", is_connected_peer.bind(peer))
	introduce(peer)
	await until("we are sent away", is_disconnected_peer.bind(peer))
	if peer.has_method("get_last_error_message"):
		var message: String = peer.call("get_last_error_message")
		expect(message.contains("login") and message.contains("1000"), "'%s' says what it probably was" % message)
	await everyone("out")


func _api() -> SceneMultiplayer:
	return multiplayer as SceneMultiplayer


func _ignore(_id: int, _data: PackedByteArray) -> void:
	pass
