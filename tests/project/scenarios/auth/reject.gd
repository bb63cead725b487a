extends "res://scenario.gd"
## A client that answers wrongly is sent away before it is a peer; one that answers well gets in.


func server() -> void:
	watch()
	_api().auth_callback = _on_password
	serve()
	await everyone("stranger is out")
	await until("the friend is in", func() -> bool: return multiplayer.get_peers().size() == 1)
	await everyone("friend is in")


func client_stranger() -> void:
	watch()
	_api().auth_callback = _ignore
	_api().peer_authenticating.connect(_send.bind("guess"))
	var peer := await join()
	await until("we are connected", is_connected_peer.bind(peer))
	introduce(peer)
	await until("we are sent away", is_disconnected_peer.bind(peer))
	await everyone("stranger is out")
	await everyone("friend is in")


func client_friend() -> void:
	watch()
	await everyone("stranger is out")
	_api().auth_callback = _ignore
	_api().peer_authenticating.connect(_send.bind("password"))
	var peer := await join()
	await until("we are connected", is_connected_peer.bind(peer))
	introduce(peer)
	await until("we are in", func() -> bool: return multiplayer.get_peers().size() == 1)
	await everyone("friend is in")


func _api() -> SceneMultiplayer:
	return multiplayer as SceneMultiplayer


func _send(id: int, word: String) -> void:
	note_error("auth", _api().send_auth(id, word.to_utf8_buffer()))
	if word == "password":
		note_error("complete", _api().complete_auth(id))


func _on_password(id: int, data: PackedByteArray) -> void:
	var word := data.get_string_from_utf8()
	note("password", [who(id), word])
	if word == "password":
		note_error("complete", _api().complete_auth(id))
	else:
		_api().disconnect_peer(id)


func _ignore(_id: int, _data: PackedByteArray) -> void:
	pass
