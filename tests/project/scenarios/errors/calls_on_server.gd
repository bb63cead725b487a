extends "res://scenario.gd"
## Calls that a listening server without clients, and one that lost its client, must answer.


func solo() -> void:
	var server := new_peer()
	listen(server)
	note_status(server)
	note("id", [server.get_unique_id()])
	note_error("put to all", server.put_packet(PackedByteArray([1])))
	server.set_target_peer(2)
	note_error("put to a stranger", server.put_packet(PackedByteArray([1])))
	server.set_target_peer(-2)
	note_error("put to all but a stranger", server.put_packet(PackedByteArray([1])))
	note("got", [server.get_packet()])
	note_error("get", server.get_packet_error())
	note("sender", [server.get_packet_peer()])
	server.disconnect_peer(2)
	server.poll()
	note_status(server)
