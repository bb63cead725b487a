extends Node
## The beginning: a menu for people, or a part to play for a command line that names a role.
##
## This file knows which screen comes after which. What happens on a screen, in a
## match or on the wire is known elsewhere.

const Actor := preload("res://demo/actor.gd")
const Bots := preload("res://bots/bots.gd")
const ClientActor := preload("res://demo/client_actor.gd")
const ConnectionSettings := preload("res://net/connection_settings.gd")
const Failure := preload("res://net/failure.gd")
const InputActions := preload("res://game/input_actions.gd")
const LaunchOptions := preload("res://net/launch_options.gd")
const Meter := preload("res://net/meter.gd")
const Player := preload("res://game/player.gd")
const Pump := preload("res://net/pump.gd")
const Rounds := preload("res://game/rounds.gd")
const Screens := preload("res://ui/screens.gd")
const Seat := preload("res://net/seat.gd")
const ServerActor := preload("res://demo/server_actor.gd")
const Tour := preload("res://demo/tour.gd")

## Of a demo window, so that four fit on a screen.
const DEMO_WINDOW_SIZE := Vector2i(768, 432)
## How long a window stays open after a failure, for people to read why.
const READING_SECONDS := 4.0
## What a host tells its guests when it goes.
const GOODBYE := "The host has ended the match"
## What that needs to arrive before the connections end, in seconds.
const GOODBYE_SECONDS := 0.1
## How many bots the menu offers, unless the command line says so.
const BOTS_OFFERED := 7

var options: LaunchOptions
var _settings: ConnectionSettings
var _is_host := false
var _actor: Actor

@onready var seat: Seat = $Seat
@onready var meter: Meter = $Meter
@onready var bots: Bots = $Bots
@onready var screens: Screens = $Screens
@onready var pump: Pump = $Pump


func _ready() -> void:
	InputActions.register()
	options = LaunchOptions.parse(OS.get_cmdline_user_args())
	var headless := DisplayServer.get_name() == "headless"
	if options.complaint.is_empty() and headless and options.role.is_empty():
		options.complaint = "Without a window, say --role=server or --role=client."
	if not options.complaint.is_empty():
		printerr(options.complaint)
		get_tree().quit(2)
		return
	_settings = options.settings
	pump.set_own(seat.multiplayer)
	meter.follow(seat, pump)
	bots.pump = pump
	match options.role:
		"server", "client":
			_open_demo()
		"host":
			_open_game_for_people()
			host(_settings)
		"tour":
			_open_game_for_people()
			_open_tour()
		_:
			if _settings.bots == 0:
				_settings.bots = BOTS_OFFERED
			_open_game_for_people()


func _notification(what: int) -> void:
	if what == NOTIFICATION_WM_CLOSE_REQUEST:
		_on_close_requested()


## Opens a match on this machine, with its bots.
func host(settings: ConnectionSettings) -> void:
	_settings = settings
	_is_host = true
	_open_world()
	var failure := seat.session.host(settings)
	if failure != null:
		fail(failure)
		return
	if DisplayServer.get_name() == "headless":
		# Nobody sits here who would play, or press a button when the others are there.
		seat.world.player_joined.connect(func(player: Player) -> void:
			if not player.is_bot and seat.world.rounds.phase == Rounds.Phase.LOBBY:
				print("%s has come, and the match begins" % player.player_name)
				seat.world.rounds.begin())
	else:
		seat.world.enter(settings.player_name)
	bots.start(settings, seat.session.get_port(), settings.bots)
	_show_match()
	if options.role == "host":
		print("LISTENING %d" % seat.session.get_port())


## Begins to join a match.
func join(settings: ConnectionSettings) -> void:
	_settings = settings
	_is_host = false
	# The world must be there before the server begins to speak of it.
	_open_world()
	screens.connecting.open(settings)
	screens.show_only(screens.connecting)
	var failure := seat.session.join(settings)
	if failure != null:
		fail(failure)


