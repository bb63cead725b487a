extends Node
## A match server on Agones: ready when it listens, allocated when the first player comes, shut down when the last has left.

const GRACE_SECONDS := 20.0

const Agones := preload("res://agones.gd")

var _peer := RustWebSocketMultiplayerPeer.new()
var _is_allocated := false

@onready var _agones: Agones = %Agones


func _ready() -> void:
	var port := 7654
	for argument: String in OS.get_cmdline_user_args():
		if argument.begins_with("--port="):
			port = argument.trim_prefix("--port=").to_int()
	_peer.heartbeat_interval = 5.0
	# Kubernetes asks a pod to end by SIGTERM, and waits for terminationGracePeriodSeconds: a bit longer than this.
	_peer.drain_on_termination = GRACE_SECONDS
	multiplayer.peer_connected.connect(_on_peer_connected)
	multiplayer.peer_disconnected.connect(_on_peer_disconnected)
	if _peer.create_server(port) != OK:
		printerr("cannot listen: ", _peer.get_last_error_message())
		get_tree().quit(1)
		return
	multiplayer.multiplayer_peer = _peer
	print("listening on port %d" % _peer.get_local_port())
	_agones.start()


## Whoever matches players asks Agones for a server (a GameServerAllocation), which allocates it before they come; a fleet without
## such a service has its servers allocate themselves. Saying it twice does no harm.
func _on_peer_connected(_id: int) -> void:
	if not _is_allocated:
		_is_allocated = true
		_agones.say("allocate")


func _on_peer_disconnected(_id: int) -> void:
	if multiplayer.get_peers().is_empty():
		# Agones then deletes the pod, which ends this process by SIGTERM, and makes another.
		_agones.say("shutdown")
