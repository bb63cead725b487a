extends Control
## All screens, one of them shown.

const Connecting := preload("res://ui/connecting.gd")
const FailureScreen := preload("res://ui/failure_screen.gd")
const Lobby := preload("res://ui/lobby.gd")
const Menu := preload("res://ui/menu.gd")
const PlayScreen := preload("res://ui/play_screen.gd")

@onready var menu: Menu = %Menu
@onready var connecting: Connecting = %Connecting
@onready var lobby: Lobby = %Lobby
@onready var play_screen: PlayScreen = %PlayScreen
@onready var failure_screen: FailureScreen = %FailureScreen
@onready var _all: Array[Control] = [menu, connecting, lobby, play_screen, failure_screen]


## Shows [param screen] and hides the others.
func show_only(screen: Control) -> void:
	for other in _all:
		other.visible = other == screen


## The screen that is shown, or null.
func get_current() -> Control:
	for screen in _all:
		if screen.visible:
			return screen
	return null