## Leaves whatever there is, for the menu.
func leave() -> void:
	if _is_host and seat.session.is_online():
		seat.world.dismiss(GOODBYE)
		await get_tree().create_timer(GOODBYE_SECONDS).timeout
	bots.stop()
	seat.session.leave()
	seat.close_world()
	_show_menu()


## Leaves whatever there is, and says why.
func fail(failure: Failure) -> void:
	bots.stop()
	seat.session.leave()
	seat.close_world()
	if DisplayServer.get_name() == "headless":
		# Nobody sees a screen.
		printerr("%s. %s %s" % [failure.title, failure.reason, failure.advice])
		get_tree().quit(1)
		return
	screens.failure_screen.open(failure)
	screens.show_only(screens.failure_screen)


func _open_world() -> void:
	seat.open_world()
	seat.world.rounds.phase_changed.connect(_on_phase_changed)
	meter.follow(seat, pump)
	screens.lobby.chat_box.follow(seat.world)
	screens.play_screen.chat_box.follow(seat.world)


func _open_game_for_people() -> void:
	seat.session.joined.connect(_on_joined)
	seat.session.ended.connect(fail, CONNECT_DEFERRED)
	screens.menu.host_requested.connect(host)
	screens.menu.join_requested.connect(join)
	screens.connecting.cancelled.connect(leave)
	screens.lobby.leave_requested.connect(leave)
	screens.play_screen.leave_requested.connect(leave)
	screens.failure_screen.back_requested.connect(_show_menu)
	screens.failure_screen.retry_requested.connect(_on_retry_requested)
	_show_menu()


func _show_menu() -> void:
	screens.menu.fill(_settings)
	screens.show_only(screens.menu)
	screens.menu.focus()


## The lobby before the first round, the arena from then on.
func _show_match() -> void:
	if seat.world.rounds.phase == Rounds.Phase.LOBBY:
		screens.lobby.open(seat, meter)
		screens.show_only(screens.lobby)
	elif screens.get_current() != screens.play_screen:
		screens.play_screen.open(seat, meter)
		screens.show_only(screens.play_screen)


func _open_demo() -> void:
	get_tree().auto_accept_quit = false
	_open_world()
	_actor = ServerActor.new() if options.role == "server" else ClientActor.new()
	_actor.options = options
	_actor.seat = seat
	_actor.bots = bots
	_actor.meter = meter
	_actor.screen = screens.play_screen
	_actor.finished.connect(_on_demo_finished)
	add_child(_actor)
	if _actor.has_window():
		_place_window()
	_actor.play()


func _open_tour() -> void:
	var tour := Tour.new()
	tour.main = self
	add_child(tour)
	tour.finished.connect(func(exit_code: int) -> void: get_tree().quit(exit_code))
	tour.walk()


## Gives each demo window a corner of the screen of its own.
func _place_window() -> void:
	var window := get_window()
	var screen := DisplayServer.screen_get_usable_rect(window.current_screen)
	var corners := {"first": Vector2i(1, 0), "leaver": Vector2i(0, 1), "late": Vector2i(1, 1)}
	var corner: Vector2i = Vector2i.ZERO if options.role == "server" else corners[options.part]
	window.title = _actor.get_who().capitalize()
	window.size = DEMO_WINDOW_SIZE.min(screen.size / 2)
	window.position = screen.position + corner * (screen.size - window.size)


func _on_joined() -> void:
	seat.world.enter(_settings.player_name)
	_show_match()


func _on_phase_changed(_phase: Rounds.Phase) -> void:
	if seat.session.is_online() and _actor == null:
		_show_match()


func _on_retry_requested() -> void:
	if _is_host:
		host(_settings)
	else:
		join(_settings)


func _on_close_requested() -> void:
	if _actor is ServerActor:
		_actor.hurry()
	elif _actor != null:
		_actor.give_up("The window was closed.")


func _on_demo_finished(exit_code: int) -> void:
	if exit_code != 0 and _actor.has_window():
		await get_tree().create_timer(READING_SECONDS).timeout
	get_tree().quit(exit_code)
