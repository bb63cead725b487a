extends Node
## A small JSON API for the client to talk to, made of [TCPServer] and one [RustWebSocketPeer] per connection.

var _listener := TCPServer.new()
var _sockets: Array[RustWebSocketPeer] = []
## Those that have been told the news already.
var _greeted: Array[RustWebSocketPeer] = []


func _ready() -> void:
	if _listener.listen(_port(), "127.0.0.1") != OK:
		printerr("cannot listen")
		get_tree().quit(1)
		return
	print("listening on port %d" % _listener.get_local_port())


func _process(_delta: float) -> void:
	while _listener.is_connection_available():
		var socket := RustWebSocketPeer.new()
		socket.supported_protocols = PackedStringArray(["example.json"])
		socket.accept_stream(_listener.take_connection())
		_sockets.append(socket)
	for socket: RustWebSocketPeer in _sockets.duplicate():
		_serve(socket)


func _serve(socket: RustWebSocketPeer) -> void:
	socket.poll()
	if socket.get_ready_state() == RustWebSocketPeer.STATE_OPEN and not _greeted.has(socket):
		_greeted.append(socket)
		print("a client asks for ", socket.get_requested_url().get_slice("/", 3))
		socket.send_text(JSON.stringify({"event": "welcome"}))
	while socket.get_available_packet_count() > 0:
		var packet := socket.get_packet()
		# What came as text is UTF-8 for sure. Unlike parse_string, this says nothing to the log about bad JSON.
		var json := JSON.new()
		var is_json := socket.was_string_packet() and json.parse(packet.get_string_from_utf8()) == OK
		var message: Variant = json.data if is_json else null
		if message is Dictionary:
			socket.send_text(JSON.stringify(_answer(message)))
		else:
			socket.close(1007, "not a JSON object")
	if socket.get_ready_state() == RustWebSocketPeer.STATE_CLOSED:
		print("a client has gone with ", socket.get_close_code())
		_sockets.erase(socket)
		_greeted.erase(socket)


func _answer(message: Dictionary) -> Dictionary:
	var answer: Dictionary = {"id": message.get("id")}
	var parameters: Variant = message.get("params")
	if not (parameters is Array and parameters.size() == 2 and parameters.all(_is_number)):
		answer["error"] = "two numbers are needed"
	elif message.get("method") == "add":
		answer["result"] = parameters[0] + parameters[1]
	elif message.get("method") == "divide" and parameters[1] == 0:
		answer["error"] = "division by zero"
	elif message.get("method") == "divide":
		answer["result"] = parameters[0] / parameters[1]
	else:
		answer["error"] = "no such method"
	return answer


static func _is_number(value: Variant) -> bool:
	return value is float or value is int


func _port() -> int:
	for argument: String in OS.get_cmdline_user_args():
		if argument.begins_with("--port="):
			return argument.trim_prefix("--port=").to_int()
	return 9080
