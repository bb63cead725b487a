extends "res://scenario.gd"
## A bare server whose client is played by the harness: it notes who comes and goes and what arrives, until the harness
## has left the note `done`, and the client has gone.
##
## It leaves the note `announced` when a client has come, `packets.N` when so many packets have come, and sends as many as the option `sends` says, of 100
## bytes each, when the client has come.

var _peer: MultiplayerPeer
var _here := 0
var _ever := 0
var _packets := 0


func server() -> void:
	_peer = new_peer()
	_peer.set("handshake_timeout", option("timeout", "10").to_float())
	_peer.set("handshake_headers", PackedStringArray(["X-Server: present"]))
	watch_peer(_peer)
	_peer.peer_connected.connect(_on_connected)
	_peer.peer_disconnected.connect(func(_id: int) -> void: _here -= 1)
	listen(_peer)
	await until("the harness is done", func() -> bool: _poll(); return stage.has("done"))
	await until("nobody is here", func() -> bool: _poll(); return _here == 0)
	note("ever here", [_ever])
	note_status(_peer)


func _on_connected(id: int) -> void:
	mark("announced")
	_here += 1
	_ever += 1
	_peer.set_target_peer(id)
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
