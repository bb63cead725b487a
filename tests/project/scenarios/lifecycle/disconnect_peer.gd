extends "res://scenario.gd"
## A bare server sends one of two clients away, by force or not, and keeps the other.

var _peer: MultiplayerPeer
var _packets := 0


func server() -> void:
	_peer = new_peer()
	watch_peer(_peer)
	listen(_peer)
	_keep_polling()
	var a := await id_of("client_a")
	var b := await id_of("client_b")
	await everyone("all here")
	_peer.disconnect_peer(a, option("force") == "yes")
	note("told to go")
	await everyone("client a is out")
	_peer.set_target_peer(b)
	note_error("put to b", _peer.put_packet("still there?".to_utf8_buffer()))
	await until("b has answered", func() -> bool: return _packets == 1)
	await everyone("b has answered")
	_peer.set_target_peer(a)
	note_error("put to a", _peer.put_packet("still there?".to_utf8_buffer()))


func client_a() -> void:
	await _come_in()
	await until("we are sent away", is_disconnected_peer.bind(_peer))
	note_status(_peer)
	await everyone("client a is out")
	await everyone("b has answered")


func client_b() -> void:
	await marked("id.client_a")
	await _come_in()
	await everyone("client a is out")
	await until("the server has asked", func() -> bool: return _packets == 1)
	note_error("answer", _peer.put_packet("yes".to_utf8_buffer()))
	await everyone("b has answered")


func _come_in() -> void:
	_peer = new_peer()
	watch_peer(_peer)
	expect_equal(_peer.call("create_client", await url_of()), OK, "create_client")
	_keep_polling()
	await until("we are in", is_connected_peer.bind(_peer))
	introduce(_peer)
	await everyone("all here")


func _keep_polling() -> void:
	get_tree().process_frame.connect(_poll)


func _poll() -> void:
	_peer.poll()
	_packets += note_packets(_peer)
