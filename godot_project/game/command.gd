extends RefCounted
## What a player wants in one tick: a direction, and whether to dash. Three bytes on the wire.

const SIZE := 3
const SCALE := 127.0

## At most one unit long, and already as coarse as the wire makes it, so that
## both sides calculate with the same numbers.
var direction := Vector2.ZERO
var dashes := false


static func create(wanted: Vector2, wants_dash: bool) -> RefCounted:
	var command: RefCounted = new()
	command.direction = (wanted.limit_length() * SCALE).round() / SCALE
	command.dashes = wants_dash
	return command


func write(bytes: PackedByteArray, offset: int) -> void:
	bytes.encode_s8(offset, roundi(direction.x * SCALE))
	bytes.encode_s8(offset + 1, roundi(direction.y * SCALE))
	bytes.encode_u8(offset + 2, int(dashes))


static func read(bytes: PackedByteArray, offset: int) -> RefCounted:
	var wanted := Vector2(bytes.decode_s8(offset), bytes.decode_s8(offset + 1)) / SCALE
	return create(wanted, bytes.decode_u8(offset + 2) != 0)
