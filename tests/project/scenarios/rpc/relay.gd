extends "res://scenario.gd"
## Clients that talk to each other, many calls at once: each arrives once and in order.
##
## Every client sends to every other one through the server's relay, while the server calls both.

const CALLS := 50
const CLIENTS: PackedStringArray = ["client_a", "client_b", "client_c"]

var _heard: Dictionary = {}


func server() -> void:
	watch_nobody()
	serve()
	await all_here(CLIENTS)
	await _talk()


func client() -> void:
	watch_nobody()
	await join_and_wait()
	await all_here(CLIENTS.slice(0, CLIENTS.find(role)))
	await all_here(CLIENTS.slice(CLIENTS.find(role) + 1))
	await _talk()


## The order in which clients arrive is not this scenario's matter.
func watch_nobody() -> void:
	for someone: String in roles:
		_heard[someone] = []


func _talk() -> void:
	await everyone("all here")
	for i: int in CALLS:
		for other: String in roles:
			if other != role:
				hear.rpc_id(await id_of(other), role, i)
		if i % 10 == 0:
			await frames(1)
	await until("everything is heard", _is_everything_heard)
	await everyone("all heard")
	for other: String in roles:
		var numbers: Array = _heard[other]
		note("heard", [other, numbers])
		if other != role:
			expect_equal(numbers, range(CALLS), "calls from " + other)


func _is_everything_heard() -> bool:
	return roles.size() - 1 == _heard.values().filter(
		func(numbers: Array) -> bool: return numbers.size() >= CALLS
	).size()


@rpc("any_peer", "call_remote", "reliable")
func hear(sender: String, number: int) -> void:
	var numbers: Array = _heard[sender]
	numbers.append(number)
	if sender == "server":
		expect_equal(multiplayer.get_remote_sender_id(), 1, "the sender's id")
	else:
		var id := stage.read("id." + sender).to_int()
		expect_equal(multiplayer.get_remote_sender_id(), id, "the sender's id")
