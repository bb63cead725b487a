extends Node
## All bots of this process. They come one after another, as players do.

const Bot := preload("res://bots/bot.gd")
const BOT_SCENE := preload("res://bots/bot.tscn")
const ConnectionSettings := preload("res://net/connection_settings.gd")
const Failure := preload("res://net/failure.gd")
const Pump := preload("res://net/pump.gd")

## One of them could not play on.
signal bot_gave_up(failure: Failure)

## Seconds between two arrivals.
const INTERVAL := 0.05

const NAMES: Array[String] = [
	"Altair", "Bellatrix", "Capella", "Deneb", "Electra", "Furud", "Gacrux", "Hadar",
	"Izar", "Jabbah", "Kochab", "Lesath", "Mimosa", "Nashira", "Okab", "Polaris",
	"Rigel", "Sirius", "Tarazed", "Unukalhai", "Vega", "Wezen", "Zosma", "Adhara",
	"Castor", "Dubhe", "Mira", "Regulus", "Spica", "Thuban", "Procyon",
]

## Polls their branches.
var pump: Pump

var _settings: ConnectionSettings
var _wanted := 0
var _wait := 0.0


func _process(delta: float) -> void:
	_wait -= delta
	if get_child_count() < _wanted and _wait <= 0.0:
		_wait = INTERVAL
		_add()


## Sends [param count] bots to the server of these settings, on this machine.
func start(settings: ConnectionSettings, port: int, count: int) -> void:
	stop()
	_settings = settings.copy()
	_settings.address = "127.0.0.1"
	_settings.port = port
	# The host's end makes their links bad enough.
	_settings.link = ""
	_wanted = count


## Takes all of them out of the game.
func stop() -> void:
	_wanted = 0
	for bot: Bot in get_children():
		pump.remove_bot(bot.seat.multiplayer)
		bot.free()


func _add() -> void:
	var bot: Bot = BOT_SCENE.instantiate()
	bot.name = "Bot%d" % get_child_count()
	add_child(bot)
	pump.add_bot(bot.seat.multiplayer)
	bot.gave_up.connect(_on_gave_up)
	var settings: ConnectionSettings = _settings.copy()
	settings.player_name = NAMES[bot.get_index() % NAMES.size()]
	bot.play(settings)


func _on_gave_up(failure: Failure) -> void:
	bot_gave_up.emit(failure)
