extends "res://scenario.gd"
## Raw packets by [method SceneMultiplayer.send_bytes]: every direction, small and large.

const LARGE := 60000

var _packets := 0


func server() -> void:
	watch()
	_count()
	serve()
	await all_here(["client_a", "client_b"])
	await everyone("all here")

	note_error("to all", _api().send_bytes("to all".to_utf8_buffer()))
	await everyone("1")
	note_error("to a", _api().send_bytes("to a".to_utf8_buffer(), await id_of("client_a")))
	await everyone("2")
	note_error("to all but a", _api().send_bytes("not a".to_utf8_buffer(), -(await id_of("client_a"))))
	await everyone("3")
	note_error("large", _api().send_bytes(_large()))
	await everyone("4")
	await _packets_are(1)
	await everyone("5")
	await _packets_are(2)
	await everyone("6")
	await everyone("7")


func client_a() -> void:
	watch()
	_count()
	await join_and_wait()
	await all_here(["server", "client_b"])
	await everyone("all here")

	await _packets_are(1)
	await everyone("1")
	await _packets_are(2)
	await everyone("2")
	await everyone("3")
	await _packets_are(3)
	await everyone("4")
	note_error("to server", _api().send_bytes("to server".to_utf8_buffer(), 1))
	await everyone("5")
	note_error("to all", _api().send_bytes(_large()))
	await everyone("6")
	note_error("to b", _api().send_bytes("to b".to_utf8_buffer(), await id_of("client_b")))
	await everyone("7")


func client_b() -> void:
	watch()
	_count()
	await marked("id.client_a")
	await join_and_wait()
	await all_here(["server", "client_a"])
	await everyone("all here")

	await _packets_are(1)
	await everyone("1")
	await everyone("2")
	await _packets_are(2)
	await everyone("3")
	await _packets_are(3)
	await everyone("4")
	await everyone("5")
	await _packets_are(4)
	await everyone("6")
	await _packets_are(5)
	await everyone("7")


func _api() -> SceneMultiplayer:
	return multiplayer as SceneMultiplayer


func _count() -> void:
	_api().peer_packet.connect(func(_id: int, _packet: PackedByteArray) -> void: _packets += 1)


func _packets_are(count: int) -> void:
	await until("there are %d packets" % count, func() -> bool: return _packets == count)


func _large() -> PackedByteArray:
	var bytes := PackedByteArray()
	bytes.resize(LARGE)
	for i: int in LARGE:
		bytes[i] = (i * 31 + i / 256) % 256
	return bytes
