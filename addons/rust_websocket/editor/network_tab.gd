@tool
extends VBoxContainer
## What one running game has to say of its servers and clients: a table of peers, the last minute, the last events.
##
## It asks while it is visible, twice a second, and is answered by the addon's library in the game. Hidden, it does nothing.

const ConditionsBar := preload("conditions_bar.gd")
const EventList := preload("event_list.gd")
const PeerTable := preload("peer_table.gd")
const Plot := preload("plot.gd")
const Rates := preload("rates.gd")

## To be sent to the game.
signal asked(message: String, data: Array)
## The game is to be run as a server and clients.
signal run_requested
## The game listens on this port.
signal listens(port: int)

const INTERVAL := 0.5
const IDLE := "No game runs. Start one from the editor, or as a server and clients."
const SILENT := "The game has no server or client of this addon yet."

## Somebody waits for [signal listens], seen or not.
var is_awaited := false:
	set(value):
		is_awaited = value
		_update_timer()

var _scale := EditorInterface.get_editor_scale()
var _is_running := false
## The last answer, by the key of each server or client.
var _endpoints := {}
var _chosen := 0
var _rates := Rates.new()
var _timer := Timer.new()
var _choice := OptionButton.new()
var _summary := Label.new()
var _conditions := ConditionsBar.new()
var _hint := Label.new()
var _body := HSplitContainer.new()
var _table := PeerTable.new()
var _events := EventList.new()
var _traffic_in := Plot.new()
var _traffic_out := Plot.new()
var _round_trip := Plot.new()
var _queue := Plot.new()


func _ready() -> void:
	_timer.wait_time = INTERVAL
	_timer.timeout.connect(_ask)
	add_child(_timer)
	_build_bar()
	_build_body()
	_hint.horizontal_alignment = HORIZONTAL_ALIGNMENT_CENTER
	_hint.vertical_alignment = VERTICAL_ALIGNMENT_CENTER
	_hint.size_flags_vertical = SIZE_EXPAND_FILL
	_hint.autowrap_mode = TextServer.AUTOWRAP_WORD_SMART
	add_child(_hint)
	visibility_changed.connect(_update_timer)
	_show()


## A game has started in this session.
func begin() -> void:
	_is_running = true
	_endpoints.clear()
	_rates.clear()
	_update_timer()
	_show()


## It has ended. What it said last stays to be read.
func end() -> void:
	_is_running = false
	_update_timer()
	_show()


## Takes the game's answer: a dictionary for each server and client.
func show_state(endpoints: Array) -> void:
	var now := Time.get_ticks_msec() / 1000.0
	_endpoints.clear()
	for endpoint: Dictionary in endpoints:
		_endpoints[endpoint.key] = endpoint
		_rates.take(endpoint, now)
		if endpoint.is_server and endpoint.status == "listens":
			listens.emit(endpoint.port)
	_show()


func _ask() -> void:
	asked.emit("look", [])


func _update_timer() -> void:
	var is_wanted := _is_running and (is_visible_in_tree() or is_awaited)
	if is_wanted and _timer.is_stopped():
		_ask()
		_timer.start()
	elif not is_wanted:
		_timer.stop()


func _build_bar() -> void:
	var bar := HFlowContainer.new()
	_choice.tooltip_text = "Which server or client of this game is shown"
	_choice.item_selected.connect(func(index: int) -> void:
		_chosen = _choice.get_item_metadata(index)
		_show())
	bar.add_child(_choice)
	_summary.size_flags_horizontal = SIZE_EXPAND_FILL
	_summary.clip_text = true
	_summary.custom_minimum_size.x = 200 * _scale
	bar.add_child(_summary)
	_conditions.chosen.connect(func(conditions: Dictionary) -> void: asked.emit("set_conditions", [_chosen, conditions]))
	bar.add_child(_conditions)
	var run := Button.new()
	run.text = "Run as Server and Clients..."
	run.tooltip_text = "Starts the project as one server and several clients, each in a window and a session of its own"
	run.pressed.connect(func() -> void: run_requested.emit())
	bar.add_child(run)
	add_child(bar)


