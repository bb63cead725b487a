extends Node
## What is worth a spark: told by the server to all, and lost without harm.

const Player := preload("res://game/player.gd")
const Referee := preload("res://game/referee.gd")

## Somebody has caught a star.
signal star_caught(peer_id: int, place: Vector2, worth: int)
## Somebody was hit, and by whom.
signal player_hit(by_id: int, victim_id: int, place: Vector2)

@onready var _referee: Referee = %Referee


func _ready() -> void:
	_referee.caught.connect(_on_caught)
	_referee.hit.connect(_on_hit)


@rpc("authority", "call_local", "unreliable")
func _tell_caught(peer_id: int, place: Vector2, worth: int) -> void:
	star_caught.emit(peer_id, place, worth)


@rpc("authority", "call_local", "unreliable")
func _tell_hit(by_id: int, victim_id: int, place: Vector2) -> void:
	player_hit.emit(by_id, victim_id, place)


func _on_caught(player: Player, place: Vector2, worth: int) -> void:
	_tell_caught.rpc(player.peer_id, place, worth)


func _on_hit(by: Player, victim: Player) -> void:
	_tell_hit.rpc(by.peer_id, victim.peer_id, victim.body.position)
