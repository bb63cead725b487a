extends "res://scenario.gd"
## Where a bare server's packets go: to all, to one, to all but one; and what cannot be reached.

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
	var sent := 0
	for target: int in [0, a, b, -a, -b]:
		_peer.set_target_peer(target)
		note_error("put", _peer.put_packet(PackedByteArray([sent])))
		sent += 1
	_peer.set_target_peer(-12345)
	note_error("put to all but a stranger", _peer.put_packet(PackedByteArray([sent])))
	await everyone("all received")


func client() -> void:
	_peer = new_peer()
	watch_peer(_peer)
	if role == "client_b":
		await marked("id.client_a")
	expect_equal(_peer.call("create_client", await url_of()), OK, "create_client")
	_keep_polling()
	await until("we are in", is_connected_peer.bind(_peer))
	introduce(_peer)
	await everyone("all here")
	await until("four packets are here", func() -> bool: return _packets == 4)
	await everyone("all received")


func _keep_polling() -> void:
	get_tree().process_frame.connect(_poll)


func _poll() -> void:
	_peer.poll()
	_packets += note_packets(_peer)
