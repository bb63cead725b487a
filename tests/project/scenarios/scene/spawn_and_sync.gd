extends "res://scenario.gd"
## [MultiplayerSpawner] and [MultiplayerSynchronizer]: one figure per player, moved by its player,
## mirrored by all; a late client gets the whole scene, and who leaves takes the figure along.

const EARLY: PackedStringArray = ["client_a", "client_b"]
const LATE := "client_late"

var _figures: Node
var _spawner: MultiplayerSpawner


func server() -> void:
	_build_scene()
	multiplayer.peer_connected.connect(_spawn_figure)
	multiplayer.peer_disconnected.connect(_remove_figure)
	serve()
	await everyone("early ones here")
	await _figures_are(2)
	await _see_steps(EARLY, 1)
	await everyone("late one may come")
	await _figures_are(3)
	await _see_steps(["client_a", "client_b", LATE], 2)
	await everyone("all have moved")
	await _figures_are(2)
	await everyone("client a is gone")


func client() -> void:
	_build_scene()
	if role == "client_b":
		await marked("id.client_a")
	if role == LATE:
		# The others have moved by now, and this one must see where they are.
		await everyone("early ones here")
		await everyone("late one may come")
		await join_and_wait()
	else:
		await join_and_wait()
		await everyone("early ones here")
		await _figures_are(2)
		await _step_to(1)
		await _see_steps(EARLY, 1)
		await everyone("late one may come")
	await _figures_are(3)
	await _step_to(2)
	await _see_steps(["client_a", "client_b", LATE], 2)
	await everyone("all have moved")
	if role == "client_a":
		multiplayer.multiplayer_peer.close()
		await _figures_are(0)
	else:
		await _figures_are(2)
	await everyone("client a is gone")


func _build_scene() -> void:
	_figures = Node.new()
	_figures.name = "Figures"
	add_child(_figures)
	_spawner = MultiplayerSpawner.new()
	_spawner.name = "Spawner"
	_spawner.spawn_function = _make_figure
	add_child(_spawner)
	_spawner.spawn_path = _spawner.get_path_to(_figures)
	_spawner.spawned.connect(func(node: Node) -> void: note("spawned", [who(_owner(node))]))
	_spawner.despawned.connect(func(node: Node) -> void: note("despawned", [who(_owner(node))]))


func _spawn_figure(id: int) -> void:
	note("spawn", [who(id)])
	_spawner.spawn(id)


func _remove_figure(id: int) -> void:
	note("remove", [who(id)])
	_figures.get_node(str(id)).queue_free()


## Runs in every process: its figure's player has the authority over where it stands.
func _make_figure(id: int) -> Node:
	var figure := Node2D.new()
	figure.name = str(id)
	var config := SceneReplicationConfig.new()
	config.add_property(^".:position")
	config.property_set_spawn(^".:position", true)
	config.property_set_replication_mode(^".:position", SceneReplicationConfig.REPLICATION_MODE_ALWAYS)
	config.add_property(^".:rotation")
	config.property_set_replication_mode(^".:rotation", SceneReplicationConfig.REPLICATION_MODE_ON_CHANGE)
	var synchronizer := MultiplayerSynchronizer.new()
	synchronizer.name = "Synchronizer"
	synchronizer.replication_config = config
	figure.add_child(synchronizer)
	figure.set_multiplayer_authority(id)
	return figure


func _owner(figure: Node) -> int:
	return str(figure.name).to_int()


func _figures_are(count: int) -> void:
	await until("there are %d figures" % count, func() -> bool: return _figures.get_child_count() == count)


func _step_to(step: int) -> void:
	var mine: Node2D = _figures.get_node(str(multiplayer.get_unique_id()))
	mine.position = _place(role, step)
	mine.rotation = float(step)


func _see_steps(players: PackedStringArray, step: int) -> void:
	for player: String in players:
		var path := str(await id_of(player))
		var place := _place(player, step)
		await until("%s is at step %d" % [player, step], func() -> bool:
			var figure: Node2D = _figures.get_node_or_null(path)
			return figure != null and figure.position == place and figure.rotation == float(step)
		)
		note("seen", [player, step])


func _place(player: String, step: int) -> Vector2:
	return Vector2(player.length() * 100.0 + player.unicode_at(player.length() - 1), step)
