extends "res://scenario.gd"
## Somebody reads the engine's log, and asks the very peer that has something to say in it; at last, closes it.

## By its source, for there are no such readers before Godot 4.5.
const READER := "
extends Logger

var peer: MultiplayerPeer
var statuses: Array[int] = []
var closes := false


func _log_error(_a: String, _b: String, _c: int, _d: String, _e: String, _f: bool, _g: int, _h: Array[ScriptBacktrace]) -> void:
	if peer == null:
		return
	statuses.append(peer.get_connection_status())
	if closes:
		peer.close()
"


func solo() -> void:
	var is_there: bool = Engine.get_version_info()["hex"] >= 0x040500
	expect_equal(ClassDB.class_exists("Logger"), is_there, "whether a script can read the log")
	if not is_there:
		return
	var script := GDScript.new()
	script.source_code = READER
	script.reload()
	var reader: Object = script.new()
	OS.call("add_logger", reader)
	var peer := new_peer()
	var listener := func(call_it: Callable) -> int:
		reader.set("peer", peer)
		call_it.call()
		reader.set("peer", null)
		var statuses: Array = reader.get("statuses")
		expect(not statuses.is_empty(), "it was told in the log")
		var last: int = statuses[-1]
		statuses.clear()
		return last
	note("disconnected, no such peer", [listener.call(peer.disconnect_peer.bind(5))])
	note("disconnected, a packet", [listener.call(peer.put_packet.bind(PackedByteArray([1])))])
	note_error("create_server", peer.call("create_server", free_port(), "127.0.0.1"))
	note("a server, no such peer", [listener.call(peer.disconnect_peer.bind(5))])
	note("a server already", [listener.call(peer.call.bind("create_server", 1))])
	peer.set_target_peer(77)
	reader.set("closes", true)
	note("a server, a packet for nobody", [listener.call(peer.put_packet.bind(PackedByteArray([1])))])
	note_status(peer)
	OS.call("remove_logger", reader)
