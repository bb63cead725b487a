extends "res://scenario.gd"
## A script that spins and never lets the main loop run: polling is enough to connect and to talk.

const PACKETS := 100
const PATIENCE_POLLS := 20000
const PAUSE_USEC := 500


func solo() -> void:
	var server := new_peer()
	var client := new_peer()
	listen(server)
	expect_equal(client.call("create_client", await url_of()), OK, "create_client")
	_spin("connected", func() -> bool:
		server.poll()
		client.poll()
		return is_connected_peer(client)
	)
	for sender: MultiplayerPeer in [server, client]:
		var receiver := client if sender == server else server
		for i: int in PACKETS:
			expect_equal(sender.put_packet(PackedByteArray([i])), OK, "put")
		_spin("all is here", func() -> bool:
			sender.poll()
			receiver.poll()
			return receiver.get_available_packet_count() == PACKETS
		)
		for i: int in PACKETS:
			expect_equal(receiver.get_packet(), PackedByteArray([i]), "packet")
	client.close()
	_spin("the server knows", func() -> bool:
		server.poll()
		server.set_target_peer(0)
		client.poll()
		return is_disconnected_peer(client)
	)
	note_status(client)


func _spin(what: String, condition: Callable) -> void:
	for _i: int in PATIENCE_POLLS:
		if condition.call():
			note(what)
			return
		OS.delay_usec(PAUSE_USEC)
	fail("spun in vain until " + what)
