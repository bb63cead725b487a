extends Node
## Our own player's commands: taken from the keyboard or a pilot, sent to the server,
## and obeyed here at once, so that nobody feels the way there and back.
##
## When the server tells what became of them, the ones it has not seen yet are
## done again from its truth on. What differs is not jumped to but made good
## within a few frames.

const Arena := preload("res://game/arena.gd")
const Body := preload("res://game/body.gd")
const Command := preload("res://game/command.gd")
const InputActions := preload("res://game/input_actions.gd")
const Player := preload("res://game/player.gd")
const World := preload("res://game/world.gd")

const SERVER := 1
## Ticks between two packets of commands.
const INTERVAL := 2
## What a client that hears nothing goes on with at most.
const MAX_PENDING := 120
## An error larger than this is no error but a new place, in pixels.
const MAX_ERROR := 140.0
## How fast an error vanishes, per second.
const HEALING := 10.0

## Decides in place of the keyboard: a callable that returns a [Command].
var pilot := Callable()
## What commands have cost so far.
var bytes_sent := 0
var bytes_received := 0
## How far the last answer of the server was from what we had expected, in pixels.
var last_error := 0.0

var _sequence := 0
var _pending: Array[Command] = []
var _unsent: Array[Command] = []
## Where our player is drawn, relative to where it is.
var _offset := Vector2.ZERO

@onready var _world: World = get_parent()


func _physics_process(_delta: float) -> void:
	var player := _world.get_own_player()
	if player == null or not _world.rounds.is_playing():
		return
	var command := _read_command()
	if multiplayer.is_server():
		player.commands = [command] as Array[Command]
		return
	_sequence = (_sequence + 1) & 0xffff
	_unsent.append(command)
	if _unsent.size() >= INTERVAL:
		_send()
	if _world.is_bot:
		return
	if _pending.size() < MAX_PENDING:
		_pending.append(command)
		player.body.step(command)
		_keep_apart(player)


func _process(delta: float) -> void:
	if _world.is_bot or multiplayer.is_server():
		return
	_offset *= exp(-HEALING * delta)
	var player := _world.get_own_player()
	if player != null:
		player.position = player.body.position + _offset


## Takes the server's word on our player: its body after the command [param sequence].
func reconcile(player: Player, sequence: int, bytes: PackedByteArray, offset: int) -> void:
	var drawn := player.body.position + _offset
	var expected := player.body.position
	player.body.read(bytes, offset)
	var unseen := mini((_sequence - sequence) & 0xffff, _pending.size())
	_pending = _pending.slice(_pending.size() - unseen)
	for command in _pending:
		player.body.step(command)
	last_error = player.body.position.distance_to(expected)
	_offset = drawn - player.body.position
	if _offset.length() > MAX_ERROR:
		_offset = Vector2.ZERO


@rpc("any_peer", "unreliable_ordered")
func _take_commands(bytes: PackedByteArray) -> void:
	bytes_received += bytes.size()
	var player := _world.get_player(multiplayer.get_remote_sender_id())
	if player == null or not multiplayer.is_server() or bytes.size() > MAX_PENDING * Command.SIZE:
		return
	for offset in range(0, bytes.size() - Command.SIZE + 1, Command.SIZE):
		if player.commands.size() < MAX_PENDING:
			player.commands.append(Command.read(bytes, offset))


func _send() -> void:
	var bytes := PackedByteArray()
	bytes.resize(_unsent.size() * Command.SIZE)
	for index in _unsent.size():
		_unsent[index].write(bytes, index * Command.SIZE)
	_unsent.clear()
	bytes_sent += bytes.size()
	_take_commands.rpc_id(SERVER, bytes)


## What the server will do when players overlap, done here as far as the others are known.
func _keep_apart(player: Player) -> void:
	for other in _world.get_players():
		var way := player.body.position - other.position
		if other != player and way and way.length() < Body.RADIUS * 2.0:
			player.body.position += way.normalized() * (Body.RADIUS - way.length() / 2.0)
	player.body.position = Arena.keep_inside(player.body.position, Body.RADIUS)


func _read_command() -> Command:
	if pilot.is_valid():
		return pilot.call()
	if get_viewport().gui_get_focus_owner() is LineEdit:
		return Command.new()
	return Command.create(InputActions.get_direction(), Input.is_action_pressed(InputActions.DASH))
