extends RefCounted
## What a player chooses before a game: who, where, by which class, encrypted or not.

const OURS := "RustWebSocketMultiplayerPeer"
const BUILT_IN := "WebSocketMultiplayerPeer"
const OUR_PEER := "res://net/our_peer.gd"
const DEFAULT_PORT := 9080
const MAX_PORT := 65535
## Links with a name, as our class has them.
const LINKS: Array[String] = ["3g", "bad_wifi", "satellite", "train"]
## Whom a match has room for, bots included.
const MAX_PLAYERS := 32
## The host plays as well.
const MAX_BOTS := MAX_PLAYERS - 1

## The class that carries the game, by name: players choose it, to compare.
var peer_class := OURS
var player_name := "Player"
## Where a client connects, and where a server listens ([code]*[/code]: everywhere).
var address := "127.0.0.1"
var port := DEFAULT_PORT
var with_tls := false
## Whether a client asks for a certificate from a trusted issuer. The demo's own is from none.
var checks_certificate := false
## Which bad link to try the game on, one of [constant LINKS]; empty is the link as it is. Only our class can.
var link := ""
## Whether snapshots and commands are dropped that waited too long, instead of being sent however old. Only our class can.
var drops_old := false
## Whether the sockets are driven by a thread of their own, beside the frames. Only our class can.
var has_network_thread := false
## How many bots join a host's match.
var bots := 0
## How long a connection may take to come about, in seconds.
var patience := 3.0
## Whom a server lets in besides itself.
var max_peers := MAX_PLAYERS - 1


## Where to connect to, as the multiplayer peer wants it.
func get_url() -> String:
	if address.contains("://"):
		return address
	var scheme := "wss" if with_tls else "ws"
	if address.contains(":"):
		return "%s://[%s]:%d" % [scheme, address, port]
	return "%s://%s:%d" % [scheme, address, port]


## The same settings, to change without changing these.
func copy() -> RefCounted:
	var other: RefCounted = new()
	for property: Dictionary in get_property_list():
		if property.usage & PROPERTY_USAGE_SCRIPT_VARIABLE:
			other.set(property.name, get(property.name))
	return other


## Makes a multiplayer peer of [member peer_class]; null if there is no such class.
func create_peer() -> MultiplayerPeer:
	if peer_class == OURS:
		return load(OUR_PEER).call("create") if has_our_class() else null
	return ClassDB.instantiate(peer_class) as MultiplayerPeer if ClassDB.class_exists(peer_class) else null


## Whether our class is there: of the addon's library, or of its script in a browser.
static func has_our_class() -> bool:
	return ClassDB.class_exists(OURS) or ProjectSettings.get_global_class_list().any(
			func(entry: Dictionary) -> bool: return entry["class"] == OURS)


static func is_our_class(peer: MultiplayerPeer) -> bool:
	return has_our_class() and load(OUR_PEER).call("made", peer)
