extends "one_connection.gd"
## A large message over a TLS stream of the engine's leaves in a few polls, although an old engine's stream takes one
## record of 16 KiB per call.

const SIZE := 512 * 1024

## One record per poll would take 32 to send it.
const MOST_POLLS := 16


func solo() -> void:
	var crypto := Crypto.new()
	var key := crypto.generate_rsa(2048)
	var options := TLSOptions.server(key, crypto.generate_self_signed_certificate(key, "CN=localhost"))
	_listener = TCPServer.new()
	expect_equal(_listener.listen(0, "127.0.0.1"), OK, "listen")
	var client: Variant = _with_room(new_socket())
	var url := "wss://127.0.0.1:%d" % _listener.get_local_port()
	expect_equal(client.connect_to_url(url, TLSOptions.client_unsafe()), OK, "connect_to_url")
	await until("a client comes", _listener.is_connection_available)
	var stream := StreamPeerTLS.new()
	expect_equal(stream.accept_stream(_listener.take_connection(), options), OK, "the TLS stream takes the TCP stream")
	var server: Variant = _with_room(new_socket())
	expect_equal(server.accept_stream(stream), OK, "accept_stream")
	await until("both are open", func() -> bool:
		server.poll()
		client.poll()
		return server.get_ready_state() == OPEN and client.get_ready_state() == OPEN
	)

	var message := PackedByteArray()
	message.resize(SIZE)
	expect_equal(server.put_packet(message), OK, "put_packet")
	var polls := [0]
	await until("the message is there", func() -> bool:
		polls[0] += 1
		server.poll()
		client.poll()
		return client.get_available_packet_count() > 0
	)
	print("MEASURE polls %d" % polls[0])
	expect_equal(client.get_packet().size(), SIZE, "the message")
	expect(polls[0] <= MOST_POLLS, "it takes %d polls at most, and not %d" % [MOST_POLLS, polls[0]])


func _with_room(fresh: Variant) -> Variant:
	fresh.inbound_buffer_size = 2 * SIZE
	fresh.outbound_buffer_size = 2 * SIZE
	return fresh
