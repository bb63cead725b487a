extends Node
## What both sides call of each other. The server's half is in [code]server.gd[/code], the client's in [code]client.gd[/code].


## Client to server: who this is. The token is the player's, and stays the same when the id does not.
@rpc("any_peer", "call_remote", "reliable")
func introduce(_token: String) -> void:
	pass


## Client to server: one point more.
@rpc("any_peer", "call_remote", "reliable")
func score() -> void:
	pass


## Server to client: everything that the player has.
@rpc("authority", "call_remote", "reliable")
func restore(_points: int) -> void:
	pass
