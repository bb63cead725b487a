extends "res://scenario.gd"
## Peers go from thread to thread in the very frame in which they have queued packets: the new thread sends, polls, or is
## the last to let go, while the main thread comes to the end of its frame.

const ROUNDS := 40


func solo() -> void:
	for round: int in ROUNDS:
		await _hand_over(round)
		# Whatever a function that was waited for had in hand is gone a frame later.
		await frames(2)
	note("through", [ROUNDS])


func _hand_over(round: int) -> void:
	var peers := await pair()
	await frames(1)
	var server := peers[0]
	var client := peers[1]
	var id := client.get_unique_id()
	server.set_target_peer(id)
	client.set_target_peer(1)
	if server.has_method("register_monitors"):
		expect_equal(server.call("register_monitors", "round"), OK, "register_monitors, once more")
	var handles: Array[PacketPeer] = [server.call("get_peer", id), client.call("get_peer", 1)]
	for _i: int in 5:
		server.put_packet(PackedByteArray([round]))
		client.put_packet(PackedByteArray([round]))
	var ends_there := round % 2 == 0
	var held: Array = [server, client, handles]
	peers.clear()
	server = null
	client = null
	handles = []
	var thread := Thread.new()
	thread.start(_work.bind(held, ends_there))
	# The main thread goes on meanwhile: what it had queued for the end of its frame is done now.
	await until("the thread is through", func() -> bool: return not thread.is_alive())
	thread.wait_to_finish()
	if not ends_there:
		# Back again.
		server = held[0]
		client = held[1]
		await poll_until("all packets are there", [server, client], func() -> bool:
			return server.get_available_packet_count() == 10 and client.get_available_packet_count() == 10
		)
		held.clear()


func _work(held: Array, ends_here: bool) -> void:
	var server: MultiplayerPeer = held[0]
	var client: MultiplayerPeer = held[1]
	for _i: int in 5:
		server.put_packet(PackedByteArray([1]))
		client.put_packet(PackedByteArray([1]))
	server.poll()
	if ends_here:
		held.clear()
