extends Node
## Runs every script of `res://snippets/`, one after the other, and prints `RAN <name>` for each that came through.
##
## A node is added to the tree and stays for some frames, so that its `_ready` and what follows from it run; a method
## called `run` is what the harness has made of a snippet that is no whole script. Those whose names end in `.parse.gd`
## are only loaded. Those named by `--pairs=` have `host()` and `join(address)`: one of them hosts, another joins.

const FOLDER := "res://snippets"
const FRAMES := 5
## It only ever passes when something is broken.
const PATIENCE_SECONDS := 30.0


func _ready() -> void:
	var pairs: PackedStringArray
	for argument: String in OS.get_cmdline_user_args():
		if argument.begins_with("--pairs="):
			pairs = argument.trim_prefix("--pairs=").split(",", false)
	for file: String in DirAccess.get_files_at(FOLDER):
		print("SNIPPET ", file)
		var script := load(FOLDER.path_join(file)) as GDScript
		if script == null or not script.can_instantiate():
			printerr("FAILED this is no script: ", file)
			continue
		if file.ends_with(".parse.gd"):
			var object: Object = script.new()
			if object is Node:
				object.free()
		elif pairs.has(file):
			await _pair(script)
		else:
			await _run(script)
		print("RAN ", file)
	get_tree().quit()


func _run(script: GDScript) -> void:
	var object: Object = script.new()
	var node := object as Node
	if node != null:
		add_child(node)
	if object.has_method("run"):
		@warning_ignore("redundant_await")
		await object.call("run")
	for _i: int in FRAMES:
		await get_tree().process_frame
	multiplayer.multiplayer_peer = OfflineMultiplayerPeer.new()
	if node != null:
		node.free()


## Two nodes, each with a multiplayer of its own, as two processes would have it.
func _pair(script: GDScript) -> void:
	var nodes: Array[Node] = []
	for role: String in ["Host", "Guest"]:
		var branch := Node.new()
		branch.name = role
		add_child(branch)
		get_tree().set_multiplayer(SceneMultiplayer.new(), branch.get_path())
		var node: Node = script.new()
		branch.add_child(node)
		nodes.append(node)
	nodes[0].call("host")
	nodes[1].call("join", "127.0.0.1")
	var deadline := Time.get_ticks_msec() + int(PATIENCE_SECONDS * 1000.0)
	while nodes.any(func(node: Node) -> bool: return node.multiplayer.get_peers().is_empty()):
		if Time.get_ticks_msec() > deadline:
			printerr("FAILED they do not get together")
			break
		await get_tree().process_frame
	print("JOINED %d and %d" % [nodes[0].multiplayer.get_unique_id(), nodes[1].multiplayer.get_unique_id()])
	for node: Node in nodes:
		node.multiplayer.multiplayer_peer = null
		get_tree().set_multiplayer(null, node.get_parent().get_path())
		node.get_parent().free()
