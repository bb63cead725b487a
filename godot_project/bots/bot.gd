extends Node
## One bot: a client like any other, with a connection of its own, and a brain in place of a keyboard.

const Brain := preload("res://bots/brain.gd")
const ConnectionSettings := preload("res://net/connection_settings.gd")
const Failure := preload("res://net/failure.gd")
const Seat := preload("res://net/seat.gd")
const World := preload("res://game/world.gd")

## It could not join, or was sent away.
signal gave_up(failure: Failure)

var _settings: ConnectionSettings
var _brain: Brain

@onready var seat: Seat = $Seat


## Joins the server of these settings.
func play(settings: ConnectionSettings) -> void:
	_settings = settings
	seat.session.joined.connect(_on_joined)
	seat.session.ended.connect(func(failure: Failure) -> void: gave_up.emit(failure), CONNECT_DEFERRED)
	seat.open_world(true)
	_brain = Brain.new(seat.world)
	seat.world.controls.pilot = _brain.decide
	var failure := seat.session.join(settings)
	if failure != null:
		gave_up.emit.call_deferred(failure)


func _on_joined() -> void:
	seat.world.enter(_settings.player_name)
