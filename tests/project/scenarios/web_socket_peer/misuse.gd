extends "one_connection.gd"
## Every call on a connection that is not there, and calls with wrong arguments.


func solo() -> void:
	var idle: Variant = new_socket()
	note("defaults", [
		idle.supported_protocols, idle.handshake_headers, idle.inbound_buffer_size, idle.outbound_buffer_size,
		idle.max_queued_packets, idle.heartbeat_interval,
	])
	_note_all("fresh", idle)
	idle.poll()
	idle.close()
	idle.close(-1)
	idle.close(4000, "reason")
	_note_all("closed", idle)

	note_error("no url", idle.connect_to_url(""))
	note_error("http", idle.connect_to_url("http://127.0.0.1"))
	note_error("no host", idle.connect_to_url("ws://:80"))
	var server_options := TLSOptions.server(CryptoKey.new(), X509Certificate.new())
	note_error("server's options", idle.connect_to_url("ws://127.0.0.1", server_options))
	note_error("no stream", idle.accept_stream(null))
	note_error("another stream", idle.accept_stream(StreamPeerBuffer.new()))
	note_error("no TLS", idle.accept_stream(StreamPeerTLS.new()))
	_note_all("refused", idle)

	idle.heartbeat_interval = 1.5
	idle.heartbeat_interval = -1.0
	note("heartbeat", [idle.heartbeat_interval])
	var protocols := PackedStringArray([" a", "b\t"])
	idle.supported_protocols = protocols
	protocols.append("c")
	var got: PackedStringArray = idle.supported_protocols
	got.append("d")
	note("protocols", [idle.supported_protocols])
	for size: int in [-1, 0, 2147483647]:
		idle.inbound_buffer_size = size
		idle.outbound_buffer_size = size
		idle.max_queued_packets = size
		note("sizes", [idle.inbound_buffer_size, idle.outbound_buffer_size, idle.max_queued_packets])

	var dead: Variant = new_socket()
	note_error("a stream that is not connected", dead.accept_stream(StreamPeerTCP.new()))
	note("state", [STATES[dead.get_ready_state()]])
	dead.poll()
	note("state", [STATES[dead.get_ready_state()]])

	var refused: Variant = new_socket()
	note_error("nobody listens", refused.connect_to_url("ws://127.0.0.1:%d/x" % free_port()))
	note("dialed", [STATES[refused.get_ready_state()], refused.get_connected_host()])
	note_error("again", refused.connect_to_url("ws://127.0.0.1"))
	note_error("a stream", refused.accept_stream(StreamPeerTCP.new()))
	socket = refused
	await closed()
	note_error("and again", refused.connect_to_url("ws://127.0.0.1:%d/x" % free_port()))
	refused.close(4000, "never mind")
	note_end()
	socket = null


func _note_all(when: String, idle: Variant) -> void:
	note(when, [
		STATES[idle.get_ready_state()], idle.get_close_code(), idle.get_close_reason(),
		idle.get_selected_protocol(), idle.get_requested_url(), idle.get_connected_host(), idle.get_connected_port(),
		idle.get_current_outbound_buffered_amount(), idle.was_string_packet(), idle.get_available_packet_count(),
		idle.get_packet(), error_string(idle.get_packet_error()),
	])
	idle.set_no_delay(true)
	note_error("put", idle.put_packet(PackedByteArray([1])))
	note_error("send", idle.send(PackedByteArray([1])))
	note_error("send_text", idle.send_text("text"))
