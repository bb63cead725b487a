extends Node2D
## Sparks and words that fly up for a moment when something happens.

const Palette := preload("res://ui/palette.gd")
const Sprites := preload("res://view/sprites.gd")
const World := preload("res://game/world.gd")

const LIFE := 0.6
const SPARKS := 6
const WORD_SIZE := 16

## Something that flies.
class Spark:
	var place := Vector2.ZERO
	var velocity := Vector2.ZERO
	var tint := Color.WHITE
	var word := ""
	var left := LIFE

var _world: World
var _sparks: Array[Spark] = []


func _ready() -> void:
	Sprites.prepare(self)


func _process(delta: float) -> void:
	for spark in _sparks:
		spark.left -= delta
		spark.place += spark.velocity * delta
		spark.velocity *= exp(-3.0 * delta)
	_sparks = _sparks.filter(func(spark: Spark) -> bool: return spark.left > 0.0)
	queue_redraw()


## Shows the moments of this world from now on.
func follow(world: World) -> void:
	if _world == world:
		return
	_world = world
	_sparks.clear()
	world.moments.star_caught.connect(_on_star_caught)
	world.moments.player_hit.connect(_on_player_hit)


func _draw() -> void:
	for spark in _sparks:
		var share := clampf(spark.left / LIFE, 0.0, 1.0)
		if spark.word.is_empty():
			Sprites.draw(self, Sprites.STAR, spark.place, 2.0 + 5.0 * share, Color(spark.tint, share), share * 4.0)
		else:
			draw_string_outline(ThemeDB.fallback_font, spark.place, spark.word, HORIZONTAL_ALIGNMENT_LEFT,
					-1, WORD_SIZE, 5, Color(Palette.NIGHT, share))
			draw_string(ThemeDB.fallback_font, spark.place, spark.word, HORIZONTAL_ALIGNMENT_LEFT,
					-1, WORD_SIZE, Color(spark.tint, share))


func _burst(place: Vector2, tint: Color, word: String) -> void:
	for index in SPARKS:
		var spark := Spark.new()
		spark.place = place
		spark.velocity = Vector2.from_angle(index * TAU / SPARKS + randf()) * randf_range(70.0, 180.0)
		spark.tint = tint
		_sparks.append(spark)
	if word.is_empty():
		return
	var flying := Spark.new()
	flying.place = place + Vector2(-12.0, -14.0)
	flying.velocity = Vector2(0.0, -110.0)
	flying.tint = tint
	flying.word = word
	_sparks.append(flying)


## Words are only for what concerns our own player, or the arena would be full of them.
func _on_star_caught(peer_id: int, place: Vector2, worth: int) -> void:
	_burst(place, Palette.GOLD, "+%d" % worth if _is_own(peer_id) else "")


func _on_player_hit(by_id: int, victim_id: int, place: Vector2) -> void:
	_burst(place, Palette.PINK, "ouch!" if _is_own(by_id) or _is_own(victim_id) else "")


func _is_own(peer_id: int) -> bool:
	return peer_id == _world.multiplayer.get_unique_id()
