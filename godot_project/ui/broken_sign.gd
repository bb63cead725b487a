extends Control
## The picture of a connection that is no more: a line between two, cut.

const Palette := preload("res://ui/palette.gd")
const Sprites := preload("res://view/sprites.gd")

const REACH := 96.0
const GAP := 26.0


func _ready() -> void:
	Sprites.prepare(self)


func _draw() -> void:
	var middle := size / 2.0
	for side: float in [-1.0, 1.0]:
		var far := middle + Vector2(side * REACH, 0.0)
		var near := middle + Vector2(side * GAP, 0.0)
		draw_line(far, near, Palette.EDGE, 4.0, true)
		for spark in 3:
			var angle := (spark - 1) * 0.7 + (PI if side > 0.0 else 0.0)
			var way := Vector2.from_angle(angle)
			draw_line(near + way * 5.0, near + way * 14.0, Palette.RED, 2.5, true)
	Sprites.draw_player(self, middle - Vector2(REACH, 0.0), 26.0, Palette.BLUE, Vector2.DOWN)
	Sprites.draw_player(self, middle + Vector2(REACH, 0.0), 26.0, Palette.EDGE.lightened(0.25), Vector2.DOWN)
