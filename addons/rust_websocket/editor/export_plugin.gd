@tool
extends EditorExportPlugin
## Exports for platforms that the addon has no library for, such as the web, bring scripts under the classes' names.
##
## The library's description stays out of them: it would cost error lines at each start. What only the editor needs
## stays out of every export.

const StandIns := preload("stand_ins.gd")
const ADDON := "res://addons/rust_websocket/"
const DESCRIPTION := ADDON + "rust_websocket.gdextension"
## What the editor alone needs, by the beginnings of their paths.
const EDITOR_ONLY: Array[String] = [ADDON + "editor/", ADDON + "plugin.", ADDON + "classes/"]

var _is_foreign := false


## Plugins export in the order of their names. This one has to come before the engine's "GDExtension", which warns of a
## library that is missing.
func _get_name() -> String:
	return "A Rust WebSocket"


func _export_begin(features: PackedStringArray, _is_debug: bool, _path: String, _flags: int) -> void:
	_is_foreign = not has_library(features)
	if not _is_foreign:
		return
	StandIns.present()
	for path: String in StandIns.get_scripts():
		add_file(path, StandIns.get_scripts()[path].to_utf8_buffer(), false)


func _export_file(path: String, _type: String, _features: PackedStringArray) -> void:
	var is_editors := EDITOR_ONLY.any(func(start: String) -> bool: return path.begins_with(start))
	if is_editors or (_is_foreign and path == DESCRIPTION):
		skip()


func _export_end() -> void:
	if _is_foreign:
		StandIns.withdraw()
	_is_foreign = false


## Whether the addon has a library for a platform with these features.
static func has_library(features: PackedStringArray) -> bool:
	var description := ConfigFile.new()
	if description.load(DESCRIPTION) != OK or not description.has_section("libraries"):
		return false
	for tags in description.get_section_keys("libraries"):
		var is_met := true
		for tag in tags.split("."):
			is_met = is_met and tag in features
		if is_met:
			return true
	return false
