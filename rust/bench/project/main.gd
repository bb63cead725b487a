extends Node
## Reads what is asked for after [code]--[/code], as [code]--key=value[/code], and starts that workload.

const Workload := preload("res://workloads/workload.gd")


func _ready() -> void:
	var options := {}
	for argument: String in OS.get_cmdline_user_args():
		var parts := argument.trim_prefix("--").split("=", true, 1)
		options[parts[0]] = parts[1] if parts.size() > 1 else ""
	var script: GDScript = load("res://workloads/%s.gd" % options["workload"])
	var workload: Workload = script.new()
	workload.options = options
	add_child(workload)
