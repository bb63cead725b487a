extends RefCounted
## What one role saw, in order, in words that are the same for every run.
##
## Peer ids are drawn at random, so they are kept apart by [method peer] and become role names
## only when the transcript is written, when every role has told its own.

const SERVER_ID := 1

const STATUS_NAMES: Array[String] = ["disconnected", "connecting", "connected"]

var _events: Array[Array] = []
var _closed := false


## A peer id, to be written as the name of the role that has it.
static func peer(id: int) -> Dictionary:
	return {"peer": id}


## Adds one event; what comes after [method close] is left out.
func add(event: String, values: Array = []) -> void:
	if not _closed:
		_events.append([event] + values)


## The teardown that follows is nobody's business.
func close() -> void:
	_closed = true


## The whole as one line of JSON, with `names` mapping peer ids to roles.
func to_line(names: Dictionary) -> String:
	return JSON.stringify(_named(_events, names))


func _named(value: Variant, names: Dictionary) -> Variant:
	match typeof(value):
		TYPE_ARRAY:
			var array: Array = value
			return array.map(func(item: Variant) -> Variant: return _named(item, names))
		TYPE_DICTIONARY:
			var dictionary: Dictionary = value
			if dictionary.size() == 1 and dictionary.has("peer"):
				return _name(dictionary["peer"], names)
			return dictionary
		TYPE_PACKED_BYTE_ARRAY:
			var bytes: PackedByteArray = value
			return _bytes(bytes)
		_:
			return value


func _name(id: int, names: Dictionary) -> String:
	if id == 0:
		return "nobody"
	return names.get(id, "somebody")


func _bytes(bytes: PackedByteArray) -> String:
	if bytes.size() <= 64:
		return bytes.hex_encode()
	var context := HashingContext.new()
	context.start(HashingContext.HASH_SHA256)
	context.update(bytes)
	return "%d bytes, sha256 %s" % [bytes.size(), context.finish().hex_encode().left(16)]
