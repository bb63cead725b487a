@tool
extends Control
## One number over the last minute.

const Words := preload("words.gd")
const SECONDS := 60.0
## Samples further apart than this are not joined: nobody looked in between.
const GAP := 2.0

var title := ""
var unit := ""

var _points := PackedVector2Array()
var _now := 0.0


func _init() -> void:
	size_flags_horizontal = SIZE_EXPAND_FILL
	size_flags_vertical = SIZE_EXPAND_FILL
	clip_contents = true


func _ready() -> void:
	custom_minimum_size = Vector2(150, 80) * EditorInterface.get_editor_scale()


## Shows points of time and value; the right edge is [param now].
func show_series(points: PackedVector2Array, now: float) -> void:
	_points = points
	_now = now
	tooltip_text = "%s over the last minute, at most %s" % [title, Words.value(_get_top(), unit)]
	queue_redraw()


func _draw() -> void:
	var font := get_theme_font("font", "Label")
	var font_size := get_theme_font_size("font_size", "Label")
	var text_color := get_theme_color("font_color", "Label")
	var accent := get_theme_color("accent_color", "Editor")
	var head := font.get_height(font_size) + 4.0 * EditorInterface.get_editor_scale()
	draw_rect(Rect2(Vector2.ZERO, size), get_theme_color("dark_color_2", "Editor"))
	var area := Rect2(0.0, head, size.x, size.y - head - 2.0)
	for part in 4:
		var x := size.x * part / 4.0
		draw_line(Vector2(x, head), Vector2(x, size.y), Color(text_color, 0.12))
	var pad := 4.0 * EditorInterface.get_editor_scale()
	var latest := "" if _points.is_empty() else Words.value(_points[-1].y, unit)
	var room := size.x - 3.0 * pad - font.get_string_size(latest, HORIZONTAL_ALIGNMENT_LEFT, -1, font_size).x
	draw_string(font, Vector2(pad, font.get_ascent(font_size) + 2.0), title, HORIZONTAL_ALIGNMENT_LEFT, maxf(room, 1.0),
			font_size, Color(text_color, 0.75))
	draw_string(font, Vector2(0.0, font.get_ascent(font_size) + 2.0), latest, HORIZONTAL_ALIGNMENT_RIGHT, size.x - pad,
			font_size, text_color)
	var top := maxf(_get_top() * 1.1, 1.0)
	for index in range(1, _points.size()):
		if _points[index].x - _points[index - 1].x <= GAP:
			draw_line(_to_screen(_points[index - 1], area, top), _to_screen(_points[index], area, top), accent,
					maxf(1.5 * EditorInterface.get_editor_scale(), 1.0), true)


func _get_top() -> float:
	var top := 0.0
	for point in _points:
		top = maxf(top, point.y)
	return top


func _to_screen(point: Vector2, area: Rect2, top: float) -> Vector2:
	var x := area.end.x - (_now - point.x) / SECONDS * area.size.x
	return Vector2(x, area.end.y - point.y / top * area.size.y)
