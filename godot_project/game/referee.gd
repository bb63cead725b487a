extends Node
## The server's part of the game: moves everybody, and sees who hits whom and who catches what.

const Arena := preload("res://game/arena.gd")
const Body := preload("res://game/body.gd")
const Command := preload("res://game/command.gd")
const Player := preload("res://game/player.gd")
const Rounds := preload("res://game/rounds.gd")
const Stars := preload("res://game/stars.gd")
const World := preload("res://game/world.gd")

## A player has caught a star.
signal caught(player: Player, place: Vector2, worth: int)
## A player has dashed into another.
signal hit(by: Player, victim: Player)

const PUSH := 520.0
## More commands than this wait only after the network was late: then two are obeyed per tick.
const CALM_QUEUE := 6

var _standing_still := Command.new()

@onready var _world: World = get_parent()
@onready var _rounds: Rounds = %Rounds
@onready var _stars: Stars = %Stars


func _ready() -> void:
	_rounds.phase_changed.connect(_on_phase_changed)


func _physics_process(_delta: float) -> void:
	if _world.is_bot or not multiplayer.is_server():
		return
	var players := _world.get_players()
	for player in players:
		_move(player)
	if _rounds.is_playing():
		_keep_apart(players)
		for player in players:
			_catch_stars(player)
		_stars.fill(players.size())
	for player in players:
		player.position = player.body.position


## Obeys the next command of this player, or the last once more.
func _move(player: Player) -> void:
	var count := 2 if player.commands.size() > CALM_QUEUE else 1
	for turn in count:
		var command := player.last_command
		if not player.commands.is_empty():
			command = player.commands.pop_front()
			player.last_sequence = (player.last_sequence + 1) & 0xffff
			player.last_command = command
		elif not player.is_ours() and turn == 0:
			# Nothing has come: the direction stays, but nobody dashes twice.
			command = Command.create(command.direction, false)
		player.body.step(command if _rounds.is_playing() else _standing_still)


## Moves players that overlap away from each other, and lets dashes hit.
func _keep_apart(players: Array[Player]) -> void:
	for first in players.size():
		var one := players[first]
		for second in range(first + 1, players.size()):
			var other := players[second]
			var way := other.body.position - one.body.position
			var distance := way.length_squared()
			if distance >= Body.RADIUS * Body.RADIUS * 4.0:
				continue
			var along := way.normalized() if way else Vector2.RIGHT
			var push := along * (Body.RADIUS - sqrt(distance) / 2.0)
			one.body.position = Arena.keep_inside(one.body.position - push, Body.RADIUS)
			other.body.position = Arena.keep_inside(other.body.position + push, Body.RADIUS)
			if one.body.dash_left > 0 and other.body.stun_left == 0:
				_hit(one, other, along)
			elif other.body.dash_left > 0 and one.body.stun_left == 0:
				_hit(other, one, -along)


func _hit(by: Player, victim: Player, along: Vector2) -> void:
	victim.body.be_hit(along * PUSH)
	if victim.score > 0:
		victim.score -= 1
		_stars.drop(victim.body.position - along * Stars.REACH * 2.0)
	hit.emit(by, victim)


func _catch_stars(player: Player) -> void:
	if player.body.stun_left > 0:
		return
	var index := _stars.find_nearest(player.body.position)
	if index < 0 or player.body.position.distance_to(_stars.get_place(index)) > Stars.REACH:
		return
	var worth := int(_stars.places[index].z)
	var place := _stars.get_place(index)
	player.score += worth
	_stars.remove(index)
	caught.emit(player, place, worth)


func _on_phase_changed(phase: Rounds.Phase) -> void:
	if _world.is_bot or not multiplayer.is_server():
		return
	match phase:
		Rounds.Phase.COUNTDOWN:
			_stars.clear()
			var index := 0
			for player in _world.get_players():
				player.score = 0
				player.body.halt_at(Arena.get_home(index))
				index += 1
		Rounds.Phase.RESULTS:
			_stars.clear()
