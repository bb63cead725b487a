extends Node
## The course of a match: lobby, then rounds of a minute with their results.
## The server keeps the time; a synchronizer tells the others.

signal phase_changed(phase: Phase)

enum Phase { LOBBY, COUNTDOWN, PLAY, RESULTS }

## How long each phase lasts, in seconds.
const COUNTDOWN_SECONDS := 3.0
const PLAY_SECONDS := 60.0
const RESULTS_SECONDS := 8.0

var phase := Phase.LOBBY:
	set(value):
		if phase != value:
			phase = value
			phase_changed.emit(value)
## Counted from one.
var number := 0
## Whole seconds until the phase ends, or -1 if nothing ends it.
var seconds_left := -1
## Shorter rounds are for those who show the game.
var play_seconds := PLAY_SECONDS

var _left := INF


func _physics_process(delta: float) -> void:
	if not multiplayer.is_server() or is_inf(_left):
		return
	_left -= delta
	if _left <= 0.0:
		_go_on()
	seconds_left = -1 if is_inf(_left) else ceili(_left)


## Leaves the lobby; on the server only.
func begin() -> void:
	if phase == Phase.LOBBY:
		_count_down()


## One round without an end; on the server only.
func play_endlessly() -> void:
	_enter(Phase.PLAY, INF)


## Whether players can move.
func is_playing() -> bool:
	return phase == Phase.PLAY


func _go_on() -> void:
	match phase:
		Phase.COUNTDOWN:
			_enter(Phase.PLAY, play_seconds)
		Phase.PLAY:
			_enter(Phase.RESULTS, RESULTS_SECONDS)
		Phase.RESULTS:
			_count_down()


func _count_down() -> void:
	number += 1
	_enter(Phase.COUNTDOWN, COUNTDOWN_SECONDS)


func _enter(next: Phase, seconds: float) -> void:
	_left = seconds
	seconds_left = -1 if is_inf(seconds) else ceili(seconds)
	phase = next
