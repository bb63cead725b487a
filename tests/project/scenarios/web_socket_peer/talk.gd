extends "one_connection.gd"
## Messages of both kinds and many sizes, one way and back; what either side knows of the other; a close by one of them.
##
## Options: `closes` is the side that closes, `code` and `reason` what it says, or nothing for the defaults.

const SIZES: Array[int] = [1, 125, 126, 65535, 0, 300]


func server() -> void:
	await accept(_offer.bind(["game"]))
	await opened()
	_note_facts()
	note_messages_and_answer()
	await everyone("talked")
	await _finish()


func client() -> void:
	await dial(_offer.bind([" chat ", "game"]), "/path?query=1")
	await opened()
	_note_facts()
	for size: int in SIZES:
		# The engine itself drops an empty packet, but not an empty message.
		note_error("put", socket.put_packet(_filled(size)) if size > 0 else socket.send(PackedByteArray()))
		await note_messages(1)
	note_error("send", socket.send(PackedByteArray([65, 66])))
	note_error("send text", socket.send("Grüße".to_utf8_buffer(), 0))
	note_error("send_text", socket.send_text("Grüße, 世界"))
	note_error("put_var", socket.put_var({"answer": 42}))
	await note_messages(4)
	note("left", [socket.get_available_packet_count(), socket.get_packet()])
	note_error("get", socket.get_packet_error())
	await everyone("talked")
	await _finish()


## Sends back whatever comes, as what it came.
func note_messages_and_answer() -> void:
	for _i: int in SIZES.size() + 4:
		await until("a message is here", func() -> bool: return socket.get_available_packet_count() > 0)
		var message: PackedByteArray = socket.get_packet()
		note("message", [message, socket.was_string_packet()])
		note_error("answer", socket.send(message, 0 if socket.was_string_packet() else 1))


func _finish() -> void:
	if option("closes") == role:
		if option("code") == "":
			socket.close()
		else:
			socket.close(option("code").to_int(), option("reason"))
		if option("code") != "-1":
			note_state()
		note_error("put", socket.put_packet(PackedByteArray([1])))
	await closed()
	note("after", [socket.get_selected_protocol(), _path(), socket.get_current_outbound_buffered_amount()])
	note("nothing", [socket.get_packet(), error_string(socket.get_packet_error())])


func _note_facts() -> void:
	note("facts", [
		socket.get_selected_protocol(), _path(), socket.supported_protocols,
		socket.get_connected_host(), socket.get_connected_port() > 0,
		socket.get_current_outbound_buffered_amount(), socket.get_close_code(), socket.get_close_reason(),
	])


func _path() -> String:
	var url: String = socket.get_requested_url()
	return url.get_slice("://", 0) + " /" + url.get_slice("/", 3)


func _offer(fresh: Variant, protocols: PackedStringArray) -> void:
	fresh.supported_protocols = protocols
	fresh.handshake_headers = PackedStringArray(["X-Game: yes"])


func _filled(size: int) -> PackedByteArray:
	var bytes := PackedByteArray()
	bytes.resize(size)
	bytes.fill(size % 256)
	return bytes
