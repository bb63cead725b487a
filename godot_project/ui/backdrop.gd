extends Control
## What is behind every screen: the night, with a few stars adrift.

const Palette := preload("res://ui/palette.gd")
const Sprites := preload("res://view/sprites.gd")

const STARS := 90
const SEED := 7
const DRIFT := 6.0
## Nobody sees a star drift faster than this, in seconds.
const PACE := 0.05

var _places := PackedVector3Array()
var _shift := 0.0
var _wait := 0.0


func _ready() -> void:
	Sprites.prepare(self)
	var dice := RandomNumberGenerator.new()
	dice.seed = SEED
	for star in STARS:
		_places.append(Vector3(dice.randf(), dice.randf(), dice.randf()))


func _process(delta: float) -> void:
	_shift += delta * DRIFT
	_wait -= delta
	if _wait <= 0.0:
		_wait = PACE
		queue_redraw()


func _draw() -> void:
	draw_rect(Rect2(Vector2.ZERO, size), Palette.NIGHT)
	for place in _places:
		# The nearer ones are larger and faster.
		var x := fposmod(place.x * size.x - _shift * (0.3 + place.z), size.x)
		var tint := Palette.LINE.lerp(Palette.EDGE.lightened(0.1), place.z)
		Sprites.draw(self, Sprites.DISC, Vector2(x, place.y * size.y), 0.8 + 1.4 * place.z, tint)
