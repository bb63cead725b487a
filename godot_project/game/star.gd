extends Node2D
## What everybody is after. The server moves it, once it is caught.

const Arena := preload("res://game/arena.gd")

## How near a player must come to catch it.
const REACH := 26.0
const TINT := Color(1.0, 0.83, 0.35)


func _ready() -> void:
	position = Arena.SIZE / 2.0


## Goes somewhere else.
func jump() -> void:
	var margin := Vector2(60.0, 60.0)
	position = margin + (Arena.SIZE - margin * 2.0) * Vector2(randf(), randf())


func _draw() -> void:
	var points := PackedVector2Array()
	for corner in 10:
		var radius := 13.0 if corner % 2 == 0 else 6.0
		points.append(Vector2.from_angle(corner * TAU / 10.0 - PI / 2.0) * radius)
	draw_colored_polygon(points, TINT)
