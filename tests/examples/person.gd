extends Node
## A person in front of an example's window: does what `--steps=` says, one step after the other, and prints what the
## example writes into its history.
##
## Steps are parted by `|`: `type:Address=text` writes into the field with that unique name, `press:Join` presses the
## button, `say:text` submits the line, `closed:Line` looks that nothing can be typed there, `see:text` waits until the
## history has it. Then comes `DONE`.

## It only ever passes when something is broken.
const PATIENCE_SECONDS := 30.0

@onready var _scene: Node = get_tree().current_scene
@onready var _history: RichTextLabel = _scene.get_node("%History")

var _shown := ""


func _ready() -> void:
	for argument: String in OS.get_cmdline_user_args():
		if argument.begins_with("--steps="):
			for step: String in argument.trim_prefix("--steps=").split("|"):
				await _do(step.get_slice(":", 0), step.substr(step.find(":") + 1))
	print("DONE")


func _process(_delta: float) -> void:
	var text := _history.get_parsed_text()
	for line: String in text.substr(_shown.length()).split("\n", false):
		print("HISTORY ", line)
	_shown = text


func _do(verb: String, what: String) -> void:
	match verb:
		"type":
			(_scene.get_node("%" + what.get_slice("=", 0)) as LineEdit).text = what.substr(what.find("=") + 1)
		"press":
			var button: Button = _scene.get_node("%" + what)
			if button.disabled:
				printerr("FAILED the button %s cannot be pressed" % what)
			button.pressed.emit()
		"say":
			var line: LineEdit = _scene.get_node("%Line")
			if not line.editable:
				printerr("FAILED nothing can be said")
			line.text_submitted.emit(what)
		"closed":
			if (_scene.get_node("%" + what) as LineEdit).editable:
				printerr("FAILED something can be typed into ", what)
		"see":
			var deadline := Time.get_ticks_msec() + int(PATIENCE_SECONDS * 1000.0)
			while not _history.get_parsed_text().contains(what):
				if Time.get_ticks_msec() > deadline:
					printerr("FAILED the history never had: ", what)
					return
				await get_tree().process_frame
		_:
			printerr("FAILED no such step: ", verb)
