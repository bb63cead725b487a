extends Node
## The time from a call to its answer, frames on both sides included, as the game feels it.
## Works with any class; a server asks its peers in turn.

const World := preload("res://game/world.gd")

const SERVER := 1
const INTERVAL := 0.25
const SMOOTHING := 0.3

## In milliseconds, smoothed; negative until the first answer.
var rtt := -1.0

var _wait := 0.0
var _turn := 0

@onready var _world: World = get_parent()


func _ready() -> void:
	set_process(not _world.is_bot)


func _process(delta: float) -> void:
	_wait -= delta
	var peers := multiplayer.get_peers()
	if _wait > 0.0 or peers.is_empty():
		return
	_wait = INTERVAL
	_turn = (_turn + 1) % peers.size()
	var whom := peers[_turn] if multiplayer.is_server() else SERVER
	_ask.rpc_id(whom, Time.get_ticks_usec())


@rpc("any_peer", "unreliable")
func _ask(asked_usec: int) -> void:
	_answer.rpc_id(multiplayer.get_remote_sender_id(), asked_usec)


@rpc("any_peer", "unreliable")
func _answer(asked_usec: int) -> void:
	var milliseconds := (Time.get_ticks_usec() - asked_usec) / 1000.0
	if milliseconds < 0.0:
		return
	rtt = milliseconds if rtt < 0.0 else lerpf(rtt, milliseconds, SMOOTHING)
