@tool
extends Node
## Runs the project as one server and several clients, each in a window of its own.
##
## The server is the editor's own run, so that its debugger is there. As soon as that listens, the clients are started as
## further processes, which the same debugger gets as sessions of their own. What a client writes goes into the editor's
## output, with its name before each line.

const Dialog := preload("launch_dialog.gd")
const DebuggerPlugin := preload("debugger_plugin.gd")

## How long a server may take to listen, in seconds.
const PATIENCE := 30.0
## How often logs and processes are looked at, in seconds.
const INTERVAL := 0.25
## What the engine calls before it runs a project; older ones do not.
const HOOK := "_run_scene"

var debugger: DebuggerPlugin

var _dialog: Dialog
var _plan := {}
var _deadline_msec := 0
## What the next run of the editor's is told.
var _server_arguments := PackedStringArray()
## By process id: the client's name, its log, and how much of that was read.
var _clients := {}
var _timer := Timer.new()


func _ready() -> void:
	_timer.wait_time = INTERVAL
	_timer.timeout.connect(_look)
	add_child(_timer)
	debugger.run_requested.connect(open)
	debugger.game_listens.connect(_on_game_listens)
	debugger.game_ended.connect(_on_game_ended)


func _exit_tree() -> void:
	stop()


## What the server is told, once, in place of what a run of the editor's is told otherwise.
func take_arguments(otherwise: PackedStringArray) -> PackedStringArray:
	var arguments := otherwise if _server_arguments.is_empty() else _server_arguments
	_server_arguments = PackedStringArray()
	return arguments


## Asks how to run, then runs.
func open() -> void:
	if not ClassDB.class_get_method_list("EditorPlugin", true).any(
			func(method: Dictionary) -> bool: return method.name == HOOK):
		push_error("This engine lets no plugin pass arguments to the game. Use Debug > Customize Run Instances instead.")
		return
	if _dialog == null:
		_dialog = Dialog.new()
		_dialog.confirmed.connect(func() -> void: run(_dialog.get_plan()))
		EditorInterface.get_base_control().add_child(_dialog)
	_dialog.popup_centered()


## Runs: [param plan] has [code]clients[/code], [code]server_arguments[/code], [code]client_arguments[/code], and
## [code]tiles[/code].
func run(plan: Dictionary) -> void:
	stop()
	_plan = plan
	_deadline_msec = Time.get_ticks_msec() + roundi(PATIENCE * 1000.0)
	_server_arguments = _arguments_of(0, plan, plan.server_arguments, 0)
	EditorInterface.play_main_scene()
	debugger.await_servers(true)
	_timer.start()


## Ends the clients.
func stop() -> void:
	_plan = {}
	debugger.await_servers(false)
	for pid: int in _clients.keys():
		_read(pid)
		if OS.is_process_running(pid):
			OS.kill(pid)
	_clients.clear()
	_timer.stop()


func get_clients() -> Dictionary:
	return _clients


func _on_game_listens(port: int) -> void:
	if _plan.is_empty():
		return
	var plan := _plan
	_plan = {}
	debugger.await_servers(false)
	for number: int in plan.clients:
		_start_client(number + 1, plan, port)


func _on_game_ended() -> void:
	if not EditorInterface.is_playing_scene():
		stop()


func _start_client(number: int, plan: Dictionary, port: int) -> void:
	var log_file := EditorInterface.get_editor_paths().get_cache_dir().path_join(
			"rust_websocket_client_%d_%d.log" % [OS.get_process_id(), number])
	if FileAccess.file_exists(log_file):
		DirAccess.remove_absolute(log_file)
	var arguments := PackedStringArray(["--path", ProjectSettings.globalize_path("res://"), "--log-file", log_file])
	arguments.append_array(["--remote-debug", get_address_of_debugger()])
	arguments.append_array(_arguments_of(number, plan, plan.client_arguments, port))
	var pid := OS.create_process(OS.get_executable_path(), arguments)
	if pid < 0:
		push_error("Client %d could not be started." % number)
		return
	_clients[pid] = {"name": "client %d" % number, "log": log_file, "read": 0}


## Where the window goes, and what the game is told.
static func _arguments_of(number: int, plan: Dictionary, text: String, port: int) -> PackedStringArray:
	var arguments := PackedStringArray()
	if plan.tiles:
		var tile := get_tile(number, plan.clients + 1)
		arguments.append_array(["--position", "%d,%d" % [tile.position.x, tile.position.y],
				"--resolution", "%dx%d" % [tile.size.x, tile.size.y]])
	var words := text.replace("{port}", str(port)).replace("{number}", str(number)).split(" ", false)
	if not words.is_empty():
		arguments.append("--")
		arguments.append_array(words)
	return arguments


## Where the editor's debugger listens, as long as no other editor has that port.
static func get_address_of_debugger() -> String:
	var settings := EditorInterface.get_editor_settings()
	return "tcp://%s:%d" % [settings.get_setting("network/debug/remote_host"), settings.get_setting("network/debug/remote_port")]


## The part of the screen that a window of this number gets.
static func get_tile(number: int, count: int) -> Rect2i:
	var screen := DisplayServer.screen_get_usable_rect(EditorInterface.get_base_control().get_window().current_screen)
	var per_row := ceili(sqrt(count))
	var rows := ceili(float(count) / per_row)
	var tile_size := Vector2i(screen.size.x / per_row, screen.size.y / rows)
	return Rect2i(screen.position + Vector2i(number % per_row, number / per_row) * tile_size, tile_size)


func _look() -> void:
	for pid: int in _clients.keys():
		_read(pid)
		if not OS.is_process_running(pid):
			_read(pid)
			var code := OS.get_process_exit_code(pid)
			if code != 0:
				push_error("[%s] ended with code %d." % [_clients[pid].name, code])
			_clients.erase(pid)
	if not _plan.is_empty() and Time.get_ticks_msec() > _deadline_msec:
		_plan = {}
		debugger.await_servers(false)
		push_error("No server of this addon listened within %d seconds, so no client was started. What the first process is"
				% roundi(PATIENCE) + " told has to make it a server.")
	if _plan.is_empty() and _clients.is_empty():
		_timer.stop()


## Takes over what a client has written since.
func _read(pid: int) -> void:
	var client: Dictionary = _clients[pid]
	var file := FileAccess.open(client.log, FileAccess.READ)
	if file == null:
		return
	file.seek(client.read)
	var text := file.get_buffer(file.get_length() - client.read).get_string_from_utf8()
	var whole := text.rfind("\n") + 1
	client.read += text.left(whole).to_utf8_buffer().size()
	for line in text.left(whole).split("\n", false):
		if line.contains("ERROR:"):
			printerr("[%s] %s" % [client.name, line])
		else:
			print("[%s] %s" % [client.name, line])
