extends "res://workloads/workload.gd"
## Sends everything back, as fast as a script can. Measured by the clients.

const SLICE_USEC := 100_000


func start() -> void:
	listen({ "max_queued_packets": 4096, "outbound_buffer_size": 1 << 20, "inbound_buffer_size": 1 << 20 })
	welcome()


func _process(_delta: float) -> void:
	var end := Time.get_ticks_usec() + SLICE_USEC
	while Time.get_ticks_usec() < end:
		peer.poll()
		echo()
