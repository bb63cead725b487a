extends Control
## How good a link is, as bars that everybody knows.

const Palette := preload("res://ui/palette.gd")

## The least quality that lights each bar: lateness of 400, 200, 100 and 50 ms.
const STEPS: Array[float] = [0.2, 0.5, 0.8, 0.94]
const GAP := 2.0

var _lit := 0
## Nobody knows how good it is: all bars are dark.
var _is_unknown := true


## Shows this quality, from 0 to 1; NAN for one that is not known.
func show_quality(quality: float) -> void:
	_is_unknown = is_nan(quality)
	_lit = 0
	for step in STEPS:
		_lit += 1 if quality >= step else 0
	tooltip_text = "not known" if _is_unknown else "%.0f %%" % (quality * 100.0)
	queue_redraw()


func _draw() -> void:
	var width := (size.x - GAP * (STEPS.size() - 1)) / STEPS.size()
	var tint := Palette.RED if _lit <= 1 else (Palette.GOLD if _lit == 2 else Palette.GREEN)
	for bar in STEPS.size():
		var height := size.y * (bar + 1) / STEPS.size()
		var place := Rect2(bar * (width + GAP), size.y - height, width, height)
		draw_rect(place, tint if bar < _lit else Palette.LINE)
	if not _is_unknown and _lit == 0:
		# Red all the same, or it would look as if nobody knew.
		draw_rect(Rect2(0.0, size.y - 2.0, size.x, 2.0), Palette.RED)
