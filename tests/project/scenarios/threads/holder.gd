extends Node
## Makes a peer as it is made itself, wherever that is.

const Scenario := preload("res://scenario.gd")

var peer: MultiplayerPeer = new_peer()


## As the harness said.
static func new_peer() -> MultiplayerPeer:
	var made: MultiplayerPeer = ClassDB.instantiate(_argument("class"))
	if _argument("network_thread") == "yes":
		made.set("network_thread", true)
		Scenario.has_network_thread = true
	return made


static func _argument(key: String) -> String:
	var prefix := "--%s=" % key
	for argument: String in OS.get_cmdline_user_args():
		if argument.begins_with(prefix):
			return argument.trim_prefix(prefix)
	return ""
