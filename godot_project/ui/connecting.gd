extends Control
## A connection is on its way, and can be called off.

const ConnectionSettings := preload("res://net/connection_settings.gd")

signal cancelled

@onready var _place: Label = %Place
@onready var _detail: Label = %Detail
@onready var _cancel: Button = %Cancel


func _ready() -> void:
	_cancel.pressed.connect(func() -> void: cancelled.emit())


func open(settings: ConnectionSettings) -> void:
	_place.text = settings.get_url()
	_detail.text = "as %s, by %s, for at most %s seconds" % [
		settings.player_name, settings.peer_class, String.num(settings.patience, 1),
	]
	_cancel.grab_focus.call_deferred()
