extends "res://scenario.gd"
## A call in every direction that there is, one at a time, and who hears it from whom.

## Sender, method, target, and everybody who must hear it.
const PLAN: Array[Array] = [
	["server", "hear", "all", ["client_a", "client_b"]],
	["server", "hear", "client_a", ["client_a"]],
	["server", "hear", "-client_a", ["client_b"]],
	["server", "hear_too", "all", ["server", "client_a", "client_b"]],
	["server", "obey", "all", ["client_a", "client_b"]],
	["client_a", "hear", "server", ["server"]],
	["client_a", "hear", "all", ["server", "client_b"]],
	["client_a", "hear", "client_b", ["client_b"]],
	["client_a", "hear", "-client_b", ["server"]],
	["client_a", "hear", "-server", ["client_b"]],
	["client_b", "hear_too", "all", ["server", "client_a", "client_b"]],
	["client_b", "hear_unreliably", "client_a", ["client_a"]],
	["client_b", "hear_in_order_on_channel_2", "all", ["server", "client_a"]],
]

var _heard := 0
var _heard_wanted := 0


func server() -> void:
	watch()
	serve()
	# One after the other, so that every transcript has one order.
	await all_here(["client_a", "client_b"])
	await _carry_out_plan()


func client_a() -> void:
	watch()
	await join_and_wait()
	await all_here(["server", "client_b"])
	await _carry_out_plan()


func client_b() -> void:
	watch()
	await marked("id.client_a")
	await join_and_wait()
	await all_here(["server", "client_a"])
	await _carry_out_plan()


func _carry_out_plan() -> void:
	note("peers", [multiplayer.get_peers().size(), multiplayer.is_server()])
	for step: int in PLAN.size():
		await everyone("step-%d" % step)
		var line: Array = PLAN[step]
		if line[0] == role:
			var error: Error = rpc_id(await _target(str(line[2])), str(line[1]), "step %d" % step)
			note_error("called", error)
		var listeners: Array = line[3]
		if role in listeners:
			_heard_wanted += 1
		await until("step %d is heard" % step, func() -> bool: return _heard >= _heard_wanted)
	await everyone("all heard")
	expect_equal(_heard, _heard_wanted, "calls heard")


func _target(name_of_target: String) -> int:
	if name_of_target == "all":
		return 0
	if name_of_target.begins_with("-"):
		return -(await id_of(name_of_target.substr(1)))
	return await id_of(name_of_target)


func _note_call(method: String, word: String) -> void:
	_heard += 1
	note(method, [who(multiplayer.get_remote_sender_id()), word])


@rpc("any_peer", "call_remote", "reliable")
func hear(word: String) -> void:
	_note_call("hear", word)


@rpc("any_peer", "call_local", "reliable")
func hear_too(word: String) -> void:
	_note_call("hear_too", word)


@rpc("authority", "call_remote", "reliable")
func obey(word: String) -> void:
	_note_call("obey", word)


@rpc("any_peer", "call_remote", "unreliable")
func hear_unreliably(word: String) -> void:
	_note_call("hear_unreliably", word)


@rpc("any_peer", "call_remote", "unreliable_ordered", 2)
func hear_in_order_on_channel_2(word: String) -> void:
	_note_call("hear_in_order_on_channel_2", word)
