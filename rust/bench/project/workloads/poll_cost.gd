extends "res://workloads/workload.gd"
## What one poll costs with peers that say nothing.


func start() -> void:
	# Short, so that nobody's deadline falls into the time that is measured.
	listen({ "handshake_timeout": 0.3 if options.has("settle") else 0.9 })
	welcome()
	await gather(number("peers"))
	var costs := PackedFloat64Array()
	for _i: int in number("frames", 120):
		var began := Time.get_ticks_usec()
		peer.poll()
		costs.append(Time.get_ticks_usec() - began)
		await get_tree().process_frame
	measure_all("poll_us", costs)
	finish()
