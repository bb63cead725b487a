class_name RustWebSocketMultiplayer
extends RefCounted
## Multiplayer over WebSocket under one name, natively and on the web.
##
## A web export has no native classes, and a script that names one does not parse there.
## [method create_peer] gives a RustWebSocketMultiplayerPeer where the addon's library is loaded,
## and a [WebSocketMultiplayerPeer] everywhere else, so that one script serves both:
## [codeblock]
## var peer := RustWebSocketMultiplayer.create_peer({handshake_timeout = 5.0})
## if peer.call("create_client", "wss://play.example.com") == OK:
##     multiplayer.multiplayer_peer = peer
## [/codeblock]
## Both classes have [code]create_server[/code], [code]create_client[/code] and everything else that
## [WebSocketMultiplayerPeer] has, and either can talk to the other.

## Our class. Never write this name anywhere but in quotes, or the script does not parse on the web.
const NATIVE_CLASS := &"RustWebSocketMultiplayerPeer"

## The engine's own class.
const BUILT_IN_CLASS := &"WebSocketMultiplayerPeer"

## The settings that both classes have, and that [method create_peer] takes.
const SHARED_SETTINGS: Array[StringName] = [
	&"handshake_headers",
	&"handshake_timeout",
	&"inbound_buffer_size",
	&"max_queued_packets",
	&"outbound_buffer_size",
	&"supported_protocols",
]


## Whether the addon's library is loaded, so that [method create_peer] gives our class.
static func is_native() -> bool:
	return ClassDB.class_exists(NATIVE_CLASS) and ClassDB.can_instantiate(NATIVE_CLASS)


## Makes a peer of our class where the addon's library is loaded, of the built-in one elsewhere.
##
## [param settings] holds properties by name, of those in [constant SHARED_SETTINGS]. Any other name
## is an error and left out; what only our class has is set on the peer where [method is_native]:
## [codeblock]
## if RustWebSocketMultiplayer.is_native():
##     peer.set("heartbeat_interval", 5.0)
## [/codeblock]
static func create_peer(settings := {}) -> MultiplayerPeer:
	var peer: MultiplayerPeer = ClassDB.instantiate(NATIVE_CLASS if is_native() else BUILT_IN_CLASS)
	for setting: StringName in settings:
		if setting in SHARED_SETTINGS:
			peer.set(setting, settings[setting])
		else:
			push_error("Both classes have no setting \"%s\"; create_peer takes %s." % [setting, ", ".join(SHARED_SETTINGS)])
	return peer
