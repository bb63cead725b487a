@tool
extends EditorPlugin
## A person in front of the editor. With `--walk`: runs the project as a server and two clients, opens the tab, sorts, sets
## conditions, takes a picture, and stops the game. What the tab says is printed. With `--play`: presses the key that plays the
## project, and stops it once it plays.

const Launcher := preload("res://addons/rust_websocket/editor/launcher.gd")
const NetworkTab := preload("res://addons/rust_websocket/editor/network_tab.gd")
const CLIENTS := 2
## How long anything may take, in seconds.
const PATIENCE := 60.0
## How long the plots are filled for the picture, in seconds.
const COURSE := 12.0


func _ready() -> void:
	# Only when a test asks for it: the editor of whoever opens this project is left alone.
	var arguments := OS.get_cmdline_user_args()
	if arguments.has("--walk") or arguments.has("--play"):
		(_walk if arguments.has("--walk") else _play).call_deferred()


## A person sees the editor once it has looked through the project.
func _sit_down() -> void:
	var files := EditorInterface.get_resource_filesystem()
	await _until("the project's files", func() -> bool:
		return not files.is_scanning() and files.get_filesystem().get_file_count() > 0)


func _play() -> void:
	await _sit_down()
	# The key means nothing to an editor that is still busy with its start.
	await _until("the key to be taken", func() -> bool:
		if not EditorInterface.is_playing_scene():
			_press(KEY_B if OS.get_name() == "macOS" else KEY_F5, OS.get_name() == "macOS")
		return EditorInterface.is_playing_scene())
	# Only a game that plays can tell a tab of its server.
	await _until("a server in the game that plays", func() -> bool:
		for tab: NetworkTab in _find_all(func(node: Node) -> bool: return node is NetworkTab):
			tab.is_awaited = true
		return _find(_has_server) != null)
	EditorInterface.stop_playing_scene()
	await _until("the game to end", func() -> bool: return not EditorInterface.is_playing_scene())
	print("PLAYED")
	get_tree().quit()


func _press(key: Key, with_command: bool) -> void:
	for pressed: bool in [true, false]:
		var event := InputEventKey.new()
		event.keycode = key
		event.physical_keycode = key
		event.meta_pressed = with_command
		event.pressed = pressed
		Input.parse_input_event(event)


func _walk() -> void:
	await _sit_down()
	var launcher: Launcher = _find(func(node: Node) -> bool: return node is Launcher)
	launcher.run({"clients": CLIENTS, "server_arguments": "--server", "client_arguments": "--port={port}", "tiles": true})
	await _until("all clients to be started", func() -> bool: return launcher.get_clients().size() == CLIENTS)
	var tab := await _open_tab()
	var table: Tree = tab._table
	await _until("both clients in the table", func() -> bool: return table.get_texts().size() == CLIENTS)
	await _until("round trips and traffic", func() -> bool: return table.get_texts().all(
			func(cells: PackedStringArray) -> bool: return cells[3].ends_with(" ms") and cells[7].contains("kB")))
	await _until("a packet that was refused", func() -> bool: return table.get_texts().any(
			func(cells: PackedStringArray) -> bool: return cells[9] == "1"))
	var edge := tab.get_global_rect().end.x
	if edge > get_tree().root.size.x:
		_fail("the tab ends at %d, outside of the window" % edge)
		return
	print("TAB %s" % JSON.stringify({"summary": tab._summary.text, "rows": table.get_texts(),
			"events": tab._events.get_parsed_text()}))
	table.sort_by(0, true)
	var ids: Array = table.get_texts().map(func(cells: PackedStringArray) -> int: return int(cells[0]))
	if ids.size() != CLIENTS or ids[0] < ids[1]:
		_fail("the table is not sorted, or somebody is missing: %s" % [ids])
		return
	if tab._conditions.visible:
		tab._conditions.chosen.emit({"latency": 0.05})
		await _until("the conditions to hold", func() -> bool:
			return tab._endpoints[tab._chosen].conditions.get("latency", 0.0) == 0.05)
		print("CONDITIONS HOLD")
	var began := Time.get_ticks_msec()
	await _until("the plots", func() -> bool: return Time.get_ticks_msec() - began > COURSE * 1000.0)
	_save_picture(tab)
	EditorInterface.stop_playing_scene()
	await _until("all clients to be ended", func() -> bool: return launcher.get_clients().is_empty())
	print("WALKED")
	get_tree().quit()


## The tab of the session that has the server.
func _open_tab() -> NetworkTab:
	await _until("a server in a tab", func() -> bool: return _find(_has_server) != null)
	var tab: NetworkTab = _find(_has_server)
	# The bottom panel first, then the session, then the tab in it.
	var node: Node = tab
	while node != null:
		var parent := node.get_parent()
		if parent is TabContainer:
			parent.current_tab = parent.get_tab_idx_from_control(node)
		node = parent
	for button: Button in _find_all(func(candidate: Node) -> bool: return candidate is Button and candidate.text.begins_with("Debugger")):
		if not button.button_pressed:
			button.button_pressed = true
	EditorInterface.distraction_free_mode = true
	await _until("the tab to be visible", func() -> bool: return tab.is_visible_in_tree())
	return tab


func _has_server(node: Node) -> bool:
	return node is NetworkTab and node._endpoints.values().any(
			func(endpoint: Dictionary) -> bool: return endpoint.is_server)


func _save_picture(tab: NetworkTab) -> void:
	for argument in OS.get_cmdline_user_args():
		if argument.begins_with("--picture="):
			var image := get_tree().root.get_texture().get_image().get_region(
					Rect2i(tab.get_global_rect().grow(4.0)).intersection(Rect2i(Vector2i.ZERO, get_tree().root.size)))
			image.convert(Image.FORMAT_RGB8)
			image.save_png(argument.trim_prefix("--picture="))
	print("SIZE %s %s" % [tab.size, EditorInterface.get_editor_scale()])


func _until(what: String, condition: Callable) -> void:
	var deadline := Time.get_ticks_msec() + roundi(PATIENCE * 1000.0)
	while not condition.call():
		await get_tree().process_frame
		if Time.get_ticks_msec() > deadline:
			_fail("waited in vain for %s" % what)
			# Nobody goes on from here.
			await get_tree().create_timer(PATIENCE).timeout


func _fail(why: String) -> void:
	print("FAILED %s" % why)
	for tab: NetworkTab in _find_all(func(node: Node) -> bool: return node is NetworkTab):
		print("TAB %s %s" % [tab._summary.text, tab._table.get_texts()])
	EditorInterface.stop_playing_scene()
	get_tree().quit(1)


func _find(is_wanted: Callable) -> Node:
	var found := _find_all(is_wanted)
	return null if found.is_empty() else found[0]


func _find_all(is_wanted: Callable) -> Array[Node]:
	var found: Array[Node] = []
	var waiting: Array[Node] = [get_tree().root]
	while not waiting.is_empty():
		var node: Node = waiting.pop_back()
		if is_wanted.call(node):
			found.append(node)
		waiting.append_array(node.get_children(true))
	return found
