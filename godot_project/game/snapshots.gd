extends Node
## Where everybody is: told by the server many times a second in a few bytes, and
## shown by clients a moment late, smoothly, between two such tellings.
##
## A snapshot is the server's tick, then for each player its peer, the number of
## the last command the server obeyed, and its body.

const Body := preload("res://game/body.gd")
const Player := preload("res://game/player.gd")
const Rounds := preload("res://game/rounds.gd")
const World := preload("res://game/world.gd")

## Ticks between two snapshots.
const INTERVAL := 3
## The same while nobody moves or is seen.
const INTERVAL_IN_LOBBY := 60
const HEAD := 4
const RECORD := 6 + Body.SIZE
## How far behind the newest snapshot others are shown, in ticks: two may be late.
const DELAY := 2.2 * INTERVAL
## A clock that is further off than this jumps; a smaller error is made good slowly.
const MAX_DRIFT := 20.0
const CATCH_UP := 2.0
const MAX_SAMPLES := 12

## What snapshots have cost so far: for a class that does not count by itself.
var bytes_sent := 0
var bytes_received := 0

var _tick := 0
var _newest := PackedByteArray()
var _clock := 0.0
## For each peer, ticks and places, oldest first.
var _samples: Dictionary = {}

@onready var _world: World = get_parent()


func _ready() -> void:
	set_process(not _world.is_bot)


func _physics_process(_delta: float) -> void:
	if _world.is_bot or not multiplayer.is_server():
		return
	_tick += 1
	var interval := INTERVAL if _world.rounds.phase != Rounds.Phase.LOBBY else INTERVAL_IN_LOBBY
	if _tick % interval == 0 and not multiplayer.get_peers().is_empty():
		var bytes := _write(_world.get_players())
		bytes_sent += bytes.size() * multiplayer.get_peers().size()
		_take_snapshot.rpc(bytes)


func _process(delta: float) -> void:
	if multiplayer.is_server() or _newest.is_empty():
		return
	var target := _newest.decode_u32(0) - DELAY
	_clock += delta / Body.TICK
	if absf(target - _clock) > MAX_DRIFT:
		_clock = target
	else:
		_clock += (target - _clock) * CATCH_UP * delta
	for player in _world.get_players():
		if not player.is_ours() and _samples.has(player.peer_id):
			player.position = _get_place_at(_samples[player.peer_id], _clock)


## Brings all bodies up to what is known; for those who look only now and then.
func read_newest() -> void:
	for offset in range(HEAD, _newest.size() - RECORD + 1, RECORD):
		var player := _world.get_player(_newest.decode_u32(offset))
		if player != null:
			player.body.read(_newest, offset + 6)
			player.position = player.body.position


@rpc("authority", "unreliable_ordered")
func _take_snapshot(bytes: PackedByteArray) -> void:
	if bytes.size() < HEAD:
		return
	bytes_received += bytes.size()
	_newest = bytes
	if _world.is_bot:
		return
	var tick := bytes.decode_u32(0)
	for offset in range(HEAD, bytes.size() - RECORD + 1, RECORD):
		var player := _world.get_player(bytes.decode_u32(offset))
		if player == null:
			continue
		if player.is_ours():
			_world.controls.reconcile(player, bytes.decode_u16(offset + 4), bytes, offset + 6)
		else:
			player.body.read(bytes, offset + 6)
			_remember(player, tick)


func _write(players: Array[Player]) -> PackedByteArray:
	var bytes := PackedByteArray()
	bytes.resize(HEAD + players.size() * RECORD)
	bytes.encode_u32(0, _tick)
	var offset := HEAD
	for player in players:
		bytes.encode_u32(offset, player.peer_id)
		bytes.encode_u16(offset + 4, player.last_sequence)
		player.body.write(bytes, offset + 6)
		offset += RECORD
	return bytes


func _remember(player: Player, tick: int) -> void:
	var samples: Array = _samples.get_or_add(player.peer_id, [])
	samples.append(Vector3(tick, player.body.position.x, player.body.position.y))
	if samples.size() > MAX_SAMPLES:
		samples.pop_front()


## The place between the two samples around this tick; the last one if none is younger.
func _get_place_at(samples: Array, tick: float) -> Vector2:
	for index in range(samples.size() - 1, -1, -1):
		var before: Vector3 = samples[index]
		if before.x > tick:
			continue
		var after: Vector3 = samples[mini(index + 1, samples.size() - 1)]
		if after.x <= before.x:
			return Vector2(before.y, before.z)
		var weight := (tick - before.x) / (after.x - before.x)
		return Vector2(before.y, before.z).lerp(Vector2(after.y, after.z), weight)
	return Vector2(samples[0].y, samples[0].z)
