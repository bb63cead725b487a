extends "res://workloads/workload.gd"
## What polls cost while a crowd arrives at once, 60 times per second.


func start() -> void:
	Engine.max_fps = PACE
	listen()
	welcome()
	var costs := PackedFloat64Array()
	while here < number("peers"):
		var began := Time.get_ticks_usec()
		peer.poll()
		costs.append(Time.get_ticks_usec() - began)
		await get_tree().process_frame
	measure_all("poll_us", costs)
	finish()
