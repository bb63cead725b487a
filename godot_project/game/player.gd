extends Node2D
## One player: steered by its owner, moved by the server, mirrored to everybody.

const Arena := preload("res://game/arena.gd")
const Steering := preload("res://game/steering.gd")

## In pixels per second.
const SPEED := 280.0
const RADIUS := 16.0

## Known from the spawn on and never changed.
var peer_id := 0
var player_name := ""
var tint := Color.WHITE
var home := Vector2.ZERO

## How many stars this player has caught; changed by the server.
var score := 0

@onready var steering: Steering = $Steering
@onready var _name_tag: Label = $NameTag


## Takes the data of a spawn; called in every process, before the player enters the tree.
func setup(data: Dictionary) -> void:
	peer_id = data.peer_id
	player_name = data.player_name
	tint = data.tint
	home = data.home
	position = home
	name = str(peer_id)
	$Steering.set_multiplayer_authority(peer_id)


func _ready() -> void:
	_name_tag.text = player_name
	_name_tag.modulate = tint.lightened(0.4)


func _physics_process(delta: float) -> void:
	if is_multiplayer_authority():
		var velocity := steering.direction.limit_length() * SPEED
		position = Arena.keep_inside(position + velocity * delta, RADIUS)


func _draw() -> void:
	draw_circle(Vector2(0.0, 3.0), RADIUS, Color(0.0, 0.0, 0.0, 0.35))
	draw_circle(Vector2.ZERO, RADIUS, tint)
	draw_arc(Vector2.ZERO, RADIUS, 0.0, TAU, 32, tint.darkened(0.35), 2.0, true)
