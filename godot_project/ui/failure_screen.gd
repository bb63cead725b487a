extends Control
## Why there is no game: in words, with the facts, and two ways to go on.

const Failure := preload("res://net/failure.gd")

signal back_requested
signal retry_requested

@onready var _title: Label = %Title
@onready var _reason: Label = %Reason
@onready var _advice: Label = %Advice
@onready var _details: GridContainer = %Details
@onready var _back: Button = %Back
@onready var _retry: Button = %Retry


func _ready() -> void:
	_back.pressed.connect(func() -> void: back_requested.emit())
	_retry.pressed.connect(func() -> void: retry_requested.emit())


func open(failure: Failure) -> void:
	_title.text = failure.title
	_reason.text = failure.reason
	_advice.text = failure.advice
	for child in _details.get_children():
		child.free()
	for detail in failure.details:
		_add_cell(detail[0], &"Small")
		_add_cell(detail[1], &"SmallValue")
	_details.get_parent_control().visible = not failure.details.is_empty()
	_retry.grab_focus.call_deferred()


func _add_cell(text: String, variation: StringName) -> void:
	var cell := Label.new()
	cell.text = text
	cell.theme_type_variation = variation
	_details.add_child(cell)
