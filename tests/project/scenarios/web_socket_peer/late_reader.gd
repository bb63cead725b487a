extends "one_connection.gd"
## What arrived before the end is read after it.


func server() -> void:
	await accept()
	await opened()
	await everyone("open")
	for number: int in 20:
		socket.put_packet(PackedByteArray([number]))
	socket.send_text("last")
	socket.close(4001, "over")
	await closed()


func client() -> void:
	await dial()
	await opened()
	await everyone("open")
	await closed()
	note("waiting", [socket.get_available_packet_count()])
	await note_messages(21)
	note("nothing", [socket.get_packet(), error_string(socket.get_packet_error())])
	note_end()
