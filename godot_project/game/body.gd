extends RefCounted
## What moves: where a player is, how fast, and what it can do. Server and clients
## calculate the same step from the same command.

const Arena := preload("res://game/arena.gd")
const Command := preload("res://game/command.gd")

const TICK := 1.0 / 60.0
const RADIUS := 16.0
## In pixels per second.
const SPEED := 250.0
const DASH_SPEED := 640.0
## How fast the speed follows the wish, per second.
const GRIP := 9.0
const GRIP_WHEN_STUNNED := 3.0
## In ticks.
const DASH_TICKS := 12
const REST_TICKS := 78
const STUN_TICKS := 36

## On the wire: four bytes of place, four of speed, three of counters.
const SIZE := 11
const PLACE_SCALE := 64.0
const VELOCITY_SCALE := 32.0

var position := Vector2.ZERO
var velocity := Vector2.ZERO
## Ticks that a dash still lasts.
var dash_left := 0
## Ticks until the next dash.
var rest_left := 0
## Ticks without control after having been hit.
var stun_left := 0


## Moves on by one tick.
func step(command: Command) -> void:
	dash_left = maxi(dash_left - 1, 0)
	rest_left = maxi(rest_left - 1, 0)
	stun_left = maxi(stun_left - 1, 0)
	if command.dashes and rest_left == 0 and stun_left == 0 and command.direction:
		dash_left = DASH_TICKS
		rest_left = REST_TICKS
		velocity = command.direction.normalized() * DASH_SPEED
	if dash_left == 0:
		var wish := Vector2.ZERO if stun_left > 0 else command.direction * SPEED
		var grip := GRIP_WHEN_STUNNED if stun_left > 0 else GRIP
		velocity += (wish - velocity) * minf(grip * TICK, 1.0)
	var wanted := position + velocity * TICK
	position = Arena.keep_inside(wanted, RADIUS)
	if position != wanted:
		velocity = (position - wanted) / TICK + velocity
		velocity = velocity.limit_length(DASH_SPEED)


## Is pushed away, and cannot help it for a moment.
func be_hit(push: Vector2) -> void:
	velocity = push
	dash_left = 0
	stun_left = STUN_TICKS


func halt_at(place: Vector2) -> void:
	position = place
	velocity = Vector2.ZERO
	dash_left = 0
	rest_left = 0
	stun_left = 0


func copy_from(other: RefCounted) -> void:
	position = other.position
	velocity = other.velocity
	dash_left = other.dash_left
	rest_left = other.rest_left
	stun_left = other.stun_left


func write(bytes: PackedByteArray, offset: int) -> void:
	bytes.encode_u16(offset, roundi(position.x * PLACE_SCALE))
	bytes.encode_u16(offset + 2, roundi(position.y * PLACE_SCALE))
	bytes.encode_s16(offset + 4, roundi(velocity.x * VELOCITY_SCALE))
	bytes.encode_s16(offset + 6, roundi(velocity.y * VELOCITY_SCALE))
	bytes.encode_u8(offset + 8, dash_left)
	bytes.encode_u8(offset + 9, rest_left)
	bytes.encode_u8(offset + 10, stun_left)


func read(bytes: PackedByteArray, offset: int) -> void:
	position = Vector2(bytes.decode_u16(offset), bytes.decode_u16(offset + 2)) / PLACE_SCALE
	velocity = Vector2(bytes.decode_s16(offset + 4), bytes.decode_s16(offset + 6)) / VELOCITY_SCALE
	dash_left = bytes.decode_u8(offset + 8)
	rest_left = bytes.decode_u8(offset + 9)
	stun_left = bytes.decode_u8(offset + 10)
