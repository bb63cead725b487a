extends Control
## A player's face, small.

const Shapes := preload("res://ui/shapes.gd")

var tint := Color.WHITE:
	set(value):
		tint = value
		queue_redraw()


func _draw() -> void:
	Shapes.draw_ball(self, size / 2.0, minf(size.x, size.y) / 2.0 - 1.0, tint, Vector2(0.5, 0.1))
