extends "res://scenario.gd"
## A server whose client does not read: what does not fit is refused and named, and what was taken arrives.
##
## The harness is the client: it joins as `stuck`, reads nothing until the note `read on`, and then has to
## find every accepted packet, in order, and after `policy=disconnect` a close frame with 1013.

const SIZE := 20_000


func server() -> void:
	var peer := new_peer()
	var disconnects := option("policy") == "disconnect"
	peer.set("overflow_policy", 1 if disconnects else 0)
	expect_equal(ClassDB.class_get_integer_constant(peer_class, "OVERFLOW_DISCONNECT"), 1, "the policy")
	var missed: Array = []
	var gone: Array[int] = []
	peer.connect("peer_overflowed", func(id: int, size: int) -> void: missed.append([id, size]))
	peer.peer_disconnected.connect(func(id: int) -> void: gone.append(id))
	listen(peer)
	await until("the client is in", func() -> bool: peer.poll(); return stage.has("id.stuck"))
	var id := await id_of("stuck")
	peer.set_target_peer(id)

	var accepted := 0
	var error := OK
	while error == OK:
		var packet := PackedByteArray()
		packet.resize(SIZE)
		packet.encode_u32(0, accepted)
		error = peer.put_packet(packet)
		if error == OK:
			accepted += 1
	expect_equal(error, ERR_OUT_OF_MEMORY, "the packet that does not fit")
	var large := PackedByteArray()
	large.resize(int(peer.get("outbound_buffer_size")) + 1)
	expect_equal(peer.put_packet(large), ERR_OUT_OF_MEMORY, "a packet larger than the whole buffer")
	expect(missed.is_empty(), "no handler runs within put_packet")
	peer.poll()
	expect_equal(missed, [[id, SIZE]], "peer_overflowed")
	note("overflowed")

	if disconnects:
		await until("the client is sent away", func() -> bool: peer.poll(); return not gone.is_empty())
		expect_equal(gone, [id] as Array[int], "peer_disconnected")
	mark("accepted", str(accepted))
	mark("read on")
	await until("the client is done", func() -> bool: peer.poll(); return stage.has("all read"))
	if not disconnects:
		expect_equal(peer.put_packet(large.slice(0, SIZE)), OK, "there is room again")
	note("all read")
	mark("done")