func _build_body() -> void:
	_body.size_flags_vertical = SIZE_EXPAND_FILL
	var left := VSplitContainer.new()
	left.size_flags_horizontal = SIZE_EXPAND_FILL
	left.size_flags_stretch_ratio = 3.0
	_table.size_flags_vertical = SIZE_EXPAND_FILL
	_table.size_flags_stretch_ratio = 2.0
	left.add_child(_table)
	_events.size_flags_vertical = SIZE_EXPAND_FILL
	left.add_child(_events)
	_body.add_child(left)
	var plots := GridContainer.new()
	plots.columns = 2
	plots.size_flags_horizontal = SIZE_EXPAND_FILL
	_traffic_in.title = "In"
	_traffic_in.unit = "B/s"
	_traffic_out.title = "Out"
	_traffic_out.unit = "B/s"
	_round_trip.title = "Round trip"
	_round_trip.unit = "ms"
	_queue.title = "Queue"
	_queue.unit = "B"
	for plot: Plot in [_traffic_in, _traffic_out, _round_trip, _queue]:
		plots.add_child(plot)
	_body.add_child(plots)
	add_child(_body)


func _show() -> void:
	if not is_node_ready():
		return
	var has_endpoints := not _endpoints.is_empty()
	_body.visible = has_endpoints
	_choice.visible = has_endpoints
	_conditions.visible = false
	_hint.visible = not has_endpoints
	_hint.text = SILENT if _is_running else IDLE
	_summary.text = ""
	if not has_endpoints:
		return
	if not _endpoints.has(_chosen):
		# The latest is the one that a game that reconnects goes on with.
		_chosen = _endpoints.keys().back()
	_show_choice()
	var endpoint: Dictionary = _endpoints[_chosen]
	_summary.text = _describe(endpoint)
	_summary.tooltip_text = _summary.text
	_conditions.visible = _is_running and endpoint.conditions is Dictionary
	if _conditions.visible:
		_conditions.show_conditions(endpoint.conditions, endpoint.presets)
	_table.show_peers(endpoint, _rates.of_peers(_chosen))
	_events.show_events(endpoint.events)
	var now := Time.get_ticks_msec() / 1000.0
	_traffic_in.show_series(_rates.series(_chosen, "in"), now)
	_traffic_out.show_series(_rates.series(_chosen, "out"), now)
	_round_trip.show_series(_rates.series(_chosen, "rtt"), now)
	_queue.show_series(_rates.series(_chosen, "queue"), now)


func _show_choice() -> void:
	var keys := _endpoints.keys()
	if _choice.item_count != keys.size():
		_choice.clear()
		for key: int in keys:
			_choice.add_item("")
	for index in keys.size():
		var endpoint: Dictionary = _endpoints[keys[index]]
		var kind := "Server" if endpoint.is_server else "Client"
		_choice.set_item_text(index, "%s, %s" % [kind, endpoint.place])
		_choice.set_item_metadata(index, keys[index])
	_choice.select(keys.find(_chosen))


static func _describe(endpoint: Dictionary) -> String:
	var statistics: Dictionary = endpoint.statistics
	var parts := PackedStringArray()
	if endpoint.is_server:
		parts.append("%d peers" % statistics.peers if statistics.peers != 1 else "1 peer")
		if statistics.handshakes_pending > 0:
			parts.append("%d on the way" % statistics.handshakes_pending)
		parts.append("%d came in all" % statistics.handshakes_succeeded)
		var in_vain: int = statistics.handshakes_refused + statistics.handshakes_failed + statistics.handshakes_timed_out
		if in_vain > 0:
			parts.append("%d in vain" % in_vain)
	else:
		parts.append(endpoint.status if endpoint.unique_id == 0 else "%s as peer %d" % [endpoint.status, endpoint.unique_id])
	if endpoint.status == "disconnected" and not endpoint.failure.is_empty():
		parts.append(endpoint.failure)
	return ", ".join(parts)
