@tool
extends RichTextLabel
## The last events of a server or client, the latest at the end.

var _count := 0
var _last_time := 0.0


func _init() -> void:
	scroll_following = true
	selection_enabled = true
	focus_mode = FOCUS_CLICK
	custom_minimum_size.y = 60.0


## Shows pairs of a time, in Unix seconds, and what happened.
func show_events(events: Array) -> void:
	var last: float = 0.0 if events.is_empty() else events.back()[0]
	if events.size() == _count and last == _last_time:
		return
	_count = events.size()
	_last_time = last
	clear()
	var faint := get_theme_color("font_placeholder_color", "LineEdit")
	var zone: int = Time.get_time_zone_from_system().bias * 60
	for event: Array in events:
		push_color(faint)
		add_text(Time.get_time_string_from_unix_time(int(event[0]) + zone) + "  ")
		pop()
		add_text(event[1])
		newline()
