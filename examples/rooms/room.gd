extends Node
## One room. It is on the server, and on the machines of those who are in it, by the visibility of its synchronizer.

## Something has happened in here, in words.
signal said(text: String)

const Player := preload("res://player.gd")

const PLAYER := preload("res://player.tscn")

@onready var _players: Node = %Players
@onready var _synchronizer: MultiplayerSynchronizer = %Synchronizer


func _ready() -> void:
	_players.child_entered_tree.connect(_on_player_appeared)
	_players.child_exiting_tree.connect(_on_player_vanished)


## Server: shows the room and all that is in it to a player, and the player to the others.
func admit(id: int, nickname: String) -> void:
	# The room first, for what is spawned in it needs it on the other side.
	_synchronizer.set_visibility_for(id, true)
	var newcomer: Player = PLAYER.instantiate()
	newcomer.name = str(id)
	newcomer.nickname = nickname
	_players.add_child(newcomer)
	for other: Player in _players.get_children():
		other.show_to(id)
		newcomer.show_to(other.id())


## Server: the other way round. Whether they were here. Of a peer that [param is_gone] the engine knows nothing more, and there is
## nothing left to hide from it.
func dismiss(id: int, is_gone: bool) -> bool:
	var leaver := _players.get_node_or_null(str(id)) as Player
	if leaver == null:
		return false
	_players.remove_child(leaver)
	leaver.queue_free()
	if is_gone:
		return true
	# Players first: hiding the room takes what is in it along.
	for other: Player in _players.get_children():
		other.hide_from(id)
	_synchronizer.set_visibility_for(id, false)
	return true


## Server: moves a player by one step, if they are here.
func move(id: int) -> void:
	var player := _players.get_node_or_null(str(id)) as Player
	if player != null:
		player.place += 1


## Whether nobody is here.
func is_empty() -> bool:
	return _players.get_child_count() == 0


func _on_player_appeared(player: Node) -> void:
	(player as Player).moved.connect(_on_player_moved.bind(player))
	# What a spawn brings along is set a moment later.
	_greet.call_deferred(player)


func _greet(player: Player) -> void:
	said.emit("%s is in %s" % [player.nickname, name])


func _on_player_vanished(player: Node) -> void:
	said.emit("%s has left %s" % [(player as Player).nickname, name])


func _on_player_moved(player: Node) -> void:
	said.emit("%s is at %d in %s" % [(player as Player).nickname, (player as Player).place, name])
