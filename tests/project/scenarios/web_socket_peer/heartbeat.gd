extends "one_connection.gd"
## Heartbeats on either side keep a silent connection, and leave messages alone.


func server() -> void:
	await accept(_beat)
	await opened()
	await _be_silent()
	await closed()


func client() -> void:
	await dial(_beat)
	await opened()
	await _be_silent()
	socket.close()
	await closed()


func _beat(fresh: Variant) -> void:
	fresh.heartbeat_interval = 0.8


func _be_silent() -> void:
	await everyone("open")
	var start := Time.get_ticks_msec()
	await until("two intervals have passed", func() -> bool: return Time.get_ticks_msec() - start > 2000)
	note_state()
	note("messages", [socket.get_available_packet_count()])
	await everyone("silent")
	note_error("put", socket.put_packet(PackedByteArray([7])))
	await note_messages(1)
	await everyone("talked")
