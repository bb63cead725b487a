extends "res://scenario.gd"
## A bare client whose server is played by the harness: it notes what happens to it and what arrives until it is out.
##
## It leaves the note `packets.N` when so many packets have come, and sends as many as the option `sends` says, of 100
## bytes each, when it is in.

var _peer: MultiplayerPeer
var _packets := 0


func client() -> void:
	_peer = new_peer()
	_peer.set("handshake_timeout", option("timeout", "10").to_float())
	_peer.set("handshake_headers", PackedStringArray(["X-Client: present", "Cookie: a=b"]))
	watch_peer(_peer)
	_peer.peer_connected.connect(_on_connected)
	note_error("create_client", _peer.call("create_client", await url_of()))
	await until("we are out", func() -> bool: _poll(); return is_disconnected_peer(_peer))
	note_status(_peer)
	note("id", [_peer.get_unique_id()])
	mark("out")


func _on_connected(_id: int) -> void:
	note_status(_peer)
	introduce(_peer)
	var count := option("sends", "0").to_int()
	var bytes := PackedByteArray()
	bytes.resize(100)
	for i: int in count:
		if _peer.put_packet(bytes) != OK:
			note("refused", [i])
	if count > 0:
		mark("all put")


func _poll() -> void:
	_peer.poll()
	var before := _packets
	_packets += note_packets(_peer)
	if _packets != before:
		mark("packets.%d" % _packets)
