extends RefCounted
## The pieces everything that moves is drawn with, from one sheet: so the engine
## draws all of them in one go, however many players there are.

const Palette := preload("res://ui/palette.gd")
const SHEET := preload("res://view/sprites.svg")

enum { BALL, SHINE, EYE, STAR, GLOW, DISC, RING }

const CELL := 96.0
## How far a picture reaches from the middle of its cell.
const REACH := 44.0

static var _sheet: Texture2D


## Draws one piece. The tint colours what is white in the sheet.
static func draw(canvas: CanvasItem, piece: int, middle: Vector2, radius: float, tint: Color, turn := 0.0) -> void:
	var half := radius * CELL / 2.0 / REACH
	var target := Rect2(-half, -half, half * 2.0, half * 2.0)
	var source := Rect2(piece * CELL, 0.0, CELL, CELL)
	if turn == 0.0:
		target.position += middle
		canvas.draw_texture_rect_region(_get_sheet(), target, source, tint)
		return
	canvas.draw_set_transform(middle, turn)
	canvas.draw_texture_rect_region(_get_sheet(), target, source, tint)
	canvas.draw_set_transform(Vector2.ZERO)


## A player as everybody knows one: a ball that looks where it goes.
static func draw_player(canvas: CanvasItem, middle: Vector2, radius: float, tint: Color, look: Vector2) -> void:
	draw(canvas, BALL, middle, radius, tint)
	draw(canvas, SHINE, middle, radius, Color.WHITE)
	var gaze := look.limit_length() * radius * 0.36
	for side: float in [-0.31, 0.31]:
		draw(canvas, EYE, middle + gaze + Vector2(side * radius, 0.0), radius * 0.28, Color.WHITE)


## Sprites are drawn at many sizes, so the sheet has smaller versions of itself.
static func _get_sheet() -> Texture2D:
	if _sheet == null:
		var image := SHEET.get_image()
		image.generate_mipmaps()
		_sheet = ImageTexture.create_from_image(image)
	return _sheet


## What a canvas item that draws sprites must be set to.
static func prepare(canvas: CanvasItem) -> void:
	canvas.texture_filter = CanvasItem.TEXTURE_FILTER_LINEAR_WITH_MIPMAPS
