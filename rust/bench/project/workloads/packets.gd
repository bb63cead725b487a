extends "res://workloads/workload.gd"
## Writes packets into two files, each with its size before it: the state of a game as JSON, and as [method
## PacketPeer.put_var] would send it. They are for [code]rust/bench/src/compression/[/code], and the same each time.

const TICKS := 60
const CROWDS: Array[int] = [1, 4, 16, 64]
const TEAMS: Array[String] = ["red", "blue", "green"]

var _random := RandomNumberGenerator.new()


func start() -> void:
	_random.seed = 1
	var json := FileAccess.open(str(options["to"]).path_join("json"), FileAccess.WRITE)
	var variants := FileAccess.open(str(options["to"]).path_join("put_var"), FileAccess.WRITE)
	if json == null or variants == null:
		fail("no files to write to")
		return
	for crowd: int in CROWDS:
		var players: Array[Dictionary] = []
		for number: int in crowd:
			players.append({ "id": _random.randi(), "name": "player %d" % number, "team": TEAMS[number % TEAMS.size()] })
		for tick: int in TICKS:
			for player: Dictionary in players:
				player["position"] = Vector2(_random.randf_range(0, 1000), _random.randf_range(0, 1000))
				player["velocity"] = Vector2(_random.randf_range(-9, 9), 0)
				player["health"] = _random.randi_range(0, 100)
				player["is_alive"] = player["health"] > 0
			var state := { "type": "state", "tick": tick, "players": players }
			_write(json, JSON.stringify(state).to_utf8_buffer())
			_write(variants, var_to_bytes(state))
	finish()


func _write(to: FileAccess, packet: PackedByteArray) -> void:
	to.store_32(packet.size())
	to.store_buffer(packet)
