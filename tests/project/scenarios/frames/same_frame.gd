extends "res://scenario.gd"
## Packets put during a frame leave in that frame: their sender is not polled again, and still the
## other side gets them all.

const PACKETS := 3

var _server: MultiplayerPeer
var _client: MultiplayerPeer


func solo() -> void:
	_server = new_peer()
	_client = new_peer()
	listen(_server)
	expect_equal(_client.call("create_client", await url_of()), OK, "create_client")
	await until("we are in", func() -> bool:
		_server.poll()
		_client.poll()
		return is_connected_peer(_client)
	)
	await _send(_server, _client, "server")
	await _send(_client, _server, "client")
	# The next poll of a sender, whenever it comes, must not send anything twice.
	_server.poll()
	_client.poll()
	await frames(2)
	_server.poll()
	_client.poll()
	note("left over", [_server.get_available_packet_count(), _client.get_available_packet_count()])


func _send(sender: MultiplayerPeer, receiver: MultiplayerPeer, sender_name: String) -> void:
	for i: int in PACKETS:
		note_error("put", sender.put_packet(PackedByteArray([i])))
	await until("all packets of the %s are here" % sender_name, func() -> bool:
		receiver.poll()
		return receiver.get_available_packet_count() == PACKETS
	)
	for i: int in PACKETS:
		expect_equal(receiver.get_packet(), PackedByteArray([i]), "packet")
