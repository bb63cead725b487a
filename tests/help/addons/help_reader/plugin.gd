@tool
extends EditorPlugin
## Opens the editor's help on the classes named in the command line, `--classes=A,B`, prints what a reader would see
## there, and ends the editor. Without that argument it does nothing.
## With `--warm-up` it ends the editor as soon as that has its own help in its cache: the first start of an editor makes
## the cache, and shows no description of any extension while it does.
##
## Per class: `HELP <class> <text as JSON>`, and for every member that must be described `MEMBER <class> <kind> <name>`.

## Frames that the editor gets for one page; it only ever passes when something is broken.
const PATIENCE_FRAMES := 600


func _enter_tree() -> void:
	_read.call_deferred()


func _read() -> void:
	for argument: String in OS.get_cmdline_user_args():
		if argument == "--warm-up":
			await _has_cache()
			get_tree().quit()
		if argument.begins_with("--classes="):
			for name_of_class: String in argument.trim_prefix("--classes=").split(","):
				_list_members(name_of_class)
				print("HELP ", name_of_class, " ", JSON.stringify(await _page(name_of_class)))
			get_tree().quit()


func _has_cache() -> void:
	var directory := EditorInterface.get_editor_paths().get_cache_dir()
	for _i: int in PATIENCE_FRAMES:
		await get_tree().process_frame
		for file: String in DirAccess.get_files_at(directory):
			if file.begins_with("editor_doc_cache"):
				return


func _page(name_of_class: String) -> String:
	var editor := EditorInterface.get_script_editor()
	editor.goto_help("class_name:" + name_of_class)
	for _i: int in PATIENCE_FRAMES:
		await get_tree().process_frame
		for help: Node in editor.find_children("*", "EditorHelp", true, false):
			if help.name != name_of_class:
				continue
			for label: RichTextLabel in help.find_children("*", "RichTextLabel", true, false):
				var text := label.get_parsed_text()
				if text.begins_with("Class:") and text.contains("Method Descriptions"):
					return text
	return ""


## The methods of a property. Godot 4.3 does not tell them; there, they are known by their names.
func _accessors_of(name_of_class: String, property: String) -> Array[StringName]:
	if ClassDB.has_method("class_get_property_getter"):
		return [
			ClassDB.call("class_get_property_getter", name_of_class, property),
			ClassDB.call("class_get_property_setter", name_of_class, property),
		]
	return [StringName("get_" + property), StringName("is_" + property), StringName("set_" + property)]


func _list_members(name_of_class: String) -> void:
	var accessors: Dictionary = {}
	for info: Dictionary in ClassDB.class_get_property_list(name_of_class, true):
		var property: String = info["name"]
		print("MEMBER %s property %s" % [name_of_class, property])
		for accessor: StringName in _accessors_of(name_of_class, property):
			accessors[accessor] = true
	for info: Dictionary in ClassDB.class_get_method_list(name_of_class, true):
		var method: String = info["name"]
		# The page shows a property's methods beside it, and leaves out those that are nobody's business.
		if not method.begins_with("_") and not accessors.has(StringName(method)):
			print("MEMBER %s method %s" % [name_of_class, method])
	for info: Dictionary in ClassDB.class_get_signal_list(name_of_class, true):
		print("MEMBER %s signal %s" % [name_of_class, info["name"]])
	for constant: String in ClassDB.class_get_integer_constant_list(name_of_class, true):
		print("MEMBER %s constant %s" % [name_of_class, constant])
