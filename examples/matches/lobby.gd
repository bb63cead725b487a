extends Node
## The lobby: players come here first and ask to play. It starts matches, each a process of its own that reports here when it
## listens, and sends players there with a ticket.
##
## Two kinds of clients connect: players at [code]/lobby[/code], who may say which match they came from; and matches at [code]/register[/code] with a ticket that the lobby
## gave to their process.

const Settings := preload("res://settings.gd")
const Tickets := preload("res://tickets.gd")

## A ticket is good for as long as a player may take from the lobby into the match.
const TICKET_SECONDS := 30.0
const MAX_NAME := 24

## Whether matches run already and come by themselves; else the lobby starts one when all are full.
var _starts_matches := Settings.option("start", "yes") == "yes"
## Where players reach a match.
var _match_url := Settings.option("match-url", "ws://127.0.0.1:{port}/match/{id}")
var _secret := Settings.secret()
var _peer := RustWebSocketMultiplayerPeer.new()
var _api := SceneMultiplayer.new()
## What is known of each match, by its id: the peer that it is here, its port, the players sent there; no peer until it listens.
var _matches: Dictionary = {}
## Those who wait for a place: peer ids, in the order of their asking.
var _waiting: Array[int] = []
var _next_match := 1


func _ready() -> void:
	if _secret.is_empty():
		_stop("set %s to a secret that the matches have, too" % Settings.SECRET_VARIABLE)
		return
	_peer.heartbeat_interval = 5.0
	_peer.handshake_callback = _decide
	_api.peer_packet.connect(_on_packet)
	_api.peer_connected.connect(_on_peer_connected)
	_api.peer_disconnected.connect(_on_peer_disconnected)
	if _peer.create_server(Settings.option("port", "9080").to_int()) != OK:
		_stop("cannot listen: " + _peer.get_last_error_message())
		return
	_api.multiplayer_peer = _peer
	get_tree().set_multiplayer(_api)
	# Nobody but the server itself needs to know who else is here.
	_api.server_relay = false
	print("the lobby listens on port %d" % _peer.get_local_port())


## Called for whoever wants to connect.
func _decide(request: RustWebSocketRequest) -> Variant:
	match request.get_path():
		"/lobby":
			var player: String = request.get_query().get("name", "")
			if player.is_empty() or player.length() > MAX_NAME:
				return {"status": 400, "reason": "A player needs a name"}
			return true
		"/register":
			var ticket := Tickets.read(_secret, request.get_query().get("ticket", ""))
			return ticket.has("registers")
	return 404


func _on_peer_connected(id: int) -> void:
	var query := _peer.get_peer_request(id).get_query()
	if query.has("name"):
		print("%s is in the lobby" % query["name"])


func _on_packet(id: int, packet: PackedByteArray) -> void:
	var message := Settings.from_bytes(packet)
	var request := _peer.get_peer_request(id)
	if request.get_path() == "/register":
		var number := int(Tickets.read(_secret, request.get_query()["ticket"]).get("registers", 0))
		_hear_of_match(id, number, message)
	elif message.has("play") and not _waiting.has(id):
		_waiting.append(id)
		_send_to_matches()


## A match listens, or says how many places it has.
func _hear_of_match(id: int, number: int, message: Dictionary) -> void:
	if message.has("port"):
		print("match %d listens" % number)
		_matches[number] = {"peer": id, "port": int(message["port"]), "free": int(message.get("free", 0))}
	elif message.has("free") and _matches.has(number):
		_matches[number]["free"] = int(message["free"])
	_send_to_matches()


func _send_to_matches() -> void:
	for id: int in _waiting.duplicate():
		var query := _peer.get_peer_request(id).get_query()
		var number := _match_with_a_place(str(query.get("after", "")).to_int())
		if number == 0:
			_start_match()
			continue
		_waiting.erase(id)
		var found: Dictionary = _matches[number]
		# The match says how many there really are, when the player is there.
		found["free"] -= 1
		var ticket := Tickets.write(_secret, {"match": number, "name": query["name"]}, TICKET_SECONDS)
		_tell(id, {"match": number, "url": _match_url.format({"port": found["port"], "id": number}), "ticket": ticket})


## The fullest of those with a place, so that players meet; not the one that a player comes from. 0 if there is none.
func _match_with_a_place(after: int) -> int:
	var best := 0
	for number: int in _matches:
		var found: Dictionary = _matches[number]
		if found["peer"] != 0 and found["free"] > 0 and number != after:
			if best == 0 or found["free"] < _matches[best]["free"]:
				best = number
	return best


## Starts a process for a match, unless one is on its way.
func _start_match() -> void:
	var is_on_its_way := func(number: int) -> bool: return _matches[number]["peer"] == 0
	if not _starts_matches or _matches.keys().any(is_on_its_way):
		return
	var number := _next_match
	_next_match += 1
	_matches[number] = {"peer": 0, "port": 0, "free": 0}
	var arguments := PackedStringArray(["--headless"])
	# An exported game has its files beside it.
	if OS.has_feature("editor"):
		arguments.append_array(["--path", ProjectSettings.globalize_path("res://")])
	arguments.append_array(["res://match.tscn", "--", "--id=%d" % number])
	arguments.append("--lobby=ws://127.0.0.1:%d" % _peer.get_local_port())
	# It inherits the environment, and with it the secret.
	if OS.create_process(OS.get_executable_path(), arguments) < 0:
		printerr("match %d cannot be started" % number)
		_matches.erase(number)


func _on_peer_disconnected(id: int) -> void:
	_waiting.erase(id)
	for number: int in _matches.keys():
		if _matches[number]["peer"] == id:
			print("match %d is over" % number)
			_matches.erase(number)


func _tell(id: int, message: Dictionary) -> void:
	_api.send_bytes(Settings.to_bytes(message), id)


func _stop(why: String) -> void:
	printerr(why)
	get_tree().quit(1)
