extends "res://workloads/workload.gd"
## What it costs a frame to poll and to take all packets that have come, 60 times per second.


func start() -> void:
	listen()
	welcome()
	await gather(number("peers"))
	var costs := PackedFloat64Array()
	# The first frames take what has piled up.
	for frame: int in number("frames") + PACE:
		var began := Time.get_ticks_usec()
		peer.poll()
		while peer.get_available_packet_count() > 0:
			peer.get_packet_peer()
			peer.get_packet()
		if frame >= PACE:
			costs.append(Time.get_ticks_usec() - began)
		await get_tree().process_frame
	measure_all("reading_us", costs)
	finish()
