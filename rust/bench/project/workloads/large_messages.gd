extends "res://workloads/workload.gd"
## Large messages to one peer, the next one when the last was acknowledged.

const SIZE := 1_000_000
const WARM_UP := 20


func start() -> void:
	var settings := { "outbound_buffer_size": SIZE * 4, "inbound_buffer_size": SIZE * 4 }
	if options.has("age_ms"):
		settings["unreliable_max_age"] = number("age_ms") / 1000.0
	listen(settings)
	welcome()
	await gather(1)
	var packet := PackedByteArray()
	packet.resize(SIZE)
	packet.fill(7)
	peer.set_target_peer(MultiplayerPeer.TARGET_PEER_BROADCAST)
	var costs := PackedFloat64Array()
	for i: int in WARM_UP + number("messages", 200):
		var began := Time.get_ticks_usec()
		if peer.put_packet(packet) != OK:
			fail("a packet was refused")
		while peer.get_available_packet_count() == 0:
			peer.poll()
		peer.get_packet()
		if i >= WARM_UP:
			costs.append(Time.get_ticks_usec() - began)
	measure_all("message_us", costs)
	finish()
