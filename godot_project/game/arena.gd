extends Node2D
## The floor the players move on.

const SIZE := Vector2(704.0, 516.0)
const GRID := 44.0
const FLOOR := Color(0.12, 0.14, 0.19)
const LINE := Color(0.16, 0.18, 0.25)
const EDGE := Color(0.27, 0.31, 0.42)


## The point nearest to [param point] that keeps [param margin] from the edge.
static func keep_inside(point: Vector2, margin: float) -> Vector2:
	return point.clamp(Vector2.ONE * margin, SIZE - Vector2.ONE * margin)


## A place to begin at: the [param index]th on a ring around the middle.
static func get_home(index: int) -> Vector2:
	return SIZE / 2.0 + Vector2.from_angle(index * TAU * 0.382) * 200.0


func _draw() -> void:
	draw_rect(Rect2(Vector2.ZERO, SIZE), FLOOR)
	for column in range(1, int(SIZE.x / GRID)):
		draw_line(Vector2(column * GRID, 0.0), Vector2(column * GRID, SIZE.y), LINE)
	for row in range(1, int(SIZE.y / GRID) + 1):
		draw_line(Vector2(0.0, row * GRID), Vector2(SIZE.x, row * GRID), LINE)
	draw_rect(Rect2(Vector2.ZERO, SIZE), EDGE, false, 2.0)
