extends "one_connection.gd"
## Messages leave in the frame in which they were put, polled or not.


func solo() -> void:
	var listener := TCPServer.new()
	listener.listen(0, "127.0.0.1")
	var dialing: Variant = new_socket()
	dialing.connect_to_url("ws://127.0.0.1:%d" % listener.get_local_port())
	socket = dialing
	await until("the client comes", listener.is_connection_available)
	var accepted: Variant = new_socket()
	accepted.accept_stream(listener.take_connection())
	var is_open := func() -> bool:
		accepted.poll()
		return is_in(OPEN) and accepted.get_ready_state() == OPEN
	await until("both are open", is_open)

	# From here on, only the reader is polled.
	for pair: Array in [[dialing, accepted], [accepted, dialing]]:
		var writer: Variant = pair[0]
		var reader: Variant = pair[1]
		socket = null
		for number: int in 5:
			note_error("put", writer.put_packet(PackedByteArray([number])))
		await get_tree().process_frame
		await get_tree().process_frame
		var all_here := func() -> bool:
			reader.poll()
			return reader.get_available_packet_count() == 5
		await until("all are here", all_here)
		for _i: int in 5:
			note("message", [reader.get_packet()])
	dialing.close()
	accepted.close()
