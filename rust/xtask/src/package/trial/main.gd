extends Node
## One end of a conversation: with [code]--port=N[/code] the client of a server there, else the server.
##
## The client asks by RPC, the server answers by RPC, and both say [code]PLAYED[/code].

const QUESTION := 41
const LIMIT := 60.0

var _role := "server"


func _ready() -> void:
	get_tree().create_timer(LIMIT).timeout.connect(_fail.bind("nobody answered"))
	if not _is_everything_there():
		return
	for argument in OS.get_cmdline_user_args():
		if argument.begins_with("--port="):
			_role = "client"
			_join(argument.trim_prefix("--port=").to_int())
			return
	_host()


func _is_everything_there() -> bool:
	var single := RustWebSocketPeer.new()
	if single.get_ready_state() != RustWebSocketPeer.STATE_CLOSED:
		_fail("a new RustWebSocketPeer is not closed")
		return false
	if not RustWebSocketMultiplayer.is_native():
		_fail("the helper does not see the library")
		return false
	for icon: String in ["rust_websocket_multiplayer_peer", "rust_websocket_peer"]:
		var texture: Texture2D = load("res://addons/rust_websocket/icons/%s.svg" % icon)
		if texture == null or texture.get_size() != Vector2(16, 16):
			_fail("%s is no icon" % icon)
			return false
	return true


func _host() -> void:
	var peer := RustWebSocketMultiplayerPeer.new()
	if peer.create_server(0, "127.0.0.1") != OK:
		_fail("cannot listen")
		return
	multiplayer.multiplayer_peer = peer
	multiplayer.peer_disconnected.connect(_on_peer_disconnected)
	print("LISTENING %d" % peer.get_local_port())


func _join(port: int) -> void:
	var peer := RustWebSocketMultiplayer.create_peer({handshake_timeout = 30.0})
	if peer.get_class() != "RustWebSocketMultiplayerPeer":
		_fail("the helper gave a %s" % peer.get_class())
		return
	if peer.call("create_client", "ws://127.0.0.1:%d" % port) != OK:
		_fail("cannot connect")
		return
	multiplayer.multiplayer_peer = peer
	multiplayer.connected_to_server.connect(func() -> void: ask.rpc_id(1, QUESTION))
	multiplayer.connection_failed.connect(_fail.bind("no connection"))


@rpc("any_peer", "call_remote", "reliable")
func ask(number: int) -> void:
	answer.rpc_id(multiplayer.get_remote_sender_id(), number + 1)


@rpc("authority", "call_remote", "reliable")
func answer(number: int) -> void:
	if number != QUESTION + 1:
		_fail("the answer is %d" % number)
		return
	# Not from inside the call: at the end of a game, the engine complains of a cache that was cleared too soon.
	multiplayer.multiplayer_peer.close.call_deferred()
	_succeed()


func _on_peer_disconnected(_id: int) -> void:
	_succeed()


func _succeed() -> void:
	print("PLAYED as %s" % _role)
	get_tree().quit()


func _fail(reason: String) -> void:
	printerr("FAILED as %s: %s" % [_role, reason])
	get_tree().quit(1)
