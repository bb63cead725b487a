extends "res://workloads/workload.gd"
## Sends everything back, once per frame. Measured by the clients; what each frame costs, here.

var _costs := PackedFloat64Array()
var _settled := 0


func start() -> void:
	Engine.max_fps = PACE
	listen()
	welcome()
	if options.has("frames"):
		set_process(false)
		await gather(number("peers"))
		set_process(true)


func _process(_delta: float) -> void:
	var began := Time.get_ticks_usec()
	peer.poll()
	echo()
	flush()
	# With an option `frames`, so many of them are timed once so many `peers` are here and have settled.
	if not options.has("frames"):
		return
	_settled += 1
	if _settled <= PACE * 2:
		return
	_costs.append(Time.get_ticks_usec() - began)
	if _costs.size() == number("frames"):
		measure_all("frame_us", _costs)
		finish()
