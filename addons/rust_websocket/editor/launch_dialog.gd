@tool
extends ConfirmationDialog
## How the project is run as a server and clients. What was chosen last is remembered for the project.

const SECTION := "rust_websocket"
const HELP := "The arguments are for the game: OS.get_cmdline_user_args() has them. In those of the clients {port} is the\
 port that the server listens on, and {number} the client's own, from 1 on."

var _clients := SpinBox.new()
var _server_arguments := LineEdit.new()
var _client_arguments := LineEdit.new()
var _tiles := CheckBox.new()


func _init() -> void:
	title = "Run as Server and Clients"
	ok_button_text = "Run"


func _ready() -> void:
	var settings := EditorInterface.get_editor_settings()
	var grid := GridContainer.new()
	grid.columns = 2
	_clients.min_value = 1
	_clients.max_value = 16
	_clients.value = settings.get_project_metadata(SECTION, "clients", 2)
	_add(grid, "Clients", _clients)
	_server_arguments.text = settings.get_project_metadata(SECTION, "server_arguments", "--server")
	_add(grid, "Arguments of the server", _server_arguments)
	_client_arguments.text = settings.get_project_metadata(SECTION, "client_arguments", "--client --port={port}")
	_add(grid, "Arguments of each client", _client_arguments)
	_tiles.text = "Side by side"
	_tiles.button_pressed = settings.get_project_metadata(SECTION, "tiles", true)
	_add(grid, "Windows", _tiles)
	var box := VBoxContainer.new()
	box.add_child(grid)
	var help := Label.new()
	help.text = HELP
	help.autowrap_mode = TextServer.AUTOWRAP_WORD_SMART
	help.custom_minimum_size.x = 460.0 * EditorInterface.get_editor_scale()
	box.add_child(help)
	add_child(box)
	confirmed.connect(_remember)


## What was chosen.
func get_plan() -> Dictionary:
	return {
		"clients": int(_clients.value),
		"server_arguments": _server_arguments.text,
		"client_arguments": _client_arguments.text,
		"tiles": _tiles.button_pressed,
	}


func _add(grid: GridContainer, text: String, control: Control) -> void:
	var label := Label.new()
	label.text = text
	grid.add_child(label)
	control.custom_minimum_size.x = 280.0 * EditorInterface.get_editor_scale()
	grid.add_child(control)


func _remember() -> void:
	var plan := get_plan()
	for key: String in plan:
		EditorInterface.get_editor_settings().set_project_metadata(SECTION, key, plan[key])
