extends "res://workloads/workload.gd"
## What it costs the calling thread to send the same packets to everybody, flush included.

## The built-in class may take longer for one tick than ours for a hundred.
const LIMIT_MSEC := 4000


func start() -> void:
	listen({ "max_queued_packets": 4096, "outbound_buffer_size": 1 << 20 })
	welcome()
	await gather(number("peers"))
	var packet := PackedByteArray()
	packet.resize(number("size"))
	packet.fill(7)
	peer.set_target_peer(MultiplayerPeer.TARGET_PEER_BROADCAST)
	var costs := PackedFloat64Array()
	var limit := Time.get_ticks_msec() + LIMIT_MSEC
	while costs.size() < number("frames", 100) and (Time.get_ticks_msec() < limit or costs.size() < 5):
		peer.poll()
		var began := Time.get_ticks_usec()
		for _i: int in number("packets", 1):
			if peer.put_packet(packet) != OK:
				fail("a packet was refused")
		flush()
		costs.append(Time.get_ticks_usec() - began)
		await get_tree().process_frame
	measure_all("tick_us", costs)
	finish()
