extends "res://scenario.gd"
## One client leaves and another joins late; everybody sees everybody, and the late one can talk.

var _greetings := 0


func server() -> void:
	watch()
	serve()
	await all_here(["client_a", "client_b"])
	await everyone("early ones here")
	await all_here(["client_late"])
	await everyone("late one here")
	await _hear_the_late_one()
	await until("client a has left", func() -> bool: return multiplayer.get_peers().size() == 2)
	await everyone("all seen")


func client_a() -> void:
	watch()
	await join_and_wait()
	await all_here(["server", "client_b"])
	await everyone("early ones here")
	await all_here(["client_late"])
	await everyone("late one here")
	await _hear_the_late_one()
	multiplayer.multiplayer_peer.close()
	await until("we are out", func() -> bool: return multiplayer.get_peers().is_empty())
	await everyone("all seen")


func client_b() -> void:
	watch()
	await marked("id.client_a")
	await join_and_wait()
	await all_here(["server", "client_a"])
	await everyone("early ones here")
	await all_here(["client_late"])
	await everyone("late one here")
	await _hear_the_late_one()
	await until("client a has left", func() -> bool: return multiplayer.get_peers().size() == 2)
	await everyone("all seen")


func client_late() -> void:
	watch()
	await everyone("early ones here")
	await join_and_wait()
	await all_here(["server", "client_a", "client_b"])
	await everyone("late one here")
	note_error("called", rpc("greet"))
	await everyone("greeted")
	await until("client a has left", func() -> bool: return multiplayer.get_peers().size() == 2)
	await everyone("all seen")


func _hear_the_late_one() -> void:
	await until("the late one has greeted", func() -> bool: return _greetings == 1)
	await everyone("greeted")


@rpc("any_peer", "call_remote", "reliable")
func greet() -> void:
	_greetings += 1
	note("greeted", [who(multiplayer.get_remote_sender_id())])
