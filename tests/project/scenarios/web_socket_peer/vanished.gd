extends "one_connection.gd"
## The other side stops to answer, and a heartbeat notices.


func server() -> void:
	await accept()
	await opened()
	await everyone("open")
	# From here on this side reads and writes nothing, pongs included.
	var silent: Variant = socket
	socket = null
	await marked("noticed")
	note("state", [STATES[silent.get_ready_state()]])


func client() -> void:
	await dial(func(fresh: Variant) -> void: fresh.heartbeat_interval = 0.1)
	await opened()
	await everyone("open")
	await closed()
	mark("noticed")
