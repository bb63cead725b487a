@tool
extends EditorPlugin
## What the addon adds to the editor. Without this plugin the classes work all the same, but not in web exports.

const ExportPlugin := preload("editor/export_plugin.gd")
const StandIns := preload("editor/stand_ins.gd")

var _export_plugin: ExportPlugin


func _enter_tree() -> void:
	# An editor that ended in the middle of an export has left them there.
	StandIns.withdraw()
	_export_plugin = ExportPlugin.new()
	add_export_plugin(_export_plugin)


func _exit_tree() -> void:
	remove_export_plugin(_export_plugin)
	_export_plugin = null
	StandIns.withdraw()
