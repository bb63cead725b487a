extends Node
## One match, in a process of its own: it lets in whoever has a ticket for it, tells the lobby of its places, and ends when the last
## player has left.

const Settings := preload("res://settings.gd")
const Tickets := preload("res://tickets.gd")

const PLACES := 4
## How long the lobby may take to let a match register.
const REGISTER_SECONDS := 10.0
const GRACE_SECONDS := 5.0

## If so many seconds pass and nobody has come, the match ends; 0 for never.
var _empty_seconds := Settings.option("empty-seconds", "0").to_float()
var _id := Settings.option("id", "1").to_int()
var _secret := Settings.secret()
var _peer := RustWebSocketMultiplayerPeer.new()
## To the lobby; a multiplayer API of its own, beside the one for the players.
var _lobby := SceneMultiplayer.new()
## The names of those who play, by peer id.
var _players: Dictionary = {}

@onready var _api := multiplayer as SceneMultiplayer


func _ready() -> void:
	_peer.handshake_callback = _decide
	_peer.heartbeat_interval = 5.0
	_peer.max_peers = PLACES
	_peer.trusted_proxies = Settings.trusted_proxies()
	# A proxy asks here; while the match ends, it is told to send nobody any more.
	_peer.health_path = "/health"
	# Prometheus asks here, and Kubernetes, whether the match still polls. The proxy keeps both from players.
	_peer.metrics_path = "/metrics"
	# Whoever runs this may ask it to end; the match then ends in good order.
	_peer.drain_on_termination = GRACE_SECONDS
	_peer.termination_requested.connect(_tell_lobby_of_places)
	_peer.drained.connect(get_tree().quit)
	_api.peer_packet.connect(_on_packet)
	_api.peer_connected.connect(_on_peer_connected)
	_api.peer_disconnected.connect(_on_peer_disconnected)
	if _secret.is_empty():
		_stop("set %s to the secret that the lobby has" % Settings.SECRET_VARIABLE)
		return
	if _peer.create_server(Settings.option("port", "0").to_int(), Settings.option("bind", "*")) != OK:
		_stop("cannot listen: " + _peer.get_last_error_message())
		return
	_api.multiplayer_peer = _peer
	_register()
	if _empty_seconds > 0.0:
		get_tree().create_timer(_empty_seconds).timeout.connect(_end_if_empty)


func _process(_delta: float) -> void:
	_lobby.poll()


## Called for whoever wants to connect: only those with a ticket for this very match, each with a name of its own.
func _decide(request: RustWebSocketRequest) -> Variant:
	if request.get_path() != "/match/%d" % _id:
		return 404
	var ticket := Tickets.read(_secret, request.get_query().get("ticket", ""))
	if int(ticket.get("match", Settings.NO_MATCH)) != _id or not ticket.has("name"):
		return {"status": 403, "reason": "No ticket for this match"}
	if _players.values().has(ticket["name"]):
		return {"status": 409, "reason": "Somebody plays with this ticket"}
	request.set_meta("name", ticket["name"])
	return true


func _register() -> void:
	var ticket := Tickets.write(_secret, {"registers": _id}, REGISTER_SECONDS)
	var peer := RustWebSocketMultiplayerPeer.new()
	_lobby.connected_to_server.connect(_tell_lobby.bind({"port": _peer.get_local_port(), "free": PLACES}))
	_lobby.connection_failed.connect(_on_lobby_lost)
	_lobby.server_disconnected.connect(_on_lobby_lost)
	if peer.create_client("%s/register?ticket=%s" % [Settings.option("lobby", "ws://127.0.0.1:9080"), ticket]) != OK:
		_stop("no lobby: " + peer.get_last_error_message())
		return
	_lobby.multiplayer_peer = peer


func _on_peer_connected(id: int) -> void:
	_players[id] = _peer.get_peer_request(id).get_meta("name")
	_say("%s plays match %d" % [_players[id], _id])
	_tell_lobby_of_places()


func _on_peer_disconnected(id: int) -> void:
	_say("%s has left match %d" % [_players[id], _id])
	_players.erase(id)
	_end_if_empty()
	_tell_lobby_of_places()


func _end_if_empty() -> void:
	if _players.is_empty() and not _peer.is_draining():
		print("nobody is in match %d" % _id)
		# Who is on the way here with a ticket goes back to the lobby.
		_peer.drain(0.0)


func _on_packet(id: int, packet: PackedByteArray) -> void:
	_say("%s says %s" % [_players[id], Settings.from_bytes(packet).get("say", "nothing")])


## To all players.
func _say(text: String) -> void:
	print(text)
	_api.send_bytes(Settings.to_bytes({"news": text}))


## None, once it takes nobody any more.
func _tell_lobby_of_places() -> void:
	_tell_lobby({"free": 0 if _peer.is_draining() else PLACES - _players.size()})


func _tell_lobby(message: Dictionary) -> void:
	if _lobby.multiplayer_peer.get_connection_status() == MultiplayerPeer.CONNECTION_CONNECTED:
		_lobby.send_bytes(Settings.to_bytes(message), MultiplayerPeer.TARGET_PEER_SERVER)


## Without a lobby nobody can come any more; those who play go on.
func _on_lobby_lost() -> void:
	if _players.is_empty():
		_stop("the lobby is gone")


func _stop(why: String) -> void:
	printerr(why)
	get_tree().quit(1)
