extends RefCounted
## The one script that names our class, as any game may: natively and in a browser it is the same name.
##
## It is loaded only where there is such a class, so that the game can say that the addon's library is missing.


static func create() -> MultiplayerPeer:
	return RustWebSocketMultiplayerPeer.new()


static func made(peer: MultiplayerPeer) -> bool:
	return peer is RustWebSocketMultiplayerPeer
