extends Node
## What the demo's server and its clients have in common: they follow a script,
## wait for what should happen, and keep a list of what they have seen.

## The script has ended, well or badly; the summary has been printed.
signal finished(exit_code: int)

const Bots := preload("res://bots/bots.gd")
const Failure := preload("res://net/failure.gd")
const LaunchOptions := preload("res://net/launch_options.gd")
const Meter := preload("res://net/meter.gd")
const Player := preload("res://game/player.gd")
const PlayScreen := preload("res://ui/play_screen.gd")
const Seat := preload("res://net/seat.gd")
const Session := preload("res://net/session.gd")
const World := preload("res://game/world.gd")

const CONNECTED := "connected"
const PLAYERS_SPAWNED := "players spawned"
const MOVES_SEEN := "saw others move"
const CHAT_HEARD := "chat from others"
const STATE_SHOWN := "late joiner sees all"
const LEAVING_SEEN := "peer left seen"
const ENDED_WELL := "ended in order"

## How far a player must have gone to count as moving, in pixels.
const FAR := 40.0
## How long anything may take, in seconds: on a busy machine a browser alone needs a quarter of it for its start.
const PATIENCE := 40.0
## With windows, people close some and look at others.
const PATIENCE_WITH_WINDOWS := 60.0

var options: LaunchOptions
var seat: Seat
var bots: Bots
var meter: Meter
## Where people can look on, if there is a window.
var screen: PlayScreen
var session: Session
var world: World

## The name of each check, and whether it has come true.
var checks := {}
## What else is worth a line in the summary.
var saw := {}

var _complaint := ""
var _first_seen := {}
var _travelled := {}


func _ready() -> void:
	session = seat.session
	world = seat.world
	world.player_joined.connect(_on_player_joined)
	world.player_left.connect(_on_player_left)
	session.ended.connect(_on_session_ended)


func _process(_delta: float) -> void:
	for player in world.get_players():
		var way := player.position.distance_to(_first_seen[player.peer_id])
		_travelled[player.peer_id] = maxf(_travelled[player.peer_id], way)


## Runs the whole script; overridden by each role.
func play() -> void:
	pass


## Names the checks that must have come true in the end.
func expect(names: Array[String]) -> void:
	for check in names:
		checks[check] = false


## Marks a check as come true.
func pass_check(check: String) -> void:
	checks[check] = true


## Waits until [param condition] holds. Answers false when that takes too long
## or the script was given up; [param what] then is what was missing.
func until(what: String, condition: Callable) -> bool:
	var patience := PATIENCE_WITH_WINDOWS if has_window() else PATIENCE
	var deadline := Time.get_ticks_msec() + int(patience * 1000.0)
	while _complaint.is_empty() and not condition.call():
		await get_tree().process_frame
		if Time.get_ticks_msec() > deadline:
			give_up("Waited %d s in vain for %s." % [int(patience), what])
	return _complaint.is_empty()


## Ends the script early.
func give_up(reason: String) -> void:
	if _complaint.is_empty():
		_complaint = reason


func has_given_up() -> bool:
	return not _complaint.is_empty()


## How far a player has gone from where we first saw it, in pixels.
func get_travelled(peer_id: int) -> float:
	return _travelled.get(peer_id, 0.0)


func has_window() -> bool:
	return DisplayServer.get_name() != "headless"


## Tells people what happens: on the terminal, and in the status bar.
func narrate(text: String) -> void:
	print(text)
	if has_window():
		screen.set_status("%s: %s" % [get_who().capitalize(), text])


## Prints the summary and ends the script.
func finish() -> void:
	if has_given_up():
		narrate(_complaint)
		saw["gave up"] = _complaint
	var good := not has_given_up() and not checks.values().has(false)
	var summary := {"who": get_who(), "checks": checks, "saw": saw}
	print("SUMMARY " + JSON.stringify(summary, "", false))
	finished.emit(0 if good else 1)


## What the summary calls this process.
func get_who() -> String:
	return options.settings.player_name


## Those who play the demo's script; bots only fill the arena.
func get_cast() -> Array[Player]:
	return world.get_players().filter(func(player: Player) -> bool: return not player.is_bot)


## Opens the arena to those who look on.
func open_screen() -> void:
	if has_window():
		session.settings = options.settings
		screen.open(seat, meter)
		screen.set_spectating()
		screen.show()


func _on_player_joined(player: Player) -> void:
	_first_seen[player.peer_id] = player.position
	_travelled[player.peer_id] = 0.0


func _on_player_left(_player: Player) -> void:
	pass


func _on_session_ended(failure: Failure) -> void:
	give_up("%s: %s" % [failure.title, failure.reason])
