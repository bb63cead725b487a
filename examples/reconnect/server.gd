extends "res://game.gd"
## Remembers each player by token, across connections and across its own restarts.

## Why a player is sent away, as a WebSocket close code of the game's own.
const NOT_WANTED := 4001
const MAX_TOKEN_SIZE := 64

var _save := "user://players.cfg"
var _players := ConfigFile.new()
## The tokens of those who are here, by peer id.
var _tokens: Dictionary = {}
var _peer := RustWebSocketMultiplayerPeer.new()


func _ready() -> void:
	var port := 9080
	for argument: String in OS.get_cmdline_user_args():
		if argument.begins_with("--port="):
			port = argument.trim_prefix("--port=").to_int()
		elif argument.begins_with("--save="):
			_save = argument.trim_prefix("--save=")
	# The first start has no file.
	_players.load(_save)
	# Whoever vanished without a word holds a place until the heartbeat notices.
	_peer.heartbeat_interval = 5.0
	multiplayer.peer_disconnected.connect(_on_peer_disconnected)
	if _peer.create_server(port) != OK:
		printerr("cannot listen: ", _peer.get_last_error_message())
		get_tree().quit(1)
		return
	multiplayer.multiplayer_peer = _peer
	print("listening on port %d" % _peer.get_local_port())


func introduce(token: String) -> void:
	var id := multiplayer.get_remote_sender_id()
	if token.is_empty() or token.length() > MAX_TOKEN_SIZE or token == "banned":
		_peer.get_peer(id).close(NOT_WANTED, "not wanted here")
		return
	_send_away_the_former(token)
	_tokens[id] = token
	print("%s is here with %d" % [token, _points(token)])
	restore.rpc_id(id, _points(token))


func score() -> void:
	var id := multiplayer.get_remote_sender_id()
	if not _tokens.has(id):
		return
	var token: String = _tokens[id]
	_players.set_value("points", token, _points(token) + 1)
	# Before the player hears of it: what was seen once is not lost.
	_players.save(_save)
	restore.rpc_id(id, _points(token))


func _points(token: String) -> int:
	return _players.get_value("points", token, 0)


## A player who comes back may still be here: the old connection is dead, and nobody has noticed yet.
func _send_away_the_former(token: String) -> void:
	var former: Variant = _tokens.find_key(token)
	if former != null:
		_tokens.erase(former)
		multiplayer.multiplayer_peer.disconnect_peer(former as int)


func _on_peer_disconnected(id: int) -> void:
	if _tokens.has(id):
		print("%s has gone" % _tokens[id])
		_tokens.erase(id)
