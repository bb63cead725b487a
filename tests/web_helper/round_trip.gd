extends SceneTree
## Takes two peers from the helper, of the class that [code]--expected=[/code] names, and sends a
## packet there and back between them.

# Not by its global name: nobody has scanned this project, as nobody has who only exports it.
const WebSocketMultiplayer := preload("res://addons/rust_websocket/websocket_multiplayer.gd")

const LIMIT_MSEC := 60_000
const PORTS := 50

var _server: MultiplayerPeer
var _client: MultiplayerPeer
var _has_asked := false


func _initialize() -> void:
	var expected := ""
	for argument in OS.get_cmdline_user_args():
		expected = argument.trim_prefix("--expected=")
	if WebSocketMultiplayer.is_native() != (expected == "RustWebSocketMultiplayerPeer"):
		_fail("is_native() says %s" % WebSocketMultiplayer.is_native())
		return
	var settings := {"handshake_timeout": 30.0, &"max_queued_packets": 100}
	_server = WebSocketMultiplayer.create_peer()
	_client = WebSocketMultiplayer.create_peer(settings)
	for peer: MultiplayerPeer in [_server, _client]:
		if peer.get_class() != expected:
			_fail("it gave a %s" % peer.get_class())
			return
	if _client.get("handshake_timeout") != 30.0 or _client.get("max_queued_packets") != 100:
		_fail("it did not set what it was told to")
		return
	# What only one class has is refused, and the peer is as usable as before.
	_server = WebSocketMultiplayer.create_peer({heartbeat_interval = 5.0})
	var port := _listen()
	if port == 0 or _client.call("create_client", "ws://127.0.0.1:%d" % port) != OK:
		_fail("it cannot listen or connect")


## Listens on a port that is free: the built-in class cannot say which one the system gave it.
func _listen() -> int:
	for attempt in PORTS:
		var probe := TCPServer.new()
		probe.listen(0, "127.0.0.1")
		var port := probe.get_local_port()
		probe.stop()
		if _server.call("create_server", port, "127.0.0.1") == OK:
			return port
	return 0


func _process(_delta: float) -> bool:
	if _client == null or _server == null:
		return true
	if Time.get_ticks_msec() > LIMIT_MSEC:
		_fail("the packet did not come back")
		return true
	_server.poll()
	_client.poll()
	if not _has_asked and _client.get_connection_status() == MultiplayerPeer.CONNECTION_CONNECTED:
		_has_asked = true
		_client.put_packet("there".to_utf8_buffer())
	if _server.get_available_packet_count() > 0:
		_server.set_target_peer(_server.get_packet_peer())
		_server.put_packet(_server.get_packet() + " and back".to_utf8_buffer())
	if _client.get_available_packet_count() > 0:
		var packet := _client.get_packet().get_string_from_utf8()
		if packet == "there and back":
			print("PLAYED with %s" % _client.get_class())
		else:
			_fail("came back: %s" % packet)
		_client.close()
		_server.close()
		return true
	return false


func _fail(reason: String) -> void:
	print("FAILED ", reason)
	quit(1)
