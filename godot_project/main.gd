extends Node
## The beginning: a menu for people, or a part in the demo for a command line
## that names a role.

const Actor := preload("res://demo/actor.gd")
const ClientActor := preload("res://demo/client_actor.gd")
const Game := preload("res://game/game.gd")
const LaunchOptions := preload("res://net/launch_options.gd")
const Menu := preload("res://ui/menu.gd")
const ServerActor := preload("res://demo/server_actor.gd")
const Session := preload("res://net/session.gd")
const GAME_SCENE := preload("res://game/game.tscn")

## Of a demo window, so that four fit on a screen.
const DEMO_WINDOW_SIZE := Vector2i(768, 432)
## How long a window stays open after a failure, for people to read why.
const READING_SECONDS := 4.0

var _options: LaunchOptions
var _game: Game
var _actor: Actor
var _player_name := ""

@onready var _menu: Menu = $Menu
@onready var _session: Session = $Session


func _ready() -> void:
	_options = LaunchOptions.parse(OS.get_cmdline_user_args())
	var headless := DisplayServer.get_name() == "headless"
	if _options.complaint.is_empty() and headless and _options.role.is_empty():
		_options.complaint = "Without a window, say --role=server or --role=client."
	if not _options.complaint.is_empty():
		printerr(_options.complaint)
		get_tree().quit(2)
		return
	_session.peer_class = _options.peer_class
	if _options.role.is_empty():
		_open_menu()
	else:
		_open_demo()


func _notification(what: int) -> void:
	if what == NOTIFICATION_WM_CLOSE_REQUEST:
		_on_close_requested()


func _open_menu() -> void:
	_session.joined.connect(_on_joined)
	_session.ended.connect(_close_game, CONNECT_DEFERRED)
	_menu.host_requested.connect(_on_host_requested)
	_menu.join_requested.connect(_on_join_requested)
	var address := "127.0.0.1" if _options.address.is_empty() else _options.address
	_menu.fill(_options.player_name, address, _options.port)


func _open_demo() -> void:
	get_tree().auto_accept_quit = false
	_open_game()
	_game.hud.set_spectating()
	_actor = ServerActor.new() if _options.role == "server" else ClientActor.new()
	_actor.options = _options
	_actor.session = _session
	_actor.game = _game
	_actor.finished.connect(_on_demo_finished)
	add_child(_actor)
	if _actor.has_window():
		_place_window()
	_actor.play()


## Gives each demo window a corner of the screen of its own.
func _place_window() -> void:
	var window := get_window()
	var screen := DisplayServer.screen_get_usable_rect(window.current_screen)
	var corners := {"first": Vector2i(1, 0), "leaver": Vector2i(0, 1), "late": Vector2i(1, 1)}
	var corner: Vector2i = Vector2i.ZERO if _options.role == "server" else corners[_options.part]
	window.title = _actor.get_who().capitalize()
	window.size = DEMO_WINDOW_SIZE.min(screen.size / 2)
	window.position = screen.position + corner * (screen.size - window.size)


func _open_game() -> void:
	_menu.hide()
	_game = GAME_SCENE.instantiate()
	add_child(_game)
	_game.hud.leave_requested.connect(_on_leave_requested, CONNECT_DEFERRED)


func _close_game(reason: String) -> void:
	if _game != null:
		# Freed at once: the next game must find its own name free.
		_game.free()
		_game = null
	_menu.open(reason)


func _on_host_requested(player_name: String, port: int) -> void:
	_open_game()
	var failure := _session.host(port)
	if not failure.is_empty():
		_close_game(failure)
		return
	_game.hud.set_status("You host the game on %s." % _session.place)
	_game.enter(player_name)


func _on_join_requested(player_name: String, address: String, port: int) -> void:
	_player_name = player_name
	# The game must be there before the server begins to speak of it.
	_open_game()
	_game.hide()
	_game.hud.hide()
	_menu.show()
	var failure := _session.join(address, port)
	if failure.is_empty():
		_menu.wait("Connecting to %s ..." % _session.place)
	else:
		_close_game(failure)


func _on_joined() -> void:
	_menu.hide()
	_game.show()
	_game.hud.show()
	_game.hud.set_status("You play at %s." % _session.place)
	_game.enter(_player_name)


func _on_leave_requested() -> void:
	_session.leave()
	_close_game("")


func _on_close_requested() -> void:
	if _actor is ServerActor:
		_actor.hurry()
	elif _actor != null:
		_actor.give_up("The window was closed.")


func _on_demo_finished(exit_code: int) -> void:
	if exit_code != 0 and _actor.has_window():
		await get_tree().create_timer(READING_SECONDS).timeout
	get_tree().quit(exit_code)
