extends RefCounted
## The floor the players move on: how large it is, and what stands on it.

const SIZE := Vector2(912.0, 640.0)

## Round pillars nobody can pass: x, y and radius.
const PILLARS: Array[Vector3] = [
	Vector3(228.0, 176.0, 34.0),
	Vector3(684.0, 176.0, 34.0),
	Vector3(228.0, 464.0, 34.0),
	Vector3(684.0, 464.0, 34.0),
	Vector3(456.0, 320.0, 46.0),
]

const HOMES_PER_RING := 16
const INNER_RING := 0.62
const OUTER_RING := 0.86


## The point nearest to [param point] that keeps [param margin] from the edge and the pillars.
static func keep_inside(point: Vector2, margin: float) -> Vector2:
	for pillar in PILLARS:
		var middle := Vector2(pillar.x, pillar.y)
		var distance := pillar.z + margin
		if point.distance_squared_to(middle) < distance * distance:
			var way := point - middle
			point = middle + (way.normalized() if way else Vector2.UP) * distance
	return point.clamp(Vector2.ONE * margin, SIZE - Vector2.ONE * margin)


## A place to begin at: the [param index]th of those on two rings around the middle.
static func get_home(index: int) -> Vector2:
	var ring := OUTER_RING if index % 2 == 0 else INNER_RING
	var angle := index * TAU * 0.382
	return keep_inside(SIZE / 2.0 * (Vector2.ONE + Vector2.from_angle(angle) * ring), 24.0)


## A place where something may lie.
static func get_random_place(margin: float) -> Vector2:
	var room := SIZE - Vector2.ONE * margin * 2.0
	return keep_inside(Vector2.ONE * margin + room * Vector2(randf(), randf()), margin)
