extends Control
## What is behind every screen: the night, with a few stars adrift.

const Palette := preload("res://ui/palette.gd")

const STARS := 90
const SEED := 7
const DRIFT := 6.0

var _places := PackedVector3Array()
var _shift := 0.0


func _ready() -> void:
	var dice := RandomNumberGenerator.new()
	dice.seed = SEED
	for star in STARS:
		_places.append(Vector3(dice.randf(), dice.randf(), dice.randf()))


func _process(delta: float) -> void:
	_shift += delta * DRIFT
	queue_redraw()


func _draw() -> void:
	draw_rect(Rect2(Vector2.ZERO, size), Palette.NIGHT)
	for place in _places:
		# The nearer ones are larger and faster.
		var x := fposmod(place.x * size.x - _shift * (0.3 + place.z), size.x)
		var tint := Palette.EDGE.lerp(Palette.QUIET, place.z * place.z)
		draw_circle(Vector2(x, place.y * size.y), 0.8 + 1.4 * place.z, tint)
