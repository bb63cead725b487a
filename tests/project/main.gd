extends Node
## Reads what to play from the command line, and plays it.
##
## The harness passes `key=value` pairs after `--`: `scenario`, `role`, `class`, `stage`, `roles`,
## and whatever options the scenario itself knows.

const Scenario := preload("res://scenario.gd")

const EXIT_BROKEN_SCENARIO := 2


func _ready() -> void:
	var options: Dictionary = {}
	for argument: String in OS.get_cmdline_user_args():
		var parts := argument.trim_prefix("--").split("=", true, 1)
		options[parts[0]] = parts[1] if parts.size() > 1 else ""

	var path := "res://scenarios/%s.gd" % options.get("scenario", "")
	var script: GDScript = load(path) as GDScript
	if script == null or not script.can_instantiate():
		printerr("FAILED there is no scenario that runs at ", path)
		get_tree().quit(EXIT_BROKEN_SCENARIO)
		return

	var scenario: Scenario = script.new()
	# The same path in every process, as RPCs need it.
	scenario.name = "Scenario"
	add_child(scenario)
	scenario.play(options)
