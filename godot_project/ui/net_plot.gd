extends VBoxContainer
## One quantity over the last seconds: its name, its value now, its course.

const Palette := preload("res://ui/palette.gd")

const MEMORY := 120

@onready var _title: Label = %Title
@onready var _value: Label = %Value
@onready var _curve: Control = %Curve

var _series: Array[PackedFloat32Array] = []
var _tints: Array[Color] = []
var _least_top := 1.0


func _ready() -> void:
	_curve.draw.connect(_draw_curves)


## Names the quantity, and the smallest value that fills the whole height.
func setup(title: String, tints: Array[Color], least_top: float) -> void:
	_title.text = title
	_tints = tints
	_least_top = least_top


## Shows these courses, one for each colour.
func plot(value: String, series: Array[PackedFloat32Array]) -> void:
	_value.text = value
	_series = series
	_curve.queue_redraw()


func _draw_curves() -> void:
	var room := _curve.size
	_curve.draw_rect(Rect2(Vector2.ZERO, room), Palette.NIGHT)
	for part in range(1, 4):
		var height := room.y * part / 4.0
		_curve.draw_line(Vector2(0.0, height), Vector2(room.x, height), Palette.LINE, 1.0)
	var top := _least_top
	for course in _series:
		for value in course:
			top = maxf(top, value * 1.15)
	for index in _series.size():
		_draw_course(_series[index], _tints[index], top)


func _draw_course(course: PackedFloat32Array, tint: Color, top: float) -> void:
	if course.size() < 2:
		return
	var room := _curve.size
	var step := room.x / (MEMORY - 1)
	var points := PackedVector2Array()
	for index in course.size():
		var x := room.x - (course.size() - 1 - index) * step
		points.append(Vector2(x, room.y - 1.0 - course[index] / top * (room.y - 2.0)))
	var area := points.duplicate()
	area.append(Vector2(points[-1].x, room.y))
	area.append(Vector2(points[0].x, room.y))
	if room.y - points[0].y > 0.5 or top > 0.0:
		_curve.draw_colored_polygon(area, Color(tint, 0.16))
	_curve.draw_polyline(points, tint, 1.5, true)
