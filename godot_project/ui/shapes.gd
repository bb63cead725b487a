extends RefCounted
## Shapes that more than one picture is made of.

const Palette := preload("res://ui/palette.gd")

const STAR_CORNERS := 10
const STAR_WAIST := 0.46


## The outline of a five-pointed star.
static func get_star(middle: Vector2, radius: float, turn := 0.0) -> PackedVector2Array:
	var points := PackedVector2Array()
	for corner in STAR_CORNERS:
		var reach := radius if corner % 2 == 0 else radius * STAR_WAIST
		points.append(middle + Vector2.from_angle(turn + corner * TAU / STAR_CORNERS - PI / 2.0) * reach)
	return points


static func draw_star(canvas: CanvasItem, middle: Vector2, radius: float, tint: Color, turn := 0.0) -> void:
	var points := get_star(middle, radius, turn)
	canvas.draw_colored_polygon(points, tint)
	points.append(points[0])
	# Softens the edge, which a polygon has not.
	canvas.draw_polyline(points, tint, 1.5, true)


## A player as everybody knows one: a ball that looks where it goes.
static func draw_ball(canvas: CanvasItem, middle: Vector2, radius: float, tint: Color, look: Vector2) -> void:
	_draw_disc(canvas, middle, radius, tint.darkened(0.3))
	_draw_disc(canvas, middle - Vector2(0.0, radius * 0.09), radius * 0.86, tint)
	canvas.draw_circle(middle + Vector2(-0.34, -0.46) * radius, radius * 0.17, tint.lightened(0.55))
	var gaze := look.limit_length() * radius * 0.34
	for side: float in [-1.0, 1.0]:
		var eye := middle + gaze + Vector2(side * radius * 0.3, -radius * 0.02)
		canvas.draw_circle(eye, radius * 0.25, Color.WHITE)
		canvas.draw_circle(eye + gaze * 0.3, radius * 0.13, Palette.NIGHT)


static func _draw_disc(canvas: CanvasItem, middle: Vector2, radius: float, tint: Color) -> void:
	canvas.draw_circle(middle, radius, tint)
	canvas.draw_arc(middle, radius - 0.5, 0.0, TAU, 40, tint, 1.5, true)
