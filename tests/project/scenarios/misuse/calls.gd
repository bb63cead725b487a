extends "res://scenario.gd"
## Calls in the wrong state, and about peers that there are not. The option `case` says which.

const STRANGERS: PackedInt32Array = [0, 1, -1, 2, 12345, -12345, 2147483647]


func solo() -> void:
	await call(option("case"))


## Everything that a client can be asked before it is connected.
func while_connecting() -> void:
	var server := new_peer()
	var port := listen(server)
	var client := new_peer()
	watch_peer(client)
	note_error("create_client", client.call("create_client", "ws://127.0.0.1:%d" % port))
	note_status(client)
	note("id", [client.get_unique_id(), client.get_available_packet_count()])
	note_error("put", client.put_packet(PackedByteArray([1])))
	note("got", [client.get_packet()])
	note_error("get", client.get_packet_error())
	note("sender", [client.get_packet_peer()])
	note("get_peer(1)", [client.call("get_peer", 1) != null])
	note("get_peer(2)", [client.call("get_peer", 2) != null])
	client.disconnect_peer(2)
	note_status(client)
	await poll_until("it is in all the same", [server, client], func() -> bool: return is_connected_peer(client))


func disconnect_while_connecting() -> void:
	var server := new_peer()
	# A network thread does not wait for the next call: its client may have been in for a moment.
	if not has_network_thread:
		watch_peer(server, "server ")
	var port := listen(server)
	for by_force: bool in [false, true]:
		var client := new_peer()
		watch_peer(client)
		note_error("create_client", client.call("create_client", "ws://127.0.0.1:%d" % port))
		client.disconnect_peer(1, by_force)
		if by_force:
			note_status(client)
		await poll_until("it is out", [server, client], func() -> bool: return is_disconnected_peer(client))
		note_status(client)


func close_while_connecting() -> void:
	var server := new_peer()
	var met: Array[int] = []
	server.peer_connected.connect(met.append)
	var gone: Array[int] = []
	server.peer_disconnected.connect(gone.append)
	var port := listen(server)
	var client := new_peer()
	watch_peer(client)
	note_error("create_client", client.call("create_client", "ws://127.0.0.1:%d" % port))
	client.close()
	note_status(client)
	client.close()
	client.poll()
	note_error("put", client.put_packet(PackedByteArray([1])))
	note_error("again", client.call("create_client", "ws://127.0.0.1:%d" % port))
	await poll_until("it is in", [server, client], func() -> bool:
		return is_connected_peer(client) and met.has(client.get_unique_id()))
	note_status(client)
	# A network thread does not wait for the next call: its client may have been in for a moment.
	expect((met.size() == 1 and gone.is_empty()) or has_network_thread, "the server has met one: %s %s" % [met, gone])
	expect(not gone.has(client.get_unique_id()), "it stays")


## Packets to peers that there are not.
func server_to_strangers() -> void:
	var peers := await pair()
	for target: int in STRANGERS:
		peers[0].set_target_peer(target)
		note_error("put to %d" % target, peers[0].put_packet(PackedByteArray([1])))
	await _drain(peers)


## A client has nobody but the server, whoever it wants to send to.
func client_to_strangers() -> void:
	var peers := await pair()
	for target: int in STRANGERS:
		peers[1].set_target_peer(target)
		note_error("put to %d" % target, peers[1].put_packet(PackedByteArray([1])))
	await _drain(peers)


## Sending away whom there is not.
func server_disconnects_strangers() -> void:
	var peers := await pair()
	for stranger: int in STRANGERS:
		peers[0].disconnect_peer(stranger)
		peers[0].disconnect_peer(stranger, true)
	await _drain(peers)


func client_disconnects_strangers() -> void:
	var peers := await pair()
	for stranger: int in STRANGERS:
		if stranger != 1:
			peers[1].disconnect_peer(stranger)
			peers[1].disconnect_peer(stranger, true)
	await _drain(peers)


## Asking about whom there is not.
func questions_about_strangers() -> void:
	var peers := await pair()
	for peer: MultiplayerPeer in peers:
		for stranger: int in STRANGERS:
			if stranger == 1 and peer == peers[1]:
				continue
			note("get_peer(%d)" % stranger, [peer.call("get_peer", stranger) != null])
			note("get_peer_address(%d)" % stranger, [peer.call("get_peer_address", stranger)])
			note("get_peer_port(%d)" % stranger, [peer.call("get_peer_port", stranger)])


