extends "res://scenario.gd"
## Packets of every size at which something changes, both ways, through a bare peer.
##
## 125/126 and 65,535/65,536 are where the frame's length field grows.

const SIZES: PackedInt32Array = [1, 2, 4, 124, 125, 126, 127, 128, 1000, 4096, 32767, 65535, 65536, 65537, 200000]
const BUFFER := 1 << 20

var _peer: MultiplayerPeer


func server() -> void:
	_peer = _large_peer()
	listen(_peer)
	await until("all have been echoed", _echo)
	await everyone("echoed")


func client() -> void:
	_peer = _large_peer()
	var url := await url_of()
	expect_equal(_peer.call("create_client", url), OK, "create_client")
	await until("we are in", func() -> bool: _peer.poll(); return is_connected_peer(_peer))
	for size: int in SIZES:
		note_error("put %d" % size, _peer.put_packet(_pattern(size)))
		await until("%d bytes are back" % size, func() -> bool: _peer.poll(); return _peer.get_available_packet_count() > 0)
		note("packet", [who(_peer.get_packet_peer()), _peer.get_packet_mode(), _peer.get_packet_channel()])
		expect_equal(_peer.get_packet(), _pattern(size), "the echo of %d bytes" % size)
	await everyone("echoed")


func _large_peer() -> MultiplayerPeer:
	var peer := new_peer()
	peer.set("inbound_buffer_size", BUFFER)
	peer.set("outbound_buffer_size", BUFFER)
	return peer


func _pattern(size: int) -> PackedByteArray:
	var bytes := PackedByteArray()
	bytes.resize(size)
	for i: int in mini(size, 4096):
		bytes[i] = (i * 7 + size) % 256
	return bytes


## Echoes what has come; done when all sizes have.
func _echo() -> bool:
	_peer.poll()
	while _peer.get_available_packet_count() > 0:
		var sender := _peer.get_packet_peer()
		var packet := _peer.get_packet()
		note("packet of %d" % packet.size())
		_peer.set_target_peer(sender)
		note_error("echoed", _peer.put_packet(packet))
		if packet.size() == SIZES[SIZES.size() - 1]:
			mark("last one echoed")
	return stage.has("last one echoed")
