extends "res://scenario.gd"
## What the limits mean. The option `case` says which.


func solo() -> void:
	await call(option("case"))


## A packet of just the size that may come, and one beyond.
func inbound() -> void:
	var server := new_peer()
	server.set("inbound_buffer_size", 1000)
	var peers := await pair(server)
	watch_peer(server, "server ")
	watch_peer(peers[1], "client ")
	note_error("put 1000", peers[1].put_packet(_bytes(1000)))
	await poll_until("it is here", peers, func() -> bool: return server.get_available_packet_count() == 1)
	note("packet", [server.get_packet().size()])
	note_error("put 1001", peers[1].put_packet(_bytes(1001)))
	await poll_until("the client is out", peers, func() -> bool: return is_disconnected_peer(peers[1]))
	note_status(server)


## A packet of just the size that may go, and one beyond, from a client.
func outbound_of_client() -> void:
	var client := new_peer()
	client.set("outbound_buffer_size", 1000)
	await _outbound(await pair(new_peer(), client), 1)


## The same from a server.
func outbound_of_server() -> void:
	var server := new_peer()
	server.set("outbound_buffer_size", 1000)
	await _outbound(await pair(server), 0)


func _outbound(peers: Array[MultiplayerPeer], sender: int) -> void:
	var receiver := peers[1 - sender]
	for size: int in [1000, 1001]:
		note_error("put %d" % size, peers[sender].put_packet(_bytes(size)))
	# A network thread may be late, and until then there is no room.
	await poll_until("the first is here", peers, func() -> bool: return receiver.get_available_packet_count() == 1)
	note_error("put 999", peers[sender].put_packet(_bytes(999)))
	await poll_until("the others are here", peers, func() -> bool: return receiver.get_available_packet_count() == 2)
	note("packets", [receiver.get_packet().size(), receiver.get_packet().size()])


## A limit of nothing, and one below, is none.
func without_outbound() -> void:
	for size: int in [0, -1]:
		var client := new_peer()
		client.set("outbound_buffer_size", size)
		var server := new_peer()
		server.set("inbound_buffer_size", 1 << 20)
		var peers := await pair(server, client)
		note_error("put 200000", client.put_packet(_bytes(200000)))
		await poll_until("it is here", peers, func() -> bool: return server.get_available_packet_count() == 1)
		note("packet", [server.get_packet().size()])


## A frame's worth of packets that is beyond every limit of what may wait: the network takes it, so none waits.
func burst() -> void:
	for sender: int in 2:
		var peers := await pair()
		var receiver := peers[1 - sender]
		var refused := 0
		for _i: int in 3000:
			refused += int(peers[sender].put_packet(_bytes(100)) != OK)
		note("refused", [refused])
		# The receiver may have room for fewer at once.
		var received: Array[int] = []
		await poll_until("all are here", peers, func() -> bool:
			while receiver.get_available_packet_count() > 0:
				received.append(receiver.get_packet().size())
			return received.size() >= 3000 - refused
		)
		note("received", [received.size()])


## Settings are for connections made afterwards.
func afterwards() -> void:
	var peers := await pair()
	peers[0].set("inbound_buffer_size", 100)
	peers[1].set("outbound_buffer_size", 100)
	note_error("put 1000", peers[1].put_packet(_bytes(1000)))
	await poll_until("it is here", peers, func() -> bool: return peers[0].get_available_packet_count() == 1)
	note("packet", [peers[0].get_packet().size()])


func _bytes(size: int) -> PackedByteArray:
	var bytes := PackedByteArray()
	bytes.resize(size)
	return bytes
