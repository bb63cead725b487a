extends Node
## A server beside the game in the same process, with a few bots: somebody to join.

const Bots := preload("res://bots/bots.gd")
const ConnectionSettings := preload("res://net/connection_settings.gd")
const Pump := preload("res://net/pump.gd")
const Seat := preload("res://net/seat.gd")
const SEAT_SCENE := preload("res://net/seat.tscn")

## What the last words need to arrive, in seconds.
const GOODBYE_SECONDS := 0.2

var pump: Pump

var _seat: Seat
var _bots: Bots


func _ready() -> void:
	_bots = Bots.new()
	_bots.pump = pump
	add_child(_bots)


## Opens a server with so many bots on it.
func open(settings: ConnectionSettings, bot_count: int) -> void:
	_seat = SEAT_SCENE.instantiate()
	add_child(_seat)
	pump.add_bot(_seat.multiplayer)
	_seat.open_world()
	var failure := _seat.session.host(settings, "127.0.0.1")
	if failure != null:
		push_error(failure.reason)
		return
	_bots.start(settings, get_port(), bot_count)


func get_port() -> int:
	return _seat.session.get_port()


func get_player_count() -> int:
	return _seat.world.get_players().size()


## Begins the first round, of so many seconds.
func begin(seconds: float) -> void:
	_seat.world.rounds.play_seconds = seconds
	_seat.world.rounds.begin()


## Lets the first bots say something.
static func chat(among: Bots, lines: Array[String]) -> void:
	for index in lines.size():
		var bot: Bots.Bot = among.get_child(index)
		bot.seat.world.chat.say(lines[index])


## Sends everybody away.
func close(last_words: String) -> void:
	if not last_words.is_empty():
		_seat.world.dismiss(last_words)
		await get_tree().create_timer(GOODBYE_SECONDS).timeout
	_bots.stop()
	pump.remove_bot(_seat.multiplayer)
	_seat.free()
	_seat = null
