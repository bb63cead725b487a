@tool
extends RefCounted
## Scripts that stand in for the native classes in an export, and the two files of the engine's that have to name them
## meanwhile.
##
## An export takes the list of global classes and the list of extensions as they lie on the disk. [method present]
## changes both for the time of one export, [method withdraw] undoes it. It undoes what it finds, not what it remembers,
## so that it also helps an editor that was ended in between; and it does nothing where there is nothing to undo.

const ADDON := "res://addons/rust_websocket/"
const DESCRIPTION := ADDON + "rust_websocket.gdextension"
## By the name of the class: the script, and the class that it extends.
const CLASSES := {
	&"RustWebSocketMultiplayerPeer": ["rust_websocket_multiplayer_peer.gd", &"MultiplayerPeerExtension"],
	&"RustWebSocketRequest": ["rust_websocket_request.gd", &"RefCounted"],
	&"RustWebSocketPeer": ["rust_websocket_peer.gd", &"WebSocketPeer"],
}
const FOLDER := ADDON + "classes/"


## What an export ships: texts by path.
static func get_scripts() -> Dictionary:
	var scripts := {}
	for name_of_class: StringName in CLASSES:
		var file: String = CLASSES[name_of_class][0]
		scripts[FOLDER + file] = fit(FileAccess.get_file_as_string(FOLDER + file + ".txt"), CLASSES[name_of_class][1])
	return scripts


## The text of a script for this engine: what stands from [code]#if-missing property[/code] to [code]#end-if[/code] is
## left out where the extended class has the property itself.
static func fit(text: String, extended: StringName) -> String:
	var properties := ClassDB.class_get_property_list(extended).map(func(info: Dictionary) -> String: return info.name)
	var lines := PackedStringArray()
	var keeps := true
	for line in text.split("\n"):
		if line.begins_with("#if-missing "):
			keeps = not line.trim_prefix("#if-missing ") in properties
		elif line == "#end-if":
			keeps = true
		elif keeps:
			lines.append(line)
	return "\n".join(lines)


## Has the next export name the scripts, and leave the library out.
static func present() -> void:
	var cache := ConfigFile.new()
	# A project without a class of its own may have no such file.
	cache.load(_get_path("global_script_class_cache.cfg"))
	var list: Array = cache.get_value("", "list", [])
	list = list.filter(_is_projects_own)
	for name_of_class: StringName in CLASSES:
		list.append({
			"base": CLASSES[name_of_class][1],
			"class": name_of_class,
			"icon": "",
			"is_abstract": false,
			"is_tool": false,
			"language": &"GDScript",
			"path": FOLDER + CLASSES[name_of_class][0],
		})
	cache.set_value("", "list", list)
	_write(_get_path("global_script_class_cache.cfg"), cache.encode_to_text())
	var extensions := _read_extensions()
	extensions.erase(DESCRIPTION)
	_write(_get_path("extension_list.cfg"), "\n".join(extensions))


## Undoes that.
static func withdraw() -> void:
	var cache := ConfigFile.new()
	if cache.load(_get_path("global_script_class_cache.cfg")) == OK:
		var list: Array = cache.get_value("", "list", [])
		var own := list.filter(_is_projects_own)
		if own.size() != list.size():
			cache.set_value("", "list", own)
			_write(_get_path("global_script_class_cache.cfg"), cache.encode_to_text())
	var extensions := _read_extensions()
	if FileAccess.file_exists(_get_path("extension_list.cfg")) and not DESCRIPTION in extensions:
		extensions.append(DESCRIPTION)
		_write(_get_path("extension_list.cfg"), "\n".join(extensions) + "\n")


static func _is_projects_own(entry: Dictionary) -> bool:
	return not str(entry.get("path", "")).begins_with(FOLDER)


static func _read_extensions() -> Array[String]:
	var extensions: Array[String] = []
	var path := _get_path("extension_list.cfg")
	if FileAccess.file_exists(path):
		extensions.assign(FileAccess.get_file_as_string(path).split("\n", false))
	return extensions


static func _get_path(file: String) -> String:
	var is_hidden: bool = ProjectSettings.get_setting("application/config/use_hidden_project_data_directory", true)
	return ("res://.godot/" if is_hidden else "res://godot/") + file


## All of it or nothing: the engine may be ended at any moment.
static func _write(path: String, text: String) -> void:
	var file := FileAccess.open(path + ".new", FileAccess.WRITE)
	if file == null:
		push_error("Rust WebSocket cannot write %s (%s)." % [path, error_string(FileAccess.get_open_error())])
		return
	file.store_string(text)
	file.close()
	DirAccess.rename_absolute(path + ".new", path)
