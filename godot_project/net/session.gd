extends Node
## The way into a game and out of it: hosts, joins, leaves, and says why not.
##
## This is all the code that makes or ends a multiplayer peer; the rest of the
## game uses Godot's high-level multiplayer and does not know what carries it.

const Certificate := preload("res://net/certificate.gd")
const ConnectionSettings := preload("res://net/connection_settings.gd")
const Failure := preload("res://net/failure.gd")

## A client has been accepted by the server.
signal joined
## A client's connection failed or was lost.
signal ended(failure: Failure)

## A peer that is silent for two of these is gone, in seconds.
const HEARTBEAT := 1.0
const CLOSE_GOING_AWAY := 1001
## How long a snapshot is of use that could not be sent, in seconds.
const MAX_AGE := 0.1

## Where a client connected to, or where a server listens, for people to read.
var place := ""
## What the server said before it ended the connection.
var last_words := ""
var settings: ConnectionSettings

var _began_msec := 0


func _ready() -> void:
	multiplayer.connected_to_server.connect(func() -> void: joined.emit())
	multiplayer.connection_failed.connect(_on_connection_failed)
	multiplayer.server_disconnected.connect(_on_server_disconnected)


func _exit_tree() -> void:
	leave()


## Opens a server. Returns what went wrong, or null.
func host(new_settings: ConnectionSettings, bind_address := "*") -> Failure:
	settings = new_settings
	var peer := _create_peer()
	if peer == null:
		return Failure.of_missing_class(settings.peer_class)
	if ConnectionSettings.is_our_class(peer):
		peer.set("max_peers", settings.max_peers)
	var tls := Certificate.get_server_options() if settings.with_tls else null
	var error: Error = peer.call("create_server", settings.port, bind_address, tls)
	if error != OK:
		return Failure.of_hosting(settings, peer, error)
	multiplayer.multiplayer_peer = peer
	place = "port %d" % get_port()
	return null


## Begins to connect to a server; [signal joined] or [signal ended] follows.
## Returns what went wrong at once, or null.
func join(new_settings: ConnectionSettings) -> Failure:
	settings = new_settings
	last_words = ""
	_began_msec = Time.get_ticks_msec()
	place = settings.get_url()
	var peer := _create_peer()
	if peer == null:
		return Failure.of_missing_class(settings.peer_class)
	var tls := Certificate.get_client_options(settings.checks_certificate) if settings.with_tls else null
	var error: Error = peer.call("create_client", place, tls)
	if error != OK:
		return Failure.of_joining(settings, peer, 0.0)
	multiplayer.multiplayer_peer = peer
	return null


## The port the server listens on, which matters when the system chose it.
## The built-in class cannot tell, so the one asked for is the answer then.
func get_port() -> int:
	var peer := multiplayer.multiplayer_peer
	return peer.call("get_local_port") if peer.has_method("get_local_port") else settings.port


## Closes the connection, or the server with all of its connections.
func leave() -> void:
	var peer := multiplayer.multiplayer_peer
	multiplayer.multiplayer_peer = OfflineMultiplayerPeer.new()
	peer.close()


## Sends a client away, and tells it why; on the server only.
func send_away(peer_id: int, reason: String) -> void:
	var peer := multiplayer.multiplayer_peer
	if not multiplayer.get_peers().has(peer_id):
		return
	if peer.has_method("get_peer"):
		var connection: Object = peer.call("get_peer", peer_id)
		connection.call("close", CLOSE_GOING_AWAY, reason)


func is_online() -> bool:
	return not multiplayer.multiplayer_peer is OfflineMultiplayerPeer


func _create_peer() -> MultiplayerPeer:
	var peer := settings.create_peer()
	if peer == null:
		return null
	peer.set("handshake_timeout", settings.patience)
	if ConnectionSettings.is_our_class(peer):
		peer.set("heartbeat_interval", HEARTBEAT)
		peer.set("unreliable_max_age", MAX_AGE if settings.drops_old else 0.0)
		peer.set("network_thread", settings.has_network_thread)
		if not settings.link.is_empty():
			var presets: Dictionary = peer.call("get_condition_presets")
			peer.set("simulated_conditions", presets[settings.link])
	return peer


func _on_connection_failed() -> void:
	var seconds := (Time.get_ticks_msec() - _began_msec) / 1000.0
	var failure := Failure.of_joining(settings, multiplayer.multiplayer_peer, seconds)
	leave()
	ended.emit(failure)


func _on_server_disconnected() -> void:
	var failure := Failure.of_disconnecting(settings, multiplayer.multiplayer_peer, last_words)
	leave()
	ended.emit(failure)
