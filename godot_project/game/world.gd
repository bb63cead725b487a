extends Node
## The world of a match as one process knows it: who is in it, and what they do.
##
## The server decides everything. A client asks to enter, is given a player by
## the spawner, and sends commands. How the world looks is not its business.

const Arena := preload("res://game/arena.gd")
const Chat := preload("res://game/chat.gd")
const ConnectionSettings := preload("res://net/connection_settings.gd")
const Controls := preload("res://game/controls.gd")
const Cues := preload("res://game/cues.gd")
const Moments := preload("res://game/moments.gd")
const Ping := preload("res://net/ping.gd")
const Player := preload("res://game/player.gd")
const Rounds := preload("res://game/rounds.gd")
const Session := preload("res://net/session.gd")
const Snapshots := preload("res://game/snapshots.gd")
const Stars := preload("res://game/stars.gd")
const PLAYER_SCENE := preload("res://game/player.tscn")

## A player has appeared, with the state it has at this moment.
signal player_joined(player: Player)
## A player has gone.
signal player_left(player: Player)

const SERVER := 1
const MAX_NAME_LENGTH := 16
const GOLDEN_RATIO := 0.618034
## What last words need to arrive, in seconds.
const GOODBYE_SECONDS := 0.2
const FULL := "The match is full: it has room for %d players"

## Whether nobody looks at it: then only what a bot needs is kept up to date.
var is_bot := false
var session: Session

var _entered := 0
## All players, in the order in which they came.
var _list: Array[Player] = []

@onready var chat: Chat = $Chat
@onready var cues: Cues = $Cues
@onready var controls: Controls = $Controls
@onready var moments: Moments = $Moments
@onready var ping: Ping = $Ping
@onready var rounds: Rounds = %Rounds
@onready var snapshots: Snapshots = %Snapshots
@onready var stars: Stars = %Stars
@onready var _players: Node2D = $Players
@onready var _spawner: MultiplayerSpawner = $PlayerSpawner


func _ready() -> void:
	_spawner.spawn_function = _create_player
	_spawner.spawned.connect(_on_player_spawned)
	_players.child_entered_tree.connect(func(node: Node) -> void: _list.append(node as Player))
	_players.child_exiting_tree.connect(_on_player_exiting)
	multiplayer.peer_disconnected.connect(_on_peer_disconnected)


## Asks the server for a player of this name.
func enter(player_name: String) -> void:
	if multiplayer.is_server():
		_admit(SERVER, player_name, is_bot)
	else:
		_ask_to_enter.rpc_id(SERVER, player_name, is_bot)


## All players. Not to be changed by the caller.
func get_players() -> Array[Player]:
	return _list


## All players, the best first.
func get_ranking() -> Array[Player]:
	var ranking: Array[Player] = _list.duplicate()
	ranking.sort_custom(_is_better)
	return ranking


## The player of this peer, or null.
func get_player(peer_id: int) -> Player:
	return _players.get_node_or_null(str(peer_id)) as Player


## Our own player, or null as long as there is none.
func get_own_player() -> Player:
	return get_player(multiplayer.get_unique_id())


## What to call a peer.
func get_peer_name(peer_id: int) -> String:
	var player := get_player(peer_id)
	if player != null:
		return player.player_name
	return "Server" if peer_id == SERVER else "Somebody"


## Sends everybody home, with a word of why; on the server only.
func dismiss(reason: String) -> void:
	_take_last_words.rpc(reason)


@rpc("any_peer", "reliable")
func _ask_to_enter(player_name: String, as_bot: bool) -> void:
	if multiplayer.is_server():
		_admit(multiplayer.get_remote_sender_id(), player_name, as_bot)


@rpc("authority", "reliable")
func _take_last_words(reason: String) -> void:
	session.last_words = reason
	# What is said to somebody who is leaving is not heard.
	controls.set_physics_process(false)
	ping.set_process(false)


func _admit(peer_id: int, player_name: String, as_bot: bool) -> void:
	if get_player(peer_id) != null:
		return
	if _list.size() >= ConnectionSettings.MAX_PLAYERS:
		# The built-in class cannot refuse at the door.
		_turn_away(peer_id, FULL % ConnectionSettings.MAX_PLAYERS)
		return
	var player: Player = _spawner.spawn({
		"peer_id": peer_id,
		"player_name": _get_free_name(player_name),
		"tint": Color.from_hsv(fposmod(0.13 + _entered * GOLDEN_RATIO, 1.0), 0.62, 0.98),
		"is_bot": as_bot,
		"home": Arena.get_home(_entered),
	})
	_entered += 1
	_on_player_spawned(player)


## The words arrive before the end of the connection, whatever the class makes of it.
func _turn_away(peer_id: int, reason: String) -> void:
	_take_last_words.rpc_id(peer_id, reason)
	await get_tree().create_timer(GOODBYE_SECONDS).timeout
	session.send_away(peer_id, reason)


func _get_free_name(wanted: String) -> String:
	var base := wanted.strip_edges().left(MAX_NAME_LENGTH)
	if base.is_empty():
		base = "Player"
	var taken: Array[String] = []
	for player in get_players():
		taken.append(player.player_name)
	var free_name := base
	var number := 2
	while free_name in taken:
		free_name = "%s %d" % [base, number]
		number += 1
	return free_name


func _create_player(data: Dictionary) -> Player:
	var player: Player = PLAYER_SCENE.instantiate()
	player.setup(data)
	return player


static func _is_better(one: Player, other: Player) -> bool:
	if one.score != other.score:
		return one.score > other.score
	return one.player_name.naturalnocasecmp_to(other.player_name) < 0


func _on_player_spawned(node: Node) -> void:
	player_joined.emit(node as Player)


func _on_player_exiting(node: Node) -> void:
	_list.erase(node as Player)
	player_left.emit(node as Player)


func _on_peer_disconnected(peer_id: int) -> void:
	var player := get_player(peer_id)
	if multiplayer.is_server() and player != null:
		player.free()
