extends Control
## The arena as people see it: floor, stars, players and sparks, in layers.

const EffectsView := preload("res://view/effects_view.gd")
const PlayersView := preload("res://view/players_view.gd")
const StarsView := preload("res://view/stars_view.gd")
const World := preload("res://game/world.gd")

@onready var _stars: StarsView = %Stars
@onready var _players: PlayersView = %Players
@onready var _effects: EffectsView = %Effects


## Shows this world from now on.
func follow(world: World) -> void:
	_stars.world = world
	_players.world = world
	_effects.follow(world)
