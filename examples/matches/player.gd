extends Node
## A player: goes to the lobby, asks to play, goes where it is sent, and says hello there. When a match ends under it, or after so many
## [code]--hellos=[/code], it goes back to the lobby and asks for another.

const Settings := preload("res://settings.gd")

const NOT_LET_IN := 2
## So many matches in a row may not let it in, with a pause after each.
const MAX_REFUSALS := 3
const PAUSE_SECONDS := 1.0

var _name := Settings.option("name", "ada")
## How many hellos to say in each match before it is left; 0 to stay.
var _hellos := Settings.option("hellos", "0").to_int()
## The match that is played, or was played last.
var _match := Settings.NO_MATCH
## Whether the way leads into a match, or from there to the lobby.
var _is_in_match := false
var _refusals := 0
var _peer: RustWebSocketMultiplayerPeer

@onready var _api := multiplayer as SceneMultiplayer


func _ready() -> void:
	_api.connected_to_server.connect(_on_connected)
	_api.peer_packet.connect(_on_packet)
	_api.connection_failed.connect(_on_failed)
	_api.server_disconnected.connect(_on_end)
	_go_to_lobby()


func _go_to_lobby() -> void:
	_is_in_match = false
	var url := "%s/lobby?name=%s" % [Settings.option("lobby", "ws://127.0.0.1:9080"), _name.uri_encode()]
	_go_to(url + ("&after=%d" % _match if _match != Settings.NO_MATCH else ""))


func _go_to(url: String) -> void:
	_peer = RustWebSocketMultiplayerPeer.new()
	if _peer.create_client(url) != OK:
		_on_failed()
		return
	_api.multiplayer_peer = _peer


func _on_connected() -> void:
	if _is_in_match:
		_refusals = 0
	_tell({"say": "hello"} if _is_in_match else {"play": true})


func _on_packet(_id: int, packet: PackedByteArray) -> void:
	var message := Settings.from_bytes(packet)
	if message.has("url"):
		print("sent to match %d" % message["match"])
		_match = int(message["match"])
		_is_in_match = true
		# Not while this packet's peer is being polled.
		_go_to.call_deferred("%s?ticket=%s" % [message["url"], message["ticket"]])
	elif message.has("wait"):
		print("waiting: ", message["wait"])
	elif message.has("refused"):
		print("not let in: ", message["refused"])
		get_tree().quit(NOT_LET_IN)
	elif message.has("news"):
		print(message["news"])
		if message["news"] == "%s says hello" % _name:
			_hellos -= 1
			if _hellos == 0:
				_go_to_lobby.call_deferred()


## Not let in, or let in and at the end of it.
func _on_failed() -> void:
	_refusals += 1
	print("not let in: ", _peer.get_last_error_message())
	if not _is_in_match or _refusals >= MAX_REFUSALS:
		get_tree().quit(NOT_LET_IN)
		return
	# The match was over before it was reached; there may be others.
	await get_tree().create_timer(PAUSE_SECONDS).timeout
	_go_to_lobby()


func _on_end() -> void:
	print("the end: ", _peer.get_last_error_message())
	if _is_in_match and multiplayer.multiplayer_peer == _peer:
		# The match is over, or its process is; there may be others.
		_go_to_lobby.call_deferred()
	else:
		get_tree().quit(NOT_LET_IN)


func _tell(message: Dictionary) -> void:
	_api.send_bytes(Settings.to_bytes(message), MultiplayerPeer.TARGET_PEER_SERVER)
