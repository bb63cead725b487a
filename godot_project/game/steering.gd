extends MultiplayerSynchronizer
## Where a player wants to go. It belongs to the player's own process and is
## mirrored to the server only, which does the moving.

## The one peer that needs to know.
const SERVER := 1

## The wanted direction, at most one unit long.
var direction := Vector2.ZERO
## Decides the direction; without one, the arrow keys do.
var pilot := Callable()


func _ready() -> void:
	set_visibility_for(SERVER, true)
	set_physics_process(is_multiplayer_authority())


func _physics_process(_delta: float) -> void:
	if pilot.is_valid():
		direction = pilot.call()
	elif get_viewport().gui_get_focus_owner() is LineEdit:
		direction = Vector2.ZERO
	else:
		direction = Input.get_vector("ui_left", "ui_right", "ui_up", "ui_down")
