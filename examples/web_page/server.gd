extends Node
## A server for players in the engine and for visitors with nothing but a web page: what anybody says, all hear.
##
## It is an ordinary multiplayer server. A page speaks to it in the packets of [method SceneMultiplayer.send_bytes].

const MAX_LINE_SIZE := 2000

@onready var _api := multiplayer as SceneMultiplayer


func _ready() -> void:
	_api.peer_connected.connect(_on_peer_connected)
	_api.peer_disconnected.connect(_on_peer_disconnected)
	_api.peer_packet.connect(_on_peer_packet)
	var peer := RustWebSocketMultiplayerPeer.new()
	peer.heartbeat_interval = 10.0
	if peer.create_server(_port()) != OK:
		printerr("cannot listen: ", peer.get_last_error_message())
		get_tree().quit(1)
		return
	_api.multiplayer_peer = peer
	print("listening on port %d" % peer.get_local_port())


func _on_peer_connected(id: int) -> void:
	print("a visitor has come")
	_api.send_bytes("Welcome.".to_utf8_buffer(), id)


func _on_peer_disconnected(_id: int) -> void:
	print("a visitor has left")


func _on_peer_packet(id: int, packet: PackedByteArray) -> void:
	# Measured before it is read: for each byte that is not UTF-8, the engine writes a line to the log.
	if packet.size() > MAX_LINE_SIZE:
		return
	var line := packet.get_string_from_utf8()
	print("a visitor says: ", line)
	_api.send_bytes(("%d: %s" % [id, line]).to_utf8_buffer())


func _port() -> int:
	for argument: String in OS.get_cmdline_user_args():
		if argument.begins_with("--port="):
			return argument.trim_prefix("--port=").to_int()
	return 9080
