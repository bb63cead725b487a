extends SceneTree
## Runs a scene of an example as a person would who starts it and closes it again: given as the main loop (`--script`),
## it opens the scene named by `--scene=`, and quits once the file named by `--until=` is there.
##
## Everything else after `--` is for the example. A script named by `--hand=` is a node that acts as the person in front
## of the scene, or, without one, as somebody else.

var _until := ""


func _initialize() -> void:
	var scene := ""
	var hand := ""
	for argument: String in OS.get_cmdline_user_args():
		if argument.begins_with("--scene="):
			scene = argument.trim_prefix("--scene=")
		elif argument.begins_with("--until="):
			_until = argument.trim_prefix("--until=")
		elif argument.begins_with("--hand="):
			hand = argument.trim_prefix("--hand=")
	if not scene.is_empty() and change_scene_to_file(scene) != OK:
		printerr("FAILED there is no scene that runs at ", scene)
		quit(1)
		return
	if not hand.is_empty():
		_act.call_deferred(hand, not scene.is_empty())


func _process(_delta: float) -> bool:
	if not _until.is_empty() and FileAccess.file_exists(_until):
		quit()
	return false


func _act(hand: String, has_scene: bool) -> void:
	while has_scene and current_scene == null:
		await process_frame
	var script: GDScript = load(hand)
	var node: Node = script.new()
	root.add_child(node)
