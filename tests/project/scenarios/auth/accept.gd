extends "res://scenario.gd"
## [SceneMultiplayer] authentication: a question, an answer, both sides complete.


func server() -> void:
	watch()
	_api().auth_callback = _on_answer
	_api().peer_authenticating.connect(func(id: int) -> void:
		note_error("ask", _api().send_auth(id, "who are you?".to_utf8_buffer()))
	)
	serve()
	await until("the client is in", func() -> bool: return multiplayer.get_peers().size() == 1)
	await everyone("in")
	note_error("bytes", _api().send_bytes("welcome".to_utf8_buffer()))
	await everyone("welcomed")


func client() -> void:
	watch()
	_api().auth_callback = _on_question
	var welcomes: Array[PackedByteArray] = []
	_api().peer_packet.connect(func(_id: int, packet: PackedByteArray) -> void: welcomes.append(packet))
	var peer := await join()
	await until("we are connected", is_connected_peer.bind(peer))
	introduce(peer)
	await until("we are in", func() -> bool: return multiplayer.get_peers().size() == 1)
	await everyone("in")
	await until("we are welcome", func() -> bool: return welcomes.size() == 1)
	await everyone("welcomed")


func _api() -> SceneMultiplayer:
	return multiplayer as SceneMultiplayer


func _on_answer(id: int, data: PackedByteArray) -> void:
	note("answer", [who(id), data.get_string_from_utf8()])
	note_error("complete", _api().complete_auth(id))


func _on_question(id: int, data: PackedByteArray) -> void:
	note("question", [who(id), data.get_string_from_utf8()])
	note_error("answer", _api().send_auth(id, "a friend".to_utf8_buffer()))
	note_error("complete", _api().complete_auth(id))
