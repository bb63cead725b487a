extends Node2D
## The stars that lie about; the large ones are worth more.

const Palette := preload("res://ui/palette.gd")
const Sprites := preload("res://view/sprites.gd")
const Stars := preload("res://game/stars.gd")
const World := preload("res://game/world.gd")

const RADIUS := 12.0
const RADIUS_OF_LARGE := 19.0

var world: World
var _age := 0.0


func _ready() -> void:
	Sprites.prepare(self)


func _process(delta: float) -> void:
	_age += delta
	queue_redraw()


func _draw() -> void:
	if not is_instance_valid(world):
		return
	for star in world.stars.places:
		var is_large := int(star.z) == Stars.WORTH_OF_LARGE
		var radius := RADIUS_OF_LARGE if is_large else RADIUS
		# Each at a beat of its own.
		var beat := _age * 3.0 + star.x * 0.05
		var middle := Vector2(star.x, star.y + sin(beat) * 2.0)
		Sprites.draw(self, Sprites.GLOW, middle, radius * 2.3, Color(Palette.GOLD, 0.35))
		Sprites.draw(self, Sprites.STAR, middle, radius, Palette.GOLD, sin(beat * 0.5) * 0.25)
		if is_large:
			Sprites.draw(self, Sprites.STAR, middle, radius * 0.5, Color.WHITE, sin(beat * 0.5) * 0.25)
