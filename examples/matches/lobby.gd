extends Node
## The lobby: players come here first and ask to play. It has matches started, each a process of its own that reports here when it
## listens, and sends players there with a ticket.
##
## Two kinds of clients connect: players at [code]/lobby[/code], who may say which match they came from; and matches at
## [code]/register[/code] with a ticket that they have signed themselves.

const Settings := preload("res://settings.gd")
const Tickets := preload("res://tickets.gd")
const Starter := preload("res://starter.gd")

## A ticket is good for as long as a player may take from the lobby into the match.
const TICKET_SECONDS := 30.0
const MAX_NAME := 24

## Where players reach a match.
var _match_url := Settings.option("match-url", "ws://127.0.0.1:{port}/match/{id}")
var _secret := Settings.secret()
var _peer := RustWebSocketMultiplayerPeer.new()
var _api := SceneMultiplayer.new()
## Starts matches when all are full. There is none if others start them ([code]--start=no[/code]), and they come by themselves.
var _starter: Starter
## The matches that are here, by their ids: each one's peer, its port, and how many places it has.
var _matches: Dictionary = {}
## Those who wait for a place, in the order of their asking: by their peer ids, whether they were told so.
var _waiting: Dictionary = {}


func _ready() -> void:
	if _secret.is_empty():
		_stop("set %s to a secret that the matches have, too" % Settings.SECRET_VARIABLE)
		return
	_peer.heartbeat_interval = 5.0
	_peer.trusted_proxies = Settings.trusted_proxies()
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
	if Settings.option("start", "yes") == "yes":
		_starter = Starter.new()
		_starter.lobby_port = _peer.get_local_port()
		_starter.changed.connect(_send_to_matches)
		add_child(_starter)
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
			if not ticket.has("registers"):
				return false
			# The ticket is too old soon; what it says stays so.
			request.set_meta("match", int(ticket["registers"]))
			return true
	return 404


func _on_peer_connected(id: int) -> void:
	var query := _peer.get_peer_request(id).get_query()
	if query.has("name"):
		print("%s is in the lobby, from %s" % [query["name"], _peer.get_peer_address(id)])


func _on_packet(id: int, packet: PackedByteArray) -> void:
	var message := Settings.from_bytes(packet)
	var request := _peer.get_peer_request(id)
	if request.has_meta("match"):
		_hear_of_match(id, request.get_meta("match"), message)
	elif message.has("play") and not _waiting.has(id):
		_waiting[id] = false
		_send_to_matches()


## A match listens, or says how many places it has.
func _hear_of_match(id: int, number: int, message: Dictionary) -> void:
	if message.has("port"):
		print("match %d listens" % number)
		_matches[number] = {"peer": id, "port": int(message["port"]), "free": int(message.get("free", 0))}
		if _starter != null:
			_starter.has_registered(number)
	elif message.has("free") and _matches.has(number) and _matches[number]["peer"] == id:
		_matches[number]["free"] = int(message["free"])
	_send_to_matches()


func _send_to_matches() -> void:
	for id: int in _waiting.keys():
		var after := str(_peer.get_peer_request(id).get_query().get("after", Settings.NO_MATCH)).to_int()
		var number := _match_with_a_place(after)
		if number == Settings.NO_MATCH:
			var outcome := Starter.Outcome.NO_ROOM if _starter == null else _starter.want()
			if outcome == Starter.Outcome.ON_ITS_WAY:
				continue
			# Then rather the one that the player comes from.
			number = _match_with_a_place(Settings.NO_MATCH)
			if number == Settings.NO_MATCH:
				_put_off(id, outcome)
				continue
		_send_to(id, number)


## The fullest of those with a place, so that players meet; not the one that a player comes from.
func _match_with_a_place(after: int) -> int:
	var best := Settings.NO_MATCH
	for number: int in _matches:
		if _matches[number]["free"] > 0 and number != after:
			if best == Settings.NO_MATCH or _matches[number]["free"] < _matches[best]["free"]:
				best = number
	return best


func _send_to(id: int, number: int) -> void:
	_waiting.erase(id)
	var found: Dictionary = _matches[number]
	# The match says how many there really are, when the player is there.
	found["free"] -= 1
	var content := {"match": number, "name": _peer.get_peer_request(id).get_query()["name"]}
	var ticket := Tickets.write(_secret, content, TICKET_SECONDS)
	_tell(id, {"match": number, "url": _match_url.format({"port": found["port"], "id": number}), "ticket": ticket})


## Tells a player that there is no place: it stays and waits for one, or had better go.
func _put_off(id: int, outcome: Starter.Outcome) -> void:
	if outcome == Starter.Outcome.BROKEN:
		_waiting.erase(id)
		_tell(id, {"refused": "no match can be started; try again later"})
	elif not _waiting[id]:
		_waiting[id] = true
		_tell(id, {"wait": "no match has a place yet"})


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
