extends Node
## One player in a room. The server moves it; who may see it gets its name when it appears, and its place whenever that changes.

signal moved

var nickname := ""
var place := 0:
	set(value):
		if value != place:
			place = value
			moved.emit()

@onready var _synchronizer: MultiplayerSynchronizer = %Synchronizer


## The peer whose player this is.
func id() -> int:
	return name.to_int()


## Server: lets a peer see this player.
func show_to(peer: int) -> void:
	_synchronizer.set_visibility_for(peer, true)


## Server: lets a peer see it no more.
func hide_from(peer: int) -> void:
	_synchronizer.set_visibility_for(peer, false)
