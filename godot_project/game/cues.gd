extends Node
## How a demo's server and clients agree on what comes next. Silent in a game
## among people.

## The server gives a cue to this client.
signal given(cue: String, data: Dictionary)
## A client tells the server what it has done.
signal reported(peer_id: int, what: String)

const SERVER := 1


## Gives [param cue] to every client; on the server only.
func give(cue: String, data := {}) -> void:
	_take_cue.rpc(cue, data)


## Tells the server what this client has done.
func report(what: String) -> void:
	_take_report.rpc_id(SERVER, what)


@rpc("authority", "reliable")
func _take_cue(cue: String, data: Dictionary) -> void:
	given.emit(cue, data)


@rpc("any_peer", "reliable")
func _take_report(what: String) -> void:
	if multiplayer.is_server():
		reported.emit(multiplayer.get_remote_sender_id(), what)
