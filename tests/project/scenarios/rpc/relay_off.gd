extends "res://scenario.gd"
## Without the server's relay, clients know the server and nobody else.

var _heard := 0


func server() -> void:
	watch()
	_turn_relay_off()
	serve()
	await all_here(["client_a", "client_b"])
	await everyone("all here")
	await until("both have called", func() -> bool: return _heard == 2)
	hear.rpc("server")
	await everyone("all heard")


func client() -> void:
	watch()
	_turn_relay_off()
	if role == "client_b":
		await marked("id.client_a")
	await join_and_wait()
	await everyone("all here")
	if role == "client_b":
		await marked("called.client_a")
	note_error("called", rpc("hear", role))
	mark("called." + role)
	await until("the server has called", func() -> bool: return _heard == 1)
	note("peers", Array(multiplayer.get_peers()).map(func(id: int) -> Dictionary: return who(id)))
	await everyone("all heard")


func _turn_relay_off() -> void:
	(multiplayer as SceneMultiplayer).server_relay = false


@rpc("any_peer", "call_remote", "reliable")
func hear(sender: String) -> void:
	_heard += 1
	if multiplayer.is_server():
		# The two clients' calls may arrive in either order.
		return
	note("hear", [who(multiplayer.get_remote_sender_id()), sender])
