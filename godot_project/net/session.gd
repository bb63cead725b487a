extends Node
## The way into a game and out of it: hosts, joins, leaves, and says why not.
##
## This is all the code that touches the multiplayer peer; the rest of the game
## uses Godot's high-level multiplayer and does not know what carries it.

## A client has been accepted by the server.
signal joined
## A client's connection failed or was lost.
signal ended(reason: String)

## The class that carries the game. It is named by a string because a script
## that names a native class does not parse where its library is missing.
var peer_class := "RustWebSocketMultiplayerPeer"
## Where a client connected to, or where a server listens, for people to read.
var place := ""

var _began_msec := 0


func _ready() -> void:
	multiplayer.connected_to_server.connect(func() -> void: joined.emit())
	multiplayer.connection_failed.connect(_on_connection_failed)
	multiplayer.server_disconnected.connect(_on_server_disconnected)


## Opens a server. Returns what went wrong in words, or an empty string.
func host(port: int, bind_address := "*") -> String:
	var peer := _create_peer()
	if peer == null:
		return _class_missing()
	var error: Error = peer.call("create_server", port, bind_address)
	if error != OK:
		return "Could not listen on port %d: %s." % [port, _why_not_listening(error)]
	multiplayer.multiplayer_peer = peer
	place = "port %d" % get_port(port)
	return ""


## Begins to connect to a server; [signal joined] or [signal ended] follows.
## Returns what went wrong at once in words, or an empty string.
func join(address: String, port: int) -> String:
	var peer := _create_peer()
	if peer == null:
		return _class_missing()
	var url := _to_url(address, port)
	var error: Error = peer.call("create_client", url)
	if error != OK:
		return "Could not connect to %s: %s." % [url, _why_not_connecting(error)]
	place = url
	_began_msec = Time.get_ticks_msec()
	multiplayer.multiplayer_peer = peer
	return ""


## The port the server listens on, which matters when the system chose it.
## The built-in class cannot tell, so [param asked_for] is the answer then.
func get_port(asked_for: int) -> int:
	var peer := multiplayer.multiplayer_peer
	return peer.call("get_local_port") if peer.has_method("get_local_port") else asked_for


## Closes the connection, or the server with all of its connections.
func leave() -> void:
	var peer := multiplayer.multiplayer_peer
	multiplayer.multiplayer_peer = OfflineMultiplayerPeer.new()
	peer.close()


func is_online() -> bool:
	return not multiplayer.multiplayer_peer is OfflineMultiplayerPeer


func _create_peer() -> MultiplayerPeer:
	if not ClassDB.class_exists(peer_class):
		return null
	return ClassDB.instantiate(peer_class) as MultiplayerPeer


func _class_missing() -> String:
	return ("This engine has no class %s. " % peer_class
			+ "Is the addon's library built for this system (cargo xtask build)?")


func _to_url(address: String, port: int) -> String:
	if address.contains("://"):
		return address
	if address.contains(":"):
		return "ws://[%s]:%d" % [address, port]
	return "ws://%s:%d" % [address, port]


func _why_not_listening(error: Error) -> String:
	match error:
		ERR_ALREADY_IN_USE, ERR_CANT_CREATE, ERR_UNAVAILABLE:
			return "another program already uses it, or the system does not allow it"
		_:
			return error_string(error).to_lower()


func _why_not_connecting(error: Error) -> String:
	match error:
		ERR_INVALID_PARAMETER:
			return "this is not an address of the form ws://host:port"
		ERR_CANT_RESOLVE:
			return "this name is unknown"
		_:
			return error_string(error).to_lower()


func _on_connection_failed() -> void:
	var seconds := (Time.get_ticks_msec() - _began_msec) / 1000.0
	var timeout: Variant = multiplayer.multiplayer_peer.get("handshake_timeout")
	var reason := "nobody accepts connections there. Does the server run, and are address and port right?"
	if timeout is float and seconds >= timeout:
		reason = "no answer within %.0f seconds. Is this the address of a game server?" % timeout
	leave()
	ended.emit("Could not connect to %s: %s" % [place, reason])


func _on_server_disconnected() -> void:
	leave()
	ended.emit("The server at %s ended the connection." % place)
