extends "res://scenario.gd"
## Walks [ClassDB]: whatever the class named by the option `builtin` has, the class named by `ours` has in the same
## shape. Every difference is an event of its own; the test knows which of them are meant to be.

## Where a class's own members end: from here on up, both classes have the same ancestors.
const COMMON_ANCESTOR := "RefCounted"

var _builtin: String
var _ours: String
var _compared: Dictionary = {}


func solo() -> void:
	_builtin = option("builtin")
	_ours = option("ours")
	if not ClassDB.class_exists(_ours):
		await fail("the engine has no class " + _ours)
	_compare("class", "can be instantiated", ClassDB.can_instantiate(_builtin), ClassDB.can_instantiate(_ours))
	_compare_methods()
	_compare_properties()
	_compare_signals()
	_compare_constants()
	_compare_fresh_instances()
	for kind: String in _compared:
		note("compared", [kind, _compared[kind]])


func _compare_methods() -> void:
	var theirs := _by_name(_members(ClassDB.class_get_method_list))
	var ours := _by_name(ClassDB.class_get_method_list(_ours))
	for method: String in theirs:
		if not ours.has(method):
			_compare("method", method, "present", "missing")
			continue
		var their_info: Dictionary = theirs[method]
		var our_info: Dictionary = ours[method]
		_compare("method", method + " flags", their_info["flags"], our_info["flags"])
		_compare("method", method + " defaults", their_info["default_args"], our_info["default_args"])
		_compare_values("method", method + " returns", their_info["return"], our_info["return"])
		var their_arguments: Array = their_info["args"]
		var our_arguments: Array = our_info["args"]
		_compare("method", method + " arguments", their_arguments.size(), our_arguments.size())
		for i: int in mini(their_arguments.size(), our_arguments.size()):
			var their_argument: Dictionary = their_arguments[i]
			var our_argument: Dictionary = our_arguments[i]
			_compare_values("method", "%s argument %d" % [method, i + 1], their_argument, our_argument)


func _compare_properties() -> void:
	var theirs := _by_name(_members(ClassDB.class_get_property_list))
	var ours := _by_name(ClassDB.class_get_property_list(_ours))
	for property: String in theirs:
		var their_info: Dictionary = theirs[property]
		if their_info["usage"] & (PROPERTY_USAGE_CATEGORY | PROPERTY_USAGE_GROUP | PROPERTY_USAGE_SUBGROUP):
			continue
		if not ours.has(property):
			_compare("property", property, "present", "missing")
			continue
		var our_info: Dictionary = ours[property]
		_compare_values("property", property, their_info, our_info)
		_compare(
			"property", property + " default",
			ClassDB.class_get_property_default_value(_builtin, property),
			ClassDB.class_get_property_default_value(_ours, property)
		)
		for question: String in ["class_get_property_setter", "class_get_property_getter"]:
			# Godot 4.3 does not tell. Both classes' methods are compared all the same.
			if ClassDB.has_method(question):
				_compare(
					"property", property + question.trim_prefix("class_get_property").replace("_", " "),
					ClassDB.call(question, _builtin, property), ClassDB.call(question, _ours, property)
				)


func _compare_signals() -> void:
	var theirs := _by_name(_members(ClassDB.class_get_signal_list))
	var ours := _by_name(ClassDB.class_get_signal_list(_ours))
	for name_of_signal: String in theirs:
		if not ours.has(name_of_signal):
			_compare("signal", name_of_signal, "present", "missing")
			continue
		var their_arguments: Array = theirs[name_of_signal]["args"]
		var our_arguments: Array = ours[name_of_signal]["args"]
		_compare("signal", name_of_signal + " arguments", their_arguments.size(), our_arguments.size())
		for i: int in mini(their_arguments.size(), our_arguments.size()):
			var their_argument: Dictionary = their_arguments[i]
			var our_argument: Dictionary = our_arguments[i]
			_compare_values("signal", "%s argument %d" % [name_of_signal, i + 1], their_argument, our_argument)


func _compare_constants() -> void:
	for constant: String in _members(ClassDB.class_get_integer_constant_list):
		_compare(
			"constant", constant, ClassDB.class_get_integer_constant(_builtin, constant),
			ClassDB.class_get_integer_constant(_ours, constant)
		)
		_compare(
			"constant", constant + " enum", ClassDB.class_get_integer_constant_enum(_builtin, constant),
			ClassDB.class_get_integer_constant_enum(_ours, constant)
		)
	for enumeration: String in _members(ClassDB.class_get_enum_list):
		_compare(
			"enum", enumeration, ClassDB.class_get_enum_constants(_builtin, enumeration),
			ClassDB.class_get_enum_constants(_ours, enumeration)
		)
		_compare(
			"enum", enumeration + " is bitfield", ClassDB.is_class_enum_bitfield(_builtin, enumeration),
			ClassDB.is_class_enum_bitfield(_ours, enumeration)
		)


## Every property of a new object, and what every question without arguments is answered with.
func _compare_fresh_instances() -> void:
	var theirs: Object = ClassDB.instantiate(_builtin)
	var ours: Object = ClassDB.instantiate(_ours)
	for info: Dictionary in _members(ClassDB.class_get_property_list):
		var property: String = info["name"]
		_compare("instance", property, theirs.get(property), ours.get(property))
	for info: Dictionary in _members(ClassDB.class_get_method_list):
		var method: String = info["name"]
		var arguments: Array = info["args"]
		var is_question: bool = info["flags"] & METHOD_FLAG_CONST and not info["flags"] & METHOD_FLAG_VIRTUAL
		# What is drawn at random is nobody's shape.
		if is_question and arguments.is_empty() and method != "generate_unique_id":
			_compare("instance", method + "()", theirs.callv(method, []), ours.callv(method, []))


## What the built-in class and its ancestors have, but for those that everything has.
func _members(list: Callable) -> Array:
	var members := []
	var of_class := _builtin
	while of_class != COMMON_ANCESTOR:
		members.append_array(list.call(of_class, true) as Array)
		of_class = ClassDB.get_parent_class(of_class)
	return members


func _by_name(members: Array) -> Dictionary:
	var by_name: Dictionary = {}
	for info: Dictionary in members:
		# Virtual methods are for who extends the class; the oldest form is the one that counts.
		by_name[info["name"]] = info
	return by_name


func _compare_values(kind: String, what: String, theirs: Dictionary, ours: Dictionary) -> void:
	for aspect: String in ["name", "type", "class_name", "hint", "hint_string", "usage"]:
		_compare(kind, "%s %s" % [what, aspect], theirs[aspect], ours[aspect])


## Classes that refer to each other do so among their own.
func _compare(kind: String, what: String, theirs: Variant, ours: Variant) -> void:
	_compared[kind] = _compared.get(kind, 0) + 1
	var their_text := _text(theirs)
	var our_text := _text(ours).replace("RustWebSocket", "WebSocket")
	if their_text != our_text:
		note("difference", ["%s %s" % [kind, what], their_text, our_text])


## A value and, where a number could hide it, its type.
func _text(value: Variant) -> String:
	if value is String or value is StringName:
		return str(value)
	return "null" if value == null else var_to_str(value)
