extends "res://scenario.gd"
## Two games, a server and three clients each, as branches of one scene tree: calls stay in the game.

const GAMES := 2
const CLIENTS := 3

## What one branch hears. The branches differ in their multiplayer, the paths below are the same.
class Listener:
	extends Node

	var heard: Array[String] = []

	@rpc("any_peer", "call_remote", "reliable")
	func hear(word: String) -> void:
		heard.append(word)


var _listeners: Dictionary = {}


func solo() -> void:
	for game: int in GAMES:
		var server := new_peer()
		listen(server, str(game))
		_add_branch(game, "server", server)
		for c: int in CLIENTS:
			var client := new_peer()
			expect_equal(client.call("create_client", await url_of(str(game))), OK, "create_client")
			_add_branch(game, "client_%d" % c, client)
	await until("all know all", func() -> bool:
		return _listeners.values().all(func(listener: Listener) -> bool:
			return listener.multiplayer.get_peers().size() == CLIENTS
		)
	)
	for key: String in _listeners:
		var listener: Listener = _listeners[key]
		note_error("called", listener.rpc("hear", key))
	await until("all have heard", func() -> bool:
		return _listeners.values().all(func(listener: Listener) -> bool:
			return listener.heard.size() == CLIENTS
		)
	)
	for key: String in _listeners:
		var heard: Array[String] = (_listeners[key] as Listener).heard
		heard.sort()
		note("heard", [key, heard])


func _add_branch(game: int, who_is_it: String, peer: MultiplayerPeer) -> void:
	var key := "game_%d_%s" % [game, who_is_it]
	var branch := Node.new()
	branch.name = key
	add_child(branch)
	var api := SceneMultiplayer.new()
	get_tree().set_multiplayer(api, branch.get_path())
	var listener := Listener.new()
	listener.name = "Listener"
	branch.add_child(listener)
	api.multiplayer_peer = peer
	_listeners[key] = listener
