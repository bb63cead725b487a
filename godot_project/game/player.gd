extends Node2D
## One player, as this process knows it. Drawing is somebody else's task.

const Body := preload("res://game/body.gd")
const Command := preload("res://game/command.gd")

## Known from the spawn on and never changed.
var peer_id := 0
var player_name := ""
var tint := Color.WHITE
var is_bot := false

## How many stars this player has caught; changed by the server.
var score := 0

## The truth on the server; on a client the latest that is known of it, and for
## its own player what will be the truth when the server has heard all commands.
var body := Body.new()

## Commands the server has received and not yet obeyed, oldest first.
var commands: Array[Command] = []
## The last one it obeyed. A client that falls silent goes on for a moment.
var last_command := Command.new()
## The number of that one, counted by the client.
var last_sequence := 0


## Takes the data of a spawn; called in every process, before the player enters the tree.
func setup(data: Dictionary) -> void:
	peer_id = data.peer_id
	player_name = data.player_name
	tint = data.tint
	is_bot = data.is_bot
	name = str(peer_id)
	body.position = data.home
	position = data.home


func _ready() -> void:
	# A late joiner is told of a place by the spawn.
	body.position = position


func is_ours() -> bool:
	return peer_id == multiplayer.get_unique_id()
