extends Node
## A seat at a game: a multiplayer branch of its own, the session on it, and the world as it is seen from there.
##
## A process may have many of them. The player has one; each bot has another, and
## is to the server a client like any.

const Session := preload("res://net/session.gd")
const World := preload("res://game/world.gd")
const WORLD_SCENE := preload("res://game/world.tscn")

## The world, as long as there is one.
var world: World

@onready var session: Session = $Session


func _enter_tree() -> void:
	# Before any child asks for its multiplayer API.
	get_tree().set_multiplayer(SceneMultiplayer.new(), get_path())


func _exit_tree() -> void:
	get_tree().set_multiplayer(null, get_path())


## Makes a world. It must be there before the server begins to speak of it.
func open_world(is_bot := false) -> World:
	close_world()
	world = WORLD_SCENE.instantiate()
	world.is_bot = is_bot
	world.session = session
	add_child(world)
	return world


func close_world() -> void:
	if world != null:
		# Freed at once: the next one must find its name free.
		world.free()
		world = null
