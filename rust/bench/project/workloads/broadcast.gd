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
	# As the clients' packets: what comes again does so after 256 bytes.
	for place: int in packet.size():
		packet[place] = place % 256
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
	if peer.has_method("get_statistics"):
		var counts: Dictionary = peer.call("get_statistics")
		var put := costs.size() * number("packets", 1) * number("size") * number("peers")
		var left: int = put - counts["bytes_before_compression"] + counts["bytes_after_compression"]
		measure("bytes_per_peer", left / float(costs.size() * number("peers")))
	finish()
