extends "one_connection.gd"
## Messages that do not fit: into the queue of the sender, or past the limit of the receiver.


func server() -> void:
	await accept(func(fresh: Variant) -> void: fresh.inbound_buffer_size = 1000)
	await opened()
	await note_messages(2)
	await everyone("read")
	await until("the connection is closed", is_in.bind(CLOSED))
	note("code", [socket.get_close_code()])


func client() -> void:
	await dial(func(fresh: Variant) -> void: fresh.outbound_buffer_size = 2000)
	await opened()
	note_error("more than the queue", socket.put_packet(_bytes(2001)))
	note_error("fits", socket.put_packet(_bytes(10)))
	note_error("as large as may be", socket.put_packet(_bytes(1000)))
	await everyone("read")
	note_error("too large for the other", socket.put_packet(_bytes(1001)))
	await until("the connection is closed", is_in.bind(CLOSED))
	note("code", [socket.get_close_code()])


func _bytes(size: int) -> PackedByteArray:
	var bytes := PackedByteArray()
	bytes.resize(size)
	return bytes
