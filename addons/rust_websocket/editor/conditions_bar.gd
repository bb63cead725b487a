@tool
extends HBoxContainer
## Simulated conditions of one server or client: none, a ready-made link, or numbers by hand.

## These are to be set in the game.
signal chosen(conditions: Dictionary)

const NONE := "No simulated conditions"
const BY_HAND := "By hand..."
## What can be set: the key, the unit, the step, and the most.
const NUMBERS: Array[Array] = [
	["latency", "s", 0.005, 10.0],
	["jitter", "s", 0.005, 10.0],
	["bandwidth", "bytes/s", 1000.0, 1e9],
	["loss", "", 0.005, 0.5],
	["stall_every", "s", 0.1, 3600.0],
	["stall_for", "s", 0.1, 600.0],
	["cut_after", "s", 0.1, 3600.0],
]

var _choice := OptionButton.new()
var _dialog: ConfirmationDialog
var _boxes := {}
var _current := {}
## Ready-made links, by name; the game says which there are.
var _presets := {}


func _ready() -> void:
	_choice.tooltip_text = "Makes the connections of this server or client worse, as a bad link would"
	_choice.item_selected.connect(_on_item_selected)
	add_child(_choice)
	_fill()


## Shows what holds in the game, and which ready-made links there are.
func show_conditions(conditions: Dictionary, presets: Dictionary) -> void:
	if _choice.get_popup().visible:
		return
	if presets.keys() != _presets.keys():
		_presets = presets
		_fill()
	_current = conditions
	var preset := _presets.values().find(conditions)
	_choice.select(0 if conditions.is_empty() else _choice.item_count - 1 if preset < 0 else preset + 1)


func _fill() -> void:
	_choice.clear()
	_choice.add_item(NONE)
	for preset: String in _presets:
		_choice.add_item(preset.capitalize())
	_choice.add_item(BY_HAND)


func _on_item_selected(index: int) -> void:
	if index == 0:
		chosen.emit({})
	elif index < _choice.item_count - 1:
		chosen.emit(_presets.values()[index - 1])
	else:
		_open_dialog()


func _open_dialog() -> void:
	if _dialog == null:
		_dialog = _build_dialog()
		add_child(_dialog)
	for key: String in _boxes:
		_boxes[key].value = _current.get(key, 0.0)
	_dialog.popup_centered()


func _build_dialog() -> ConfirmationDialog:
	var dialog := ConfirmationDialog.new()
	dialog.title = "Simulated Conditions"
	var grid := GridContainer.new()
	grid.columns = 2
	for number in NUMBERS:
		var label := Label.new()
		label.text = number[0]
		grid.add_child(label)
		var box := SpinBox.new()
		box.suffix = number[1]
		box.step = number[2]
		box.max_value = number[3]
		box.custom_minimum_size.x = 160.0 * EditorInterface.get_editor_scale()
		grid.add_child(box)
		_boxes[number[0]] = box
	dialog.add_child(grid)
	dialog.confirmed.connect(_on_confirmed)
	return dialog


func _on_confirmed() -> void:
	var conditions := {}
	for key: String in _boxes:
		if _boxes[key].value > 0.0:
			conditions[key] = _boxes[key].value
	chosen.emit(conditions)
