extends Node
## A dedicated server that lets in only players who know their secret.
##
## Who connects is asked a question before anybody hears of it: so many random bytes. The answer is the HMAC of these
## bytes under the player's secret, so the secret itself never travels, and an answer that was overheard is worth nothing
## the next time.

## Why a player is sent away, as a WebSocket close code of the game's own.
const WRONG_ANSWER := 4001
const QUESTION_SIZE := 32
const DIGEST_SIZE := 32
const MAX_NAME_SIZE := 64
const ACCOUNTS := "res://accounts.cfg"

var _accounts := ConfigFile.new()
var _crypto := Crypto.new()
## What each newcomer was asked, by peer id.
var _questions: Dictionary = {}
## The names of those who are in, by peer id.
var _players: Dictionary = {}
var _peer := RustWebSocketMultiplayerPeer.new()

@onready var _api := multiplayer as SceneMultiplayer


func _ready() -> void:
	if _accounts.load(ACCOUNTS) != OK:
		printerr("there are no accounts at ", ACCOUNTS)
		get_tree().quit(1)
		return
	_api.auth_callback = _on_answer
	_api.auth_timeout = 5.0
	_api.peer_authenticating.connect(_ask)
	_api.peer_authentication_failed.connect(_on_authentication_failed)
	_api.peer_connected.connect(_on_peer_connected)
	_api.peer_disconnected.connect(_on_peer_disconnected)

	# Strangers hold a place until they are in or out; so there are more places than players that are wanted.
	_peer.max_peers = 200
	_peer.inbound_buffer_size = 4096
	if _peer.create_server(_port()) != OK:
		printerr("cannot listen: ", _peer.get_last_error_message())
		get_tree().quit(1)
		return
	_api.multiplayer_peer = _peer
	print("listening on port %d" % _peer.get_local_port())


func _ask(id: int) -> void:
	_questions[id] = _crypto.generate_random_bytes(QUESTION_SIZE)
	_api.send_auth(id, _questions[id])


## An answer is the digest, and the player's name after it.
func _on_answer(id: int, answer: PackedByteArray) -> void:
	if not _questions.has(id):
		return
	var question: PackedByteArray = _questions[id]
	# One answer to a question, so that nobody tries one secret after the other.
	_questions.erase(id)
	var player := _player_of(answer)
	if not _is_right(question, player, answer.slice(0, DIGEST_SIZE)):
		# The code and the words reach the client; the engine then drops the newcomer, who never was a peer.
		_peer.get_peer(id).close(WRONG_ANSWER, "wrong name or secret")
		return
	_players[id] = player
	_api.complete_auth(id)


func _player_of(answer: PackedByteArray) -> String:
	var letters := answer.slice(DIGEST_SIZE)
	# Measured before it is read: for each byte that is not UTF-8, the engine writes a line to the log.
	return letters.get_string_from_utf8() if letters.size() <= MAX_NAME_SIZE else ""


func _is_right(question: PackedByteArray, player: String, digest: PackedByteArray) -> bool:
	var secret: String = _accounts.get_value("secrets", player, "")
	# A name that nobody has takes as long as one that somebody has; a key must not be empty.
	var key := secret.to_utf8_buffer() + PackedByteArray([0])
	var wanted := _crypto.hmac_digest(HashingContext.HASH_SHA256, key, question)
	return (
			digest.size() == DIGEST_SIZE
			and _crypto.constant_time_compare(wanted, digest)
			and not secret.is_empty()
	)


func _on_peer_connected(id: int) -> void:
	print("%s is in" % _players[id])
	_api.send_bytes(("Welcome, %s." % _players[id]).to_utf8_buffer(), id)


func _on_peer_disconnected(id: int) -> void:
	print("%s has left" % _players[id])
	_players.erase(id)


func _on_authentication_failed(id: int) -> void:
	_questions.erase(id)
	_players.erase(id)
	print("somebody was not let in")


func _port() -> int:
	for argument: String in OS.get_cmdline_user_args():
		if argument.begins_with("--port="):
			return argument.trim_prefix("--port=").to_int()
	return 9080
