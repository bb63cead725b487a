extends "res://scenario.gd"
## Single connections of a multiplayer peer, by [code]get_peer[/code]: live, the same object every time, and closed with
## a code and a reason by either side.
##
## Option `closes`: the side that closes.

const STATES: Array[String] = ["connecting", "open", "closing", "closed"]
const CLOSED := 3

var _handle
var _ended := false


func server() -> void:
	var peer := new_peer()
	listen(peer)
	peer.peer_connected.connect(_on_connected.bind(peer))
	peer.peer_disconnected.connect(_on_disconnected.bind(peer))
	await _poll(peer, "the client is here", func() -> bool: return _handle != null)
	_note_handle()
	var id := await id_of("client")
	note("address", [peer.call("get_peer_address", id), peer.call("get_peer_port", id) == _handle.get_connected_port()])
	note("same", [peer.call("get_peer", id) == _handle])
	_handle.set_no_delay(true)
	note_error("send_text", _handle.send_text("text"))
	note_error("put", _handle.put_packet(PackedByteArray([1, 2])))
	note_error("send", _handle.send(PackedByteArray([3])))
	await _poll(peer, "a packet is here", func() -> bool: return peer.get_available_packet_count() == 1)
	note_packets(peer)
	# What arrives together with a close, the built-in class loses.
	mark("read")
	note("none of its own", [_handle.get_available_packet_count(), _handle.get_packet()])
	note_error("get", _handle.get_packet_error())
	await _poll(peer, "all have talked", stage.has.bind("talked"))
	if option("closes") == "server":
		_handle.close(4000, "kicked")
		note("state", [STATES[_handle.get_ready_state()]])
		note_error("put", _handle.put_packet(PackedByteArray([1])))
	await _poll(peer, "the client has left", func() -> bool: return _ended)
	_handle.poll()
	var is_closed := func() -> bool:
		_handle.poll()
		return _handle.get_ready_state() == CLOSED
	await _poll(peer, "the connection is closed", is_closed)
	note("end", [_handle.get_close_code(), _handle.get_close_reason()])
	note("gone", [peer.call("get_peer", id) == null, peer.call("get_peer_address", id), peer.call("get_peer_port", id)])


func client() -> void:
	var peer := new_peer()
	note("nobody", [peer.call("get_peer", 1) == null, peer.call("get_peer_address", 1), peer.call("get_peer_port", 1)])
	var url := (await url_of()) + "/path"
	expect_equal(peer.call("create_client", url), OK, "create_client")
	_handle = peer.call("get_peer", 1)
	note("connecting", [STATES[_handle.get_ready_state()], _handle.get_requested_url() == url])
	note("nobody", [peer.call("get_peer", 2) == null])
	peer.peer_connected.connect(_on_connected.bind(peer))
	peer.peer_disconnected.connect(_on_disconnected.bind(peer))
	await _poll(peer, "we are in", is_connected_peer.bind(peer))
	introduce(peer)
	_note_handle()
	note("same", [peer.call("get_peer", 1) == _handle])
	note_error("put", _handle.put_packet(PackedByteArray([9])))
	await _poll(peer, "three packets are here", func() -> bool: return peer.get_available_packet_count() == 3)
	note_packets(peer)
	await _poll(peer, "the server has read", stage.has.bind("read"))
	mark("talked")
	if option("closes") == "client":
		_handle.close(4001, "bye")
		note("state", [STATES[_handle.get_ready_state()]])
	await _poll(peer, "the server has gone", is_disconnected_peer.bind(peer))
	note("end", [STATES[_handle.get_ready_state()], _handle.get_close_code(), _handle.get_close_reason()])


func _poll(peer: MultiplayerPeer, what: String, condition: Callable) -> void:
	var polled := func() -> bool:
		peer.poll()
		return condition.call()
	await until(what, polled)


func _on_connected(id: int, peer: MultiplayerPeer) -> void:
	_handle = peer.call("get_peer", id)
	note("connected", [STATES[_handle.get_ready_state()]])


func _on_disconnected(id: int, peer: MultiplayerPeer) -> void:
	note("disconnected", [peer.call("get_peer", id) == _handle])
	_ended = true


func _note_handle() -> void:
	note("handle", [
		STATES[_handle.get_ready_state()], _handle.get_selected_protocol(), _handle.get_connected_host(),
		_handle.get_connected_port() > 0, _handle.get_close_code(), _handle.get_close_reason(),
		_handle.get_requested_url().get_slice("/", 3), _handle.get_current_outbound_buffered_amount(),
	])
