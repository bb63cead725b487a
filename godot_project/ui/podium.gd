extends Control
## The three best of a round, on steps.

const Palette := preload("res://ui/palette.gd")
const Player := preload("res://game/player.gd")
const Sprites := preload("res://view/sprites.gd")

const STEP_WIDTH := 132.0
const GAP := 8.0
const HEIGHTS: Array[float] = [92.0, 66.0, 46.0]
## Where each rank stands, in step widths from the middle.
const PLACES: Array[float] = [0.0, -1.0, 1.0]
const RADIUS := 22.0
const NAME_SIZE := 15
const SCORE_SIZE := 22

var _tints: Array[Color] = []
var _names: Array[String] = []
var _scores: Array[int] = []


func _ready() -> void:
	Sprites.prepare(self)


func show_best(ranking: Array[Player]) -> void:
	_tints.clear()
	_names.clear()
	_scores.clear()
	for player: Player in ranking.slice(0, HEIGHTS.size()):
		_tints.append(player.tint)
		_names.append(player.player_name)
		_scores.append(player.score)
	queue_redraw()


func _draw() -> void:
	var font := get_theme_default_font()
	for rank in _tints.size():
		var x := size.x / 2.0 + PLACES[rank] * (STEP_WIDTH + GAP)
		var step := Rect2(x - STEP_WIDTH / 2.0, size.y - HEIGHTS[rank], STEP_WIDTH, HEIGHTS[rank])
		draw_rect(step, Palette.EDGE if rank == 0 else Palette.LINE)
		draw_rect(Rect2(step.position, Vector2(STEP_WIDTH, 4.0)), _tints[rank])
		draw_string(font, step.position + Vector2(0.0, 34.0), str(_scores[rank]),
				HORIZONTAL_ALIGNMENT_CENTER, STEP_WIDTH, SCORE_SIZE, Palette.GOLD)
		var middle := Vector2(x, step.position.y - RADIUS - 3.0)
		Sprites.draw_player(self, middle, RADIUS, _tints[rank], Vector2(0.0, 0.2))
		draw_string(font, Vector2(step.position.x, middle.y - RADIUS - 9.0), _names[rank],
				HORIZONTAL_ALIGNMENT_CENTER, STEP_WIDTH, NAME_SIZE, Palette.TEXT)
		if rank == 0:
			Sprites.draw(self, Sprites.STAR, middle - Vector2(0.0, RADIUS + 38.0), 12.0, Palette.GOLD)
