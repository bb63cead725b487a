extends Node
## What everybody is after. The server lays them out; a synchronizer tells the others.

const Arena := preload("res://game/arena.gd")

## How near a player must come to catch one.
const REACH := 30.0
const MARGIN := 40.0
const MOST := 24
const PLAYERS_PER_STAR := 2.0
const FEWEST := 3
## One star in so many is a large one.
const RARITY := 6
const WORTH := 1
const WORTH_OF_LARGE := 3

## Where each lies, and as z what it is worth. Assigned as a whole: only then is it told to others.
var places: Array[Vector3] = []


## Lays out as many as so many players need; on the server only.
func fill(player_count: int) -> void:
	var wanted := clampi(ceili(player_count / PLAYERS_PER_STAR), FEWEST, MOST)
	if places.size() >= wanted:
		return
	var filled := places.duplicate()
	while filled.size() < wanted:
		var place := Arena.get_random_place(MARGIN)
		filled.append(Vector3(place.x, place.y, WORTH_OF_LARGE if randi() % RARITY == 0 else WORTH))
	places = filled


## Lets one fall out of a player's hands; on the server only.
func drop(place: Vector2) -> void:
	if places.size() < MOST:
		var inside := Arena.keep_inside(place, MARGIN)
		places = places + ([Vector3(inside.x, inside.y, WORTH)] as Array[Vector3])


## Takes away the [param index]th; on the server only.
func remove(index: int) -> void:
	var left := places.duplicate()
	left.remove_at(index)
	places = left


func clear() -> void:
	places = []


## The one nearest to [param point], or -1.
func find_nearest(point: Vector2) -> int:
	var nearest := -1
	var least := INF
	for index in places.size():
		var distance := point.distance_squared_to(get_place(index))
		if distance < least:
			least = distance
			nearest = index
	return nearest


func get_place(index: int) -> Vector2:
	return Vector2(places[index].x, places[index].y)
