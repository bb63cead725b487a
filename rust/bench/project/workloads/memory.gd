extends "res://workloads/workload.gd"
## How much memory of this process each silent peer takes.

const KIB := 1024.0


func start() -> void:
	listen()
	await settle()
	var before := _resident_bytes()
	welcome()
	await gather(number("peers"))
	measure("kib_per_peer", (_resident_bytes() - before) / KIB / number("peers"))
	finish()


## What the system says; the engine's own count leaves out what extensions take.
func _resident_bytes() -> float:
	var status := FileAccess.open("/proc/self/status", FileAccess.READ)
	while status != null and not status.eof_reached():
		var line := status.get_line()
		if line.begins_with("VmRSS:"):
			return line.trim_prefix("VmRSS:").to_int() * KIB
	fail("this system does not say how much memory a process takes")
	return 0.0
