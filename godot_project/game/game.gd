extends Node2D
## The game itself: who is in it, where the star is, who caught it.
##
## The server decides everything. A client asks to enter, is given a player by
## the spawner, and steers it.

## A player has appeared, with the state it has at this moment.
signal player_joined(player: Player)
## A player has gone.
signal player_left(player: Player)

const Arena := preload("res://game/arena.gd")
const Chat := preload("res://game/chat.gd")
const Cues := preload("res://game/cues.gd")
const Hud := preload("res://ui/hud.gd")
const Player := preload("res://game/player.gd")
const Star := preload("res://game/star.gd")
const PLAYER_SCENE := preload("res://game/player.tscn")

const SERVER := 1
const MAX_PLAYERS := 32
const MAX_NAME_LENGTH := 16
const GOLDEN_RATIO := 0.618034

## Gives our own player a pilot if it is valid; else the keyboard steers.
var autopilot := false

var _entered := 0

@onready var chat: Chat = $Chat
@onready var cues: Cues = $Cues
@onready var hud: Hud = $Hud
@onready var star: Star = $Arena/Star
@onready var _players: Node2D = $Arena/Players
@onready var _spawner: MultiplayerSpawner = $PlayerSpawner


func _ready() -> void:
	_spawner.spawn_function = _create_player
	_spawner.spawned.connect(_on_player_spawned)
	_players.child_exiting_tree.connect(_on_player_exiting)
	multiplayer.peer_disconnected.connect(_on_peer_disconnected)
	hud.follow(self)


func _physics_process(_delta: float) -> void:
	if not multiplayer.is_server():
		return
	var players := get_players()
	_keep_apart(players)
	var catcher := _get_nearest_to_star(players)
	if catcher != null and catcher.position.distance_to(star.position) < Star.REACH:
		catcher.score += 1
		star.jump()


## Asks the server for a player of this name.
func enter(player_name: String) -> void:
	if multiplayer.is_server():
		_admit(SERVER, player_name)
	else:
		_ask_to_enter.rpc_id(SERVER, player_name)


func get_players() -> Array[Player]:
	var found: Array[Player] = []
	for child in _players.get_children():
		if not child.is_queued_for_deletion():
			found.append(child as Player)
	return found


## The player of this peer, or null.
func get_player(peer_id: int) -> Player:
	return _players.get_node_or_null(str(peer_id)) as Player


## What to call a peer.
func get_peer_name(peer_id: int) -> String:
	var player := get_player(peer_id)
	if player != null:
		return player.player_name
	return "Server" if peer_id == SERVER else "Somebody"


@rpc("any_peer", "reliable")
func _ask_to_enter(player_name: String) -> void:
	if multiplayer.is_server():
		_admit(multiplayer.get_remote_sender_id(), player_name)


func _admit(peer_id: int, player_name: String) -> void:
	if get_player(peer_id) != null or _players.get_child_count() >= MAX_PLAYERS:
		return
	var player: Player = _spawner.spawn({
		"peer_id": peer_id,
		"player_name": _get_free_name(player_name),
		"tint": Color.from_hsv(fposmod(0.02 + _entered * GOLDEN_RATIO, 1.0), 0.62, 0.98),
		"home": Arena.get_home(_entered),
	})
	_entered += 1
	_on_player_spawned(player)


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


## Moves players that overlap away from each other.
func _keep_apart(players: Array[Player]) -> void:
	for first in players.size():
		for second in range(first + 1, players.size()):
			var way := players[second].position - players[first].position
			var overlap := Player.RADIUS * 2.0 - way.length()
			if overlap > 0.0:
				var push := (way.normalized() if way else Vector2.RIGHT) * overlap / 2.0
				players[first].position -= push
				players[second].position += push


func _get_nearest_to_star(players: Array[Player]) -> Player:
	var nearest: Player = null
	for player in players:
		var distance := player.position.distance_squared_to(star.position)
		if nearest == null or distance < nearest.position.distance_squared_to(star.position):
			nearest = player
	return nearest


func _fly_to_star(player: Player) -> Vector2:
	return (star.position - player.position).limit_length()


func _on_player_spawned(node: Node) -> void:
	var player := node as Player
	if autopilot and player.peer_id == multiplayer.get_unique_id():
		player.steering.pilot = _fly_to_star.bind(player)
	player_joined.emit(player)


func _on_player_exiting(node: Node) -> void:
	player_left.emit(node as Player)


func _on_peer_disconnected(peer_id: int) -> void:
	var player := get_player(peer_id)
	if multiplayer.is_server() and player != null:
		player.queue_free()
