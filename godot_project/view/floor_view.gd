extends Node2D
## The floor and the pillars; drawn once.

const Arena := preload("res://game/arena.gd")
const Palette := preload("res://ui/palette.gd")

const GRID := 57.0


func _draw() -> void:
	draw_rect(Rect2(Vector2.ZERO, Arena.SIZE), Palette.FLOOR)
	for column in range(1, int(Arena.SIZE.x / GRID)):
		draw_line(Vector2(column * GRID, 0.0), Vector2(column * GRID, Arena.SIZE.y), Palette.LINE, 1.0)
	for row in range(1, ceili(Arena.SIZE.y / GRID)):
		draw_line(Vector2(0.0, row * GRID), Vector2(Arena.SIZE.x, row * GRID), Palette.LINE, 1.0)
	draw_arc(Arena.SIZE / 2.0, 150.0, 0.0, TAU, 96, Palette.LINE, 3.0, true)
	for pillar in Arena.PILLARS:
		_draw_pillar(Vector2(pillar.x, pillar.y), pillar.z)
	draw_rect(Rect2(Vector2.ZERO, Arena.SIZE).grow(-1.5), Palette.EDGE, false, 3.0)


func _draw_pillar(middle: Vector2, radius: float) -> void:
	draw_circle(middle + Vector2(0.0, 7.0), radius, Color(0.0, 0.0, 0.0, 0.35))
	draw_circle(middle, radius, Palette.EDGE)
	draw_arc(middle, radius - 0.5, 0.0, TAU, 64, Palette.EDGE.lightened(0.25), 2.0, true)
	draw_circle(middle, radius * 0.72, Palette.PANEL)
	draw_arc(middle, radius * 0.72, 0.0, TAU, 64, Palette.EDGE.lightened(0.1), 2.0, true)
	draw_circle(middle, radius * 0.2, Palette.BLUE.darkened(0.35))
	draw_arc(middle, radius * 0.2, 0.0, TAU, 32, Palette.BLUE, 2.0, true)
