extends Node
## Chat by RPC, each way a packet can go.
##
## A line for everybody goes from client to server and from there to all; a
## private one goes from client to client, through the server's relay.

## Somebody (or the server itself, as 1) said something to all.
signal heard(from_id: int, text: String)
## Somebody said something to us alone.
signal whispered(from_id: int, text: String)

const SERVER := 1
const MAX_LENGTH := 200


## Says [param text] to everybody.
func say(text: String) -> void:
	if multiplayer.is_server():
		announce(text)
	else:
		_ask_to_say.rpc_id(SERVER, text)


## Says [param text] to one peer only.
func whisper(to_id: int, text: String) -> void:
	_whisper.rpc_id(to_id, text.left(MAX_LENGTH))


## Says [param text] to everybody in the server's own name; on the server only.
func announce(text: String) -> void:
	_hear.rpc(SERVER, text.left(MAX_LENGTH))


@rpc("any_peer", "reliable")
func _ask_to_say(text: String) -> void:
	if multiplayer.is_server():
		_hear.rpc(multiplayer.get_remote_sender_id(), text.left(MAX_LENGTH))


@rpc("authority", "call_local", "reliable")
func _hear(from_id: int, text: String) -> void:
	heard.emit(from_id, text)


@rpc("any_peer", "reliable")
func _whisper(text: String) -> void:
	whispered.emit(multiplayer.get_remote_sender_id(), text.left(MAX_LENGTH))
