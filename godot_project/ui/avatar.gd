extends Control
## A player's face, small.

const Sprites := preload("res://view/sprites.gd")

var tint := Color.WHITE:
	set(value):
		if tint != value:
			tint = value
			queue_redraw()


func _ready() -> void:
	Sprites.prepare(self)


func _draw() -> void:
	Sprites.draw_player(self, size / 2.0, minf(size.x, size.y) / 2.0 - 1.0, tint, Vector2(0.5, 0.1))
