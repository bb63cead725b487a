extends "res://game.gd"
## A player who scores a point whenever there is a connection, and who comes back when there was none.

const Reconnector := preload("res://reconnector.gd")

const NOT_WANTED := 2

var _token := "ada"
var _url := "ws://127.0.0.1:9080"

@onready var _reconnector: Reconnector = $Reconnector


func _ready() -> void:
	for argument: String in OS.get_cmdline_user_args():
		if argument.begins_with("--token="):
			_token = argument.trim_prefix("--token=")
		elif argument.begins_with("--url="):
			_url = argument.trim_prefix("--url=")
	_reconnector.connected.connect(_on_connected)
	_reconnector.waiting.connect(_on_waiting)
	_reconnector.given_up.connect(_on_given_up)
	_reconnector.start(_url)


func _on_connected() -> void:
	introduce.rpc_id(MultiplayerPeer.TARGET_PEER_SERVER, _token)
	score.rpc_id(MultiplayerPeer.TARGET_PEER_SERVER)


func restore(points: int) -> void:
	print("points: %d" % points)


func _on_waiting(seconds: float, reason: String) -> void:
	print("%s; trying again in %.1f s" % [reason, seconds])


func _on_given_up(reason: String) -> void:
	print("not trying again: %s" % reason)
	get_tree().quit(NOT_WANTED)
