extends Node
## A client of a JSON API over WebSocket: requests with answers, and news that nobody asked for.
##
## Every message is one JSON object as text. A request has an [code]id[/code] which its answer repeats; a message without
## one is news.

## The connection is open.
signal opened
## The server said something without being asked.
signal news_arrived(news: Dictionary)
## The connection is over, or never came to be.
signal closed(code: int, reason: String)

const NO_ANSWER: Dictionary = {"error": "the connection has ended"}

## Emitted with the answer, or with [constant NO_ANSWER]; one signal serves every request.
signal _answered(id: int, answer: Dictionary)

var _socket := RustWebSocketPeer.new()
var _state := RustWebSocketPeer.STATE_CLOSED
var _last_id := 0
var _waiting: Dictionary = {}


func _ready() -> void:
	# An API may speak a subprotocol, want a token, and send answers larger than a game's packets.
	_socket.supported_protocols = PackedStringArray(["example.json"])
	_socket.handshake_headers = PackedStringArray(["Authorization: Bearer example-token"])
	_socket.inbound_buffer_size = 1 << 20
	_socket.heartbeat_interval = 10.0
	opened.connect(_talk)
	closed.connect(_on_closed)
	news_arrived.connect(func(news: Dictionary) -> void: print("news: ", news.get("event")))
	var error := _socket.connect_to_url(_url())
	if error != OK:
		print("cannot connect: ", error_string(error))
		get_tree().quit(1)
		return
	_state = RustWebSocketPeer.STATE_CONNECTING


func _process(_delta: float) -> void:
	if _state == RustWebSocketPeer.STATE_CLOSED:
		return
	_socket.poll()
	var state := _socket.get_ready_state()
	if state == RustWebSocketPeer.STATE_OPEN and _state == RustWebSocketPeer.STATE_CONNECTING:
		_state = state
		opened.emit()
	# What arrived before the end can be read after it.
	while _socket.get_available_packet_count() > 0:
		var packet := _socket.get_packet()
		if _socket.was_string_packet():
			_take(packet.get_string_from_utf8())
	if state == RustWebSocketPeer.STATE_CLOSED:
		_state = state
		for id: int in _waiting.keys():
			_waiting.erase(id)
			_answered.emit(id, NO_ANSWER)
		closed.emit(_socket.get_close_code(), _socket.get_close_reason())
	elif state == RustWebSocketPeer.STATE_CLOSING:
		_state = state


## Asks the server something; the answer comes with [code]await[/code].
func request(method: String, parameters: Array = []) -> Dictionary:
	_last_id += 1
	var id := _last_id
	var text := JSON.stringify({"id": id, "method": method, "params": parameters})
	if _socket.send_text(text) != OK:
		return NO_ANSWER
	_waiting[id] = true
	while true:
		var answered: Array = await _answered
		if answered[0] == id:
			return answered[1]
	return NO_ANSWER


func _take(text: String) -> void:
	var json := JSON.new()
	if json.parse(text) != OK or not json.data is Dictionary:
		push_warning("not a JSON object: ", text.left(100))
		return
	var message: Dictionary = json.data
	var id: Variant = message.get("id")
	if id is float and _waiting.erase(int(id)):
		_answered.emit(int(id), message)
	else:
		news_arrived.emit(message)


## What this example does with the API.
func _talk() -> void:
	var sum := await request("add", [2, 40])
	# JSON knows no whole numbers, so that this is a float.
	var result: Variant = sum.get("result")
	print("2 + 40 = ", int(result) if result is float else sum.get("error"))
	var wrong := await request("divide", [1, 0])
	print("1 / 0: ", wrong.get("error", wrong.get("result")))
	_socket.close(1000, "goodbye")


func _on_closed(code: int, reason: String) -> void:
	print("closed with %d %s" % [code, reason])
	get_tree().quit(0 if code == 1000 else 1)


func _url() -> String:
	for argument: String in OS.get_cmdline_user_args():
		if argument.begins_with("--url="):
			return argument.trim_prefix("--url=")
	return "ws://127.0.0.1:9080/api"
