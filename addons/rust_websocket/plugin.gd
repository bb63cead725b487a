@tool
extends EditorPlugin
## What the addon adds to the editor. Without this plugin the classes work all the same, but not in web exports.

const DebuggerPlugin := preload("editor/debugger_plugin.gd")
const ExportPlugin := preload("editor/export_plugin.gd")
const Launcher := preload("editor/launcher.gd")
const StandIns := preload("editor/stand_ins.gd")

## Whether games tell the debugger of their network.
const DEBUGGER_SETTING := "rust_websocket/debugger/enabled"

var _debugger_plugin: DebuggerPlugin
var _export_plugin: ExportPlugin
var _launcher: Launcher


func _enter_tree() -> void:
	# An editor that ended in the middle of an export has left them there.
	StandIns.withdraw()
	_export_plugin = ExportPlugin.new()
	add_export_plugin(_export_plugin)
	_add_setting()
	_debugger_plugin = DebuggerPlugin.new()
	add_debugger_plugin(_debugger_plugin)
	_launcher = Launcher.new()
	_launcher.debugger = _debugger_plugin
	add_child(_launcher)


func _exit_tree() -> void:
	_launcher.queue_free()
	remove_debugger_plugin(_debugger_plugin)
	remove_export_plugin(_export_plugin)
	_debugger_plugin = null
	_export_plugin = null
	StandIns.withdraw()


## Called by the engine before it runs the project, where it has this.
func _run_scene(_scene: String, args: PackedStringArray) -> PackedStringArray:
	return _launcher.take_arguments(args)


func _add_setting() -> void:
	if not ProjectSettings.has_setting(DEBUGGER_SETTING):
		ProjectSettings.set_setting(DEBUGGER_SETTING, true)
	ProjectSettings.set_initial_value(DEBUGGER_SETTING, true)
	ProjectSettings.set_as_basic(DEBUGGER_SETTING, true)
	ProjectSettings.add_property_info({"name": DEBUGGER_SETTING, "type": TYPE_BOOL})
