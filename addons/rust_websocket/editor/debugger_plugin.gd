@tool
extends EditorDebuggerPlugin
## Adds the tab *Network* to each session of the debugger, and passes messages between it and the game.

const NetworkTab := preload("network_tab.gd")
const CAPTURE := "rust_websocket"

## A tab asked for the game to be run as a server and clients.
signal run_requested
## A game listens on this port.
signal game_listens(port: int)
## A game has ended.
signal game_ended

var _tabs := {}


func _setup_session(session_id: int) -> void:
	var session := get_session(session_id)
	var tab := NetworkTab.new()
	tab.name = "Network"
	tab.asked.connect(func(message: String, data: Array) -> void:
		if session.is_active() and not session.is_breaked():
			session.send_message("%s:%s" % [CAPTURE, message], data))
	tab.run_requested.connect(func() -> void: run_requested.emit())
	session.started.connect(tab.begin)
	session.stopped.connect(func() -> void:
		tab.end()
		game_ended.emit())
	tab.listens.connect(func(port: int) -> void: game_listens.emit(port))
	session.add_session_tab(tab)
	_tabs[session_id] = tab


## Has every session look for servers, whether its tab is visible or not.
func await_servers(is_awaited: bool) -> void:
	for tab: NetworkTab in _tabs.values():
		tab.is_awaited = is_awaited


func _has_capture(capture: String) -> bool:
	return capture == CAPTURE


func _capture(message: String, data: Array, session_id: int) -> bool:
	if message != CAPTURE + ":state" or not _tabs.has(session_id):
		return false
	_tabs[session_id].show_state(data)
	return true
