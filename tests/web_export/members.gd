extends SceneTree
## Prints each member of our classes in a line, of the native ones or of the scripts that stand in for them.

const CLASSES: Array[String] = ["RustWebSocketMultiplayerPeer", "RustWebSocketPeer", "RustWebSocketRequest"]
## What the scripts' base class has already.
const OF_BUILT_IN := "WebSocketPeer"


func _initialize() -> void:
	var is_native := OS.get_cmdline_user_args() == PackedStringArray(["--of=native"])
	if not is_native:
		_write_scripts()
	for of_class in CLASSES:
		if is_native:
			_list_native(of_class)
		else:
			_list_script(of_class)
	quit()


## Their texts are made for this engine, as an export does.
func _write_scripts() -> void:
	var stand_ins: GDScript = load("res://stand_ins.gd")
	var scripts: Dictionary = stand_ins.get_scripts()
	for path: String in scripts:
		FileAccess.open(path, FileAccess.WRITE).store_string(scripts[path])


func _list_native(of_class: String) -> void:
	var base := OF_BUILT_IN if of_class == "RustWebSocketPeer" else ""
	for method in ClassDB.class_get_method_list(of_class, true):
		# What begins so is not for games; what the script's base class has, it has.
		if not method.name.begins_with("_") and not (base and ClassDB.class_has_method(base, method.name)):
			_print_method(of_class, method, method.default_args)
	var object: Object = ClassDB.instantiate(of_class)
	for property in ClassDB.class_get_property_list(of_class, true):
		var is_in_base := base and ClassDB.class_get_property_list(base).any(
				func(info: Dictionary) -> bool: return info.name == property.name)
		if not property.usage & (PROPERTY_USAGE_CATEGORY | PROPERTY_USAGE_GROUP) and not is_in_base:
			_print(of_class, "property", "%s: %s = %s" % [property.name, type_string(property.type),
					var_to_str(object.get(property.name))])
	_list_numbers(of_class, object)
	for info in ClassDB.class_get_signal_list(of_class, true):
		_print_signal(of_class, info)
	for constant in ClassDB.class_get_integer_constant_list(of_class, true):
		if not (base and constant in ClassDB.class_get_integer_constant_list(base)):
			_print(of_class, "constant", "%s = %d" % [constant, ClassDB.class_get_integer_constant(of_class, constant)])
	for name_of_enum in ClassDB.class_get_enum_list(of_class, true):
		if not (base and name_of_enum in ClassDB.class_get_enum_list(base)):
			_print(of_class, "enum", "%s %s" % [name_of_enum,
					ClassDB.class_get_enum_constants(of_class, name_of_enum, true)])


func _list_script(of_class: String) -> void:
	var script: GDScript = load("res://addons/rust_websocket/classes/%s.gd" % of_class.to_snake_case().replace("web_socket", "websocket"))
	var object: Object = script.new()
	for method in script.get_script_method_list():
		if not method.name.begins_with("_") and not method.name.begins_with("@"):
			_print_method(of_class, method, method.default_args)
	for property in script.get_script_property_list():
		if not property.usage & PROPERTY_USAGE_CATEGORY and not property.name.begins_with("_"):
			_print(of_class, "property", "%s: %s = %s" % [property.name, type_string(property.type),
					var_to_str(object.get(property.name))])
	_list_numbers(of_class, object)
	for info in script.get_script_signal_list():
		_print_signal(of_class, info)
	var constants := script.get_script_constant_map()
	for constant: String in constants:
		if constant.begins_with("_"):
			continue
		if constants[constant] is Dictionary:
			_print(of_class, "enum", "%s %s" % [constant, PackedStringArray(constants[constant].keys())])
		else:
			_print(of_class, "constant", "%s = %d" % [constant, constants[constant]])


## What a game reads by name.
func _list_numbers(of_class: String, object: Object) -> void:
	if object.has_method("get_statistics"):
		var statistics: Dictionary = object.call("get_statistics")
		for number: String in statistics:
			_print(of_class, "number", "%s = %s" % [number, var_to_str(statistics[number])])


func _print_method(of_class: String, method: Dictionary, defaults: Array) -> void:
	var arguments := PackedStringArray()
	var first_default: int = method.args.size() - defaults.size()
	for index: int in method.args.size():
		var argument: Dictionary = method.args[index]
		var text := "%s %s" % [_type(argument), argument.name.trim_prefix("_").trim_suffix("_")]
		if index >= first_default:
			# A script does not tell a default that is no constant, such as an empty array.
			var default: Variant = defaults[index - first_default]
			text += " = " + ("null" if default is PackedStringArray else var_to_str(default))
		arguments.append(text)
	_print(of_class, "method", "%s %s(%s)" % [_type(method["return"]), method.name, ", ".join(arguments)])


func _print_signal(of_class: String, info: Dictionary) -> void:
	var arguments: Array = info.args.map(func(argument: Dictionary) -> String: return "%s %s" % [_type(argument), argument.name])
	_print(of_class, "signal", "%s(%s)" % [info.name, ", ".join(PackedStringArray(arguments))])


func _type(info: Dictionary) -> String:
	return info.class_name if info.type == TYPE_OBJECT else type_string(info.type)


func _print(of_class: String, kind: String, text: String) -> void:
	print("MEMBER %s %s %s" % [of_class, kind, text])
