extends Node
## The same game in before.gd, on the engine's class, and in after.gd, on the addon's: two lines differ.


func _ready() -> void:
	multiplayer.peer_connected.connect(_on_peer_connected)
	multiplayer.connection_failed.connect(_on_connection_failed)
	for argument: String in OS.get_cmdline_user_args():
		if argument.begins_with("--host="):
			host(argument.trim_prefix("--host=").to_int())
		elif argument.begins_with("--join="):
			join(argument.trim_prefix("--join="))


func host(port: int) -> void:
	var peer := RustWebSocketMultiplayerPeer.new()
	if peer.create_server(port) != OK:
		print("cannot host")
		return
	multiplayer.multiplayer_peer = peer
	print("hosting")


func join(url: String) -> void:
	var peer := RustWebSocketMultiplayerPeer.new()
	if peer.create_client(url) != OK:
		print("cannot join")
		return
	multiplayer.multiplayer_peer = peer


@rpc("any_peer", "reliable")
func greet(text: String) -> void:
	print("%s says: %s" % ["the server" if multiplayer.get_remote_sender_id() == 1 else "a client", text])


func _on_peer_connected(id: int) -> void:
	greet.rpc_id(id, "hello")


func _on_connection_failed() -> void:
	print("cannot join")