## Sending the same peer away again and again.
func disconnect_twice() -> void:
	var peers := await pair()
	var id := peers[1].get_unique_id()
	watch_peer(peers[0], "server ")
	watch_peer(peers[1], "client ")
	peers[0].disconnect_peer(id)
	peers[0].disconnect_peer(id)
	await poll_until("the client is out", peers, func() -> bool: return is_disconnected_peer(peers[1]))
	peers[0].poll()
	peers[0].disconnect_peer(id)
	peers[0].set_target_peer(id)
	note_error("put", peers[0].put_packet(PackedByteArray([1])))
	note_status(peers[0])


## A server that closes and is asked the same things afterwards.
func after_close() -> void:
	var peers := await pair()
	watch_peer(peers[0], "server ")
	watch_peer(peers[1], "client ")
	note_error("put", peers[1].put_packet(PackedByteArray([1])))
	await poll_until("the packet is here", peers, func() -> bool: return peers[0].get_available_packet_count() == 1)
	peers[0].close()
	peers[0].close()
	note_status(peers[0])
	note("id", [peers[0].get_unique_id(), peers[0].get_available_packet_count()])
	note("got", [peers[0].get_packet()])
	note_error("put", peers[0].put_packet(PackedByteArray([1])))
	peers[0].disconnect_peer(peers[1].get_unique_id())
	peers[0].poll()
	await poll_until("the client is out", peers, func() -> bool: return is_disconnected_peer(peers[1]))
	note("id", [peers[1].get_unique_id(), peers[1].get_available_packet_count()])
	note_error("put", peers[1].put_packet(PackedByteArray([1])))


## The two ways of [PacketPeer] to send more than bytes, and what it cannot read.
func variants() -> void:
	var peers := await pair()
	var server := peers[0]
	var client := peers[1]
	note("limit", [client.encode_buffer_max_size])
	for value: Variant in [null, 1, "text", [1, [2]], {"a": Vector2.ONE}, PackedInt32Array([1, 2])]:
		note_error("put_var", client.put_var(value))
		await poll_until("it is here", peers, func() -> bool: return server.get_available_packet_count() == 1)
		note("get_var", [str(server.get_var())])
		note_error("error", server.get_packet_error())
	note_error("put", client.put_packet(PackedByteArray([255, 255])))
	await poll_until("it is here", peers, func() -> bool: return server.get_available_packet_count() == 1)
	note("get_var of what is none", [str(server.get_var())])
	note("get_var of nothing", [str(server.get_var())])
	client.encode_buffer_max_size = 1024
	note_error("put_var beyond the limit", client.put_var("a".repeat(5000)))
	note_error("put nothing", client.put_packet(PackedByteArray()))
	await _drain(peers)


## One object, one job after the other.
func one_job_after_the_other() -> void:
	var other := new_peer()
	var port := listen(other)
	var peer := new_peer()
	for _round: int in 3:
		note_error("server", peer.call("create_server", 0))
		note("is server", [peer.call("is_server_relay_supported"), peer.get_unique_id()])
		peer.close()
		note_error("client", peer.call("create_client", "ws://127.0.0.1:%d" % port))
		await poll_until("it is in", [other, peer], func() -> bool: return is_connected_peer(peer))
		note("is client", [peer.get_unique_id() > 1])
		peer.close()
		note_status(peer)


## What the scene tree says to peers that it cannot use.
func as_multiplayer_peer() -> void:
	var peer := new_peer()
	multiplayer.multiplayer_peer = peer
	note("taken", [multiplayer.multiplayer_peer == peer])
	listen(peer)
	multiplayer.multiplayer_peer = peer
	note("taken", [multiplayer.multiplayer_peer == peer, multiplayer.is_server(), multiplayer.get_unique_id()])
	peer.close()
	await frames(2)
	note("after close", [multiplayer.get_peers().size()])
	note_status(peer)


## Lets everything arrive that is still under way, and notes it.
func _drain(peers: Array[MultiplayerPeer]) -> void:
	# What comes last has overtaken nothing.
	for i: int in 2:
		peers[i].set_target_peer(0)
		note_error("put", peers[i].put_packet("the last".to_utf8_buffer()))
	var ended: Dictionary = {}
	await poll_until("the last has come", peers, func() -> bool:
		for i: int in 2:
			while peers[i].get_available_packet_count() > 0:
				var sender := peers[i].get_packet_peer()
				var packet := peers[i].get_packet()
				if packet.get_string_from_utf8() == "the last":
					ended[i] = true
				else:
					note("packet at %d" % i, [who(sender), packet])
		return ended.size() == 2
	)
	note_status(peers[0])
	note_status(peers[1])
