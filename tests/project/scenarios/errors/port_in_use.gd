extends "res://scenario.gd"
## A port that another server has, and addresses that are none of ours.


func solo() -> void:
	var first := new_peer()
	var port := listen(first)
	var second := new_peer()
	note_error("same port", second.call("create_server", port))
	note_status(second)
	note("id", [second.get_unique_id()])
	note_error("same port on loopback", second.call("create_server", port, "127.0.0.1"))
	note_status(second)
	note_error("no address", second.call("create_server", free_port(), "not an address"))
	note_status(second)
	note_error("address of nobody here", second.call("create_server", free_port(), "192.0.2.1"))
	note_status(second)
	note_error("another port", second.call("create_server", free_port()))
	note_status(second)
	first.close()
	second.close()
	note_error("the port is free again", second.call("create_server", port))
	note_status(second)
	note("id", [second.get_unique_id()])
