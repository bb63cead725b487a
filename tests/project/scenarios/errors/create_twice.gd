extends "res://scenario.gd"
## A peer that is at work takes no second job, goes on with the first, and is free after a close.


func solo() -> void:
	var server := new_peer()
	var port := listen(server)
	var url := await url_of()
	note_error("server, server", server.call("create_server", port))
	note_error("server, client", server.call("create_client", url))
	note_status(server)

	var client := new_peer()
	note_error("client", client.call("create_client", url))
	note_status(client)
	note_error("connecting, client", client.call("create_client", url))
	note_error("connecting, server", client.call("create_server", port))
	note_status(client)
	await until("the client is in", func() -> bool:
		server.poll()
		client.poll()
		return is_connected_peer(client)
	)
	note_error("connected, client", client.call("create_client", url))
	note_error("connected, server", client.call("create_server", port))
	note_status(client)

	client.close()
	server.close()
	note_status(client)
	note_status(server)
	note_error("closed, client", server.call("create_client", url))
	server.close()
	note_error("closed, server", server.call("create_server", free_port()))
	note_status(server)
