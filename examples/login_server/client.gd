extends Node
## A player who logs in, is welcomed, and leaves; or is not let in, and says why.

const NOT_LET_IN := 2

var _player := ""
var _secret := ""
var _url := "ws://127.0.0.1:9080"
var _peer := RustWebSocketMultiplayerPeer.new()

@onready var _api := multiplayer as SceneMultiplayer


func _ready() -> void:
	for argument: String in OS.get_cmdline_user_args():
		if argument.begins_with("--name="):
			_player = argument.trim_prefix("--name=")
		elif argument.begins_with("--secret="):
			_secret = argument.trim_prefix("--secret=")
		elif argument.begins_with("--url="):
			_url = argument.trim_prefix("--url=")

	# With a callback, neither side is connected for the other until both have completed.
	_api.auth_callback = _on_question
	_api.peer_packet.connect(_on_peer_packet)
	_api.connection_failed.connect(_on_end)
	_api.server_disconnected.connect(_on_end)
	if _peer.create_client(_url) != OK:
		_on_end()
		return
	_api.multiplayer_peer = _peer


func _on_question(id: int, question: PackedByteArray) -> void:
	var key := _secret.to_utf8_buffer() + PackedByteArray([0])
	var digest := Crypto.new().hmac_digest(HashingContext.HASH_SHA256, key, question)
	_api.send_auth(id, digest + _player.to_utf8_buffer())
	_api.complete_auth(id)


func _on_peer_packet(_id: int, packet: PackedByteArray) -> void:
	print("the server says: ", packet.get_string_from_utf8())
	get_tree().quit()


func _on_end() -> void:
	print("not let in: ", _peer.get_last_error_message())
	get_tree().quit(NOT_LET_IN)
