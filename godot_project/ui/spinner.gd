extends Control
## Something is on its way: a star that players run around.

const Palette := preload("res://ui/palette.gd")
const Sprites := preload("res://view/sprites.gd")

const RADIUS := 36.0

var _age := 0.0


func _ready() -> void:
	Sprites.prepare(self)


func _process(delta: float) -> void:
	_age += delta
	queue_redraw()


func _draw() -> void:
	var middle := size / 2.0
	draw_arc(middle, RADIUS, 0.0, TAU, 64, Palette.EDGE, 2.0, true)
	Sprites.draw(self, Sprites.STAR, middle, 17.0, Palette.GOLD, _age * 0.6)
	var tints: Array[Color] = [Palette.BLUE, Palette.PINK, Palette.GREEN]
	for index in tints.size():
		var angle := _age * 2.4 + index * TAU / tints.size()
		var along := Vector2.from_angle(angle + PI / 2.0)
		Sprites.draw_player(self, middle + Vector2.from_angle(angle) * RADIUS, 9.0, tints[index], along)
