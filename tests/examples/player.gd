extends Node
## A player on the engine's own class at the server of the web page: says a line to all, and prints what is heard.

var _api: SceneMultiplayer


func _ready() -> void:
	_api = multiplayer as SceneMultiplayer
	_api.peer_packet.connect(func(_id: int, packet: PackedByteArray) -> void:
		print("HEARD ", packet.get_string_from_utf8())
	)
	_api.connected_to_server.connect(func() -> void:
		_api.send_bytes("grüße from the engine".to_utf8_buffer(), 1)
	)
	var peer := WebSocketMultiplayerPeer.new()
	for argument: String in OS.get_cmdline_user_args():
		if argument.begins_with("--url=") and peer.create_client(argument.trim_prefix("--url=")) != OK:
			printerr("FAILED to connect")
	_api.multiplayer_peer = peer
