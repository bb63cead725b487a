extends RefCounted
## What a bot wants: the best star near it, around the pillars, and now and then to hit who leads.

const Arena := preload("res://game/arena.gd")
const Body := preload("res://game/body.gd")
const Command := preload("res://game/command.gd")
const Player := preload("res://game/player.gd")
const World := preload("res://game/world.gd")

## Seconds between two thoughts.
const PACE := 0.22
## From so near a rival is worth a dash, in pixels.
const STRIKE := 110.0
## From so far a star is worth one.
const FAR := 240.0
const GREED := 0.6

## Whether it leaves others in peace, and never dashes.
var is_calm := false

var _world: World
var _wanted := Command.new()
var _wait := 0.0
## So that not all bots want the same.
var _taste := randf_range(0.4, 1.6)
var _temper := randf_range(0.05, 0.35)


func _init(world: World) -> void:
	_world = world
	_wait = randf() * PACE


## The command for this tick; called once per tick.
func decide() -> Command:
	_wait -= Body.TICK
	if _wait <= 0.0:
		_wait = PACE * randf_range(0.8, 1.2)
		_wanted = _think()
		return _wanted
	# A dash is wanted once.
	return Command.create(_wanted.direction, false)


func _think() -> Command:
	if _world.is_bot:
		_world.snapshots.read_newest()
	var own := _world.get_own_player()
	if own == null:
		return Command.new()
	var rival := _find_rival(own)
	if rival != null and not is_calm and randf() < _temper:
		return Command.create(rival.body.position - own.body.position, true)
	var index := _choose_star(own.body.position)
	if index < 0:
		var middle := Arena.SIZE / 2.0
		return Command.create((middle - own.body.position).rotated(_taste) / 200.0, false)
	var way := _world.stars.get_place(index) - own.body.position
	var hurries := way.length() > FAR and not is_calm and randf() < _temper
	return Command.create(_go_around(own.body.position, way), hurries)


func _choose_star(from: Vector2) -> int:
	var best := -1
	var best_price := INF
	for index in _world.stars.places.size():
		var worth := _world.stars.places[index].z
		# Each bot sees distances a little differently.
		var price := from.distance_to(_world.stars.get_place(index)) / pow(worth, GREED)
		price *= 1.0 + 0.5 * sin(_taste * 40.0 + index * 2.3)
		if price < best_price:
			best_price = price
			best = index
	return best


func _find_rival(own: Player) -> Player:
	if own.body.rest_left > 0:
		return null
	for player in _world.get_players():
		if (player != own and player.score > own.score and player.body.stun_left == 0
				and player.body.position.distance_to(own.body.position) < STRIKE):
			return player
	return null


## Bends the way where a pillar stands in it.
func _go_around(from: Vector2, way: Vector2) -> Vector2:
	var direction := way.normalized()
	for pillar in Arena.PILLARS:
		var to_pillar := Vector2(pillar.x, pillar.y) - from
		var ahead := to_pillar.dot(direction)
		var room := pillar.z + Body.RADIUS + 10.0
		if ahead <= 0.0 or ahead > way.length() or ahead > room * 2.5:
			continue
		var beside := to_pillar - direction * ahead
		if beside.length() < room:
			var away := -beside.normalized() if beside else direction.orthogonal()
			return (direction + away * 1.6).normalized()
	return direction
