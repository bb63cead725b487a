extends Control
## The picture of the menu: three players after one star.

const Palette := preload("res://ui/palette.gd")
const Sprites := preload("res://view/sprites.gd")

var _age := 0.0


func _ready() -> void:
	Sprites.prepare(self)


func _process(delta: float) -> void:
	_age += delta
	queue_redraw()


func _draw() -> void:
	var star := Vector2(150.0, 84.0 + sin(_age * 1.7) * 4.0)
	Sprites.draw(self, Sprites.GLOW, star, 128.0, Color(Palette.GOLD, 0.3))
	Sprites.draw(self, Sprites.STAR, star, 58.0, Palette.GOLD, sin(_age * 0.8) * 0.12)
	_draw_chaser(Vector2(44.0, 156.0), 26.0, Palette.BLUE, star, 0.0)
	_draw_chaser(Vector2(262.0, 150.0), 30.0, Palette.PINK, star, 2.1)
	_draw_chaser(Vector2(344.0, 96.0), 20.0, Palette.GREEN, star, 4.2)


func _draw_chaser(home: Vector2, radius: float, tint: Color, star: Vector2, beat: float) -> void:
	var middle := home + Vector2(0.0, sin(_age * 2.6 + beat) * 3.0)
	var look := (star - middle).normalized()
	for trace in 3:
		var place := middle - look * radius * (0.8 + trace * 0.6)
		Sprites.draw(self, Sprites.DISC, place, radius * (0.72 - trace * 0.2), Color(tint, 0.22 - trace * 0.06))
	Sprites.draw_player(self, middle, radius, tint, look)
