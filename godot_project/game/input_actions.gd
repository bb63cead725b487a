extends RefCounted
## The keys and pad buttons a player steers with.

const LEFT := &"move_left"
const RIGHT := &"move_right"
const UP := &"move_up"
const DOWN := &"move_down"
const DASH := &"dash"
const CHAT := &"chat"

const KEYS := {
	LEFT: [KEY_A, KEY_LEFT],
	RIGHT: [KEY_D, KEY_RIGHT],
	UP: [KEY_W, KEY_UP],
	DOWN: [KEY_S, KEY_DOWN],
	DASH: [KEY_SPACE, KEY_SHIFT],
	CHAT: [KEY_T, KEY_ENTER],
}
const AXES := {
	LEFT: [JOY_AXIS_LEFT_X, -1.0],
	RIGHT: [JOY_AXIS_LEFT_X, 1.0],
	UP: [JOY_AXIS_LEFT_Y, -1.0],
	DOWN: [JOY_AXIS_LEFT_Y, 1.0],
}


## Makes the actions known to the engine; once per run.
static func register() -> void:
	for action: StringName in KEYS:
		InputMap.add_action(action)
		for key: Key in KEYS[action]:
			var event := InputEventKey.new()
			event.physical_keycode = key
			InputMap.action_add_event(action, event)
	for action: StringName in AXES:
		var motion := InputEventJoypadMotion.new()
		motion.axis = AXES[action][0]
		motion.axis_value = AXES[action][1]
		InputMap.action_add_event(action, motion)
	var button := InputEventJoypadButton.new()
	button.button_index = JOY_BUTTON_A
	InputMap.action_add_event(DASH, button)


static func get_direction() -> Vector2:
	return Input.get_vector(LEFT, RIGHT, UP, DOWN)
