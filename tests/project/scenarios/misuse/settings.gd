extends "res://scenario.gd"
## Properties that are set to what they should not be. The option `case` says which.

const SIZES: PackedStringArray = ["inbound_buffer_size", "outbound_buffer_size", "max_queued_packets"]


func solo() -> void:
	await call(option("case"))


func sizes() -> void:
	var peer := new_peer()
	var values := [-1, 0, 1, 65536, 2147483647, 2147483648, -2147483649, 1.9, true]
	for property: String in SIZES:
		for value: Variant in values:
			peer.set(property, value)
			note("%s = %s" % [property, value], [peer.get(property)])


func wrong_types() -> void:
	var peer := new_peer()
	for property: String in SIZES + PackedStringArray(["handshake_timeout"]):
		for value: Variant in ["12", null, [], Vector2.ONE]:
			peer.set(property, 7)
			peer.set(property, value)
			note("%s = %s" % [property, value], [peer.get(property)])
	for property: String in ["supported_protocols", "handshake_headers"]:
		for value: Variant in [5, null, "a", ["a", 1], PackedByteArray([1])]:
			peer.set(property, PackedStringArray(["before"]))
			peer.set(property, value)
			note("%s = %s" % [property, value], Array(peer.get(property) as PackedStringArray))


func timeouts() -> void:
	var peer := new_peer()
	for value: float in [0.25, 0.0, 0.5, -1.0, 86400.0, 3.0]:
		peer.set("handshake_timeout", value)
		note("handshake_timeout = %s" % value, [peer.get("handshake_timeout")])


## What is given and what is got are copies.
func arrays() -> void:
	var peer := new_peer()
	for property: String in ["supported_protocols", "handshake_headers"]:
		var given := PackedStringArray(["X-One: 1"])
		peer.set(property, given)
		given.append("X-Two: 2")
		note(property, Array(peer.get(property) as PackedStringArray))
		var got: PackedStringArray = peer.get(property)
		got.append("X-Three: 3")
		note(property, Array(peer.get(property) as PackedStringArray))
		peer.set(property, PackedStringArray([" spaces ", "", "\ttab"]))
		note(property, Array(peer.get(property) as PackedStringArray))
		peer.set(property, PackedStringArray())
		note(property, Array(peer.get(property) as PackedStringArray))


## The settings that every kind of peer has.
func transfer() -> void:
	var pair_of_peers := await pair()
	var server := pair_of_peers[0]
	var client := pair_of_peers[1]
	for mode: int in [0, 1, 2]:
		for channel: int in [0, 3, -5, 300]:
			client.transfer_mode = mode as MultiplayerPeer.TransferMode
			client.transfer_channel = channel
			note("mode and channel", [client.transfer_mode, client.transfer_channel])
			note_error("put", client.put_packet(PackedByteArray([mode])))
			await poll_until("the packet is here", pair_of_peers, func() -> bool:
				return server.get_available_packet_count() == 1
			)
			note("arrived by", [server.get_packet_mode(), server.get_packet_channel()])
			note_packets(server)
	for refuses: bool in [true, false]:
		client.refuse_new_connections = refuses
		note("refuses", [client.refuse_new_connections])
	note_status(client)
