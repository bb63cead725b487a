extends Node
## The base of every scenario: one instance plays one role in one engine process.
##
## A scenario has one method per role. A role called `client_a` is played by the method of that
## name, or else by `client`, so that roles that do the same share a method.
## A role waits for conditions, never for a time: [method until] gives up only when something is
## broken. What it saw goes into the transcript, which the harness compares between classes.

const Stage := preload("res://stage.gd")
const Transcript := preload("res://transcript.gd")

## Long enough for the busiest machine; it only ever passes when the test fails.
const PATIENCE_SECONDS := 20.0

const EXIT_FAILED := 1

## Never emitted: awaiting it ends a role that has failed.
signal _never

## The role that this process plays.
var role := ""
## The class under test at this end.
var peer_class := ""
## Every engine role of the scenario, this one included.
var roles: PackedStringArray
var stage: Stage
var transcript: Transcript

## Whether a peer was made whose network is to have a thread of its own.
static var has_network_thread := false

var _options: Dictionary
var _failed := false


# ---------------------------------------------------------------------------------------------
# The run
# ---------------------------------------------------------------------------------------------


## Plays the role and ends the process.
func play(options: Dictionary) -> void:
	_options = options
	role = options["role"]
	peer_class = options["class"]
	roles = str(options["roles"]).split(",")
	stage = Stage.new(str(options["stage"]), role)
	transcript = Transcript.new()

	var method := role if has_method(role) else role.get_slice("_", 0)
	if not has_method(method):
		await fail("the scenario has no method for this role")
	await call(method)
	expect(option("network_thread") != "yes" or has_network_thread, "some peer has a network thread")
	transcript.close()
	await everyone("end")
	if _failed:
		return
	print("TRANSCRIPT ", transcript.to_line(_names()))
	await _leave()
	get_tree().quit()


## The server goes first, so that it need not deal with clients that vanish one after the other.
func _leave() -> void:
	if role == "server":
		multiplayer.multiplayer_peer = null
		mark("server has left")
	elif roles.has("server"):
		await marked("server has left")


## Kills this very process, after telling the others not to wait for it at these points.
func die(missing_at: PackedStringArray) -> void:
	for point: String in missing_at:
		mark("%s.%s" % [point, role])
	mark("end." + role)
	if role == "server":
		mark("server has left")
	OS.kill(OS.get_process_id())


## Ends the process as a failure. Never returns.
func fail(why: String) -> void:
	if not _failed:
		_failed = true
		printerr("FAILED ", role, ": ", why)
		print("TRANSCRIPT ", transcript.to_line(_names()))
		get_tree().quit(EXIT_FAILED)
	await _never


## An option of the scenario, as the harness set it.
func option(key: String, otherwise: String = "") -> String:
	return str(_options.get(key, otherwise))


## The path of a file that the harness has made for this run.
func file(file_name: String) -> String:
	return option("files").path_join(file_name)


# ---------------------------------------------------------------------------------------------
# Waiting
# ---------------------------------------------------------------------------------------------


## Waits until the condition holds, one look per frame.
func until(what: String, condition: Callable) -> void:
	var deadline := Time.get_ticks_msec() + int(PATIENCE_SECONDS * 1000.0)
	while not condition.call():
		if Time.get_ticks_msec() > deadline:
			await fail("waited in vain until " + what)
		await get_tree().process_frame


## Waits for so many frames.
func frames(count: int) -> void:
	for _i: int in count:
		await get_tree().process_frame


## Leaves a note for the others.
func mark(note: String, text: String = "") -> void:
	stage.leave(note, text)


## Waits for a note of another role, and reads it.
func marked(note: String) -> String:
	await until("the note '%s' is there" % note, stage.has.bind(note))
	return stage.read(note)


## Waits until every engine role has come to this point.
func everyone(point: String) -> void:
	mark("%s.%s" % [point, role])
	for other: String in roles:
		await marked("%s.%s" % [point, other])


# ---------------------------------------------------------------------------------------------
# Saying and checking
# ---------------------------------------------------------------------------------------------


## Adds an event to the transcript.
func note(event: String, values: Array = []) -> void:
	transcript.add(event, values)


## Adds the name of an [enum Error] to the transcript.
func note_error(event: String, error: Error) -> void:
	transcript.add(event, [error_string(error)])


## Adds a peer's connection status to the transcript.
func note_status(peer: MultiplayerPeer) -> void:
	transcript.add("status", [Transcript.STATUS_NAMES[peer.get_connection_status()]])


## Fails the scenario unless it holds.
func expect(holds: bool, what: String) -> void:
	if not holds:
		fail("expected that " + what)


## Fails the scenario unless both are equal.
func expect_equal(actual: Variant, wanted: Variant, what: String) -> void:
	if typeof(actual) != typeof(wanted) or actual != wanted:
		fail("%s: expected %s, got %s" % [what, wanted, actual])


## A peer id as a transcript value.
func who(id: int) -> Dictionary:
	return Transcript.peer(id)


func _names() -> Dictionary:
	var names: Dictionary = {Transcript.SERVER_ID: "server"}
	for entry: String in stage.list("id."):
		names[stage.read(entry).to_int()] = entry.trim_prefix("id.")
	return names


# ---------------------------------------------------------------------------------------------
# Peers
# ---------------------------------------------------------------------------------------------


## A new peer of the class that this end is tested with.
func new_peer() -> MultiplayerPeer:
	var peer: MultiplayerPeer = ClassDB.instantiate(peer_class)
	if peer == null:
		fail("the engine has no class " + peer_class)
	elif option("network_thread") == "yes":
		peer.set("network_thread", true)
		has_network_thread = true
	return peer


## Lets the peer listen on a port that is free, and tells it to the others under this name.
func listen(peer: MultiplayerPeer, as_name: String = "server", tls: TLSOptions = null) -> int:
	var port := 0
	# Between finding a port free and listening on it, another process may take it.
	for _attempt: int in 8:
		port = free_port()
		if peer.call("create_server", port, "*", tls) == OK:
			mark("port." + as_name, str(port))
			return port
	fail("no port to listen on")
	return port


## A port that nobody listens on at this moment.
func free_port() -> int:
	var probe := TCPServer.new()
	probe.listen(0)
	var port := probe.get_local_port()
	probe.stop()
	return port


## The URL of whoever listens under this name, as soon as there is one.
func url_of(server: String = "server", host: String = "127.0.0.1", scheme: String = "ws") -> String:
	return "%s://%s:%s" % [scheme, host, await marked("port." + server)]


## A server that listens and is the scene tree's peer.
func serve() -> MultiplayerPeer:
	var peer := new_peer()
	listen(peer)
	multiplayer.multiplayer_peer = peer
	return peer


## A client under way to the server, as the scene tree's peer.
func join() -> MultiplayerPeer:
	var peer := new_peer()
	expect_equal(peer.call("create_client", await url_of()), OK, "create_client")
	multiplayer.multiplayer_peer = peer
	return peer


## As [method join], and waits until the server has let it in.
func join_and_wait() -> MultiplayerPeer:
	var peer := await join()
	await until("the server lets us in", is_connected_peer.bind(peer))
	introduce(peer)
	return peer


## Tells the others which id this role has, for their transcripts and their messages.
func introduce(peer: MultiplayerPeer, as_name: String = role) -> void:
	mark("id." + as_name, str(peer.get_unique_id()))


## A server and a client of it in this very process, polled by this script until both know each other.
func pair(server: MultiplayerPeer = new_peer(), client: MultiplayerPeer = new_peer()) -> Array[MultiplayerPeer]:
	var arrived: Array[int] = []
	var on_arrival := func(id: int) -> void: arrived.append(id)
	server.peer_connected.connect(on_arrival)
	var port := listen(server, "pair")
	expect_equal(client.call("create_client", "ws://127.0.0.1:%d" % port), OK, "create_client")
	await until("the pair is connected", func() -> bool:
		server.poll()
		client.poll()
		return is_connected_peer(client) and not arrived.is_empty()
	)
	server.peer_connected.disconnect(on_arrival)
	introduce(client, "client")
	return [server, client]


## Polls all of them until the condition holds.
func poll_until(what: String, peers: Array[MultiplayerPeer], condition: Callable) -> void:
	await until(what, func() -> bool:
		for peer: MultiplayerPeer in peers:
			peer.poll()
		return condition.call()
	)


## The id of another role, once it has joined.
func id_of(other: String) -> int:
	return Transcript.SERVER_ID if other == "server" else (await marked("id." + other)).to_int()


## Waits until this role's scene multiplayer knows all of these.
func all_here(others: PackedStringArray) -> void:
	for other: String in others:
		var id := await id_of(other)
		await until(other + " is here", func() -> bool: return multiplayer.get_peers().has(id))


static func is_connected_peer(peer: MultiplayerPeer) -> bool:
	return peer.get_connection_status() == MultiplayerPeer.CONNECTION_CONNECTED


static func is_disconnected_peer(peer: MultiplayerPeer) -> bool:
	return peer.get_connection_status() == MultiplayerPeer.CONNECTION_DISCONNECTED


## Writes every signal of the scene multiplayer to the transcript.
func watch(api: MultiplayerAPI = multiplayer, prefix: String = "") -> void:
	api.connected_to_server.connect(note.bind(prefix + "connected_to_server"))
	api.connection_failed.connect(note.bind(prefix + "connection_failed"))
	api.server_disconnected.connect(note.bind(prefix + "server_disconnected"))
	api.peer_connected.connect(_note_id.bind(prefix + "peer_connected"))
	api.peer_disconnected.connect(_note_id.bind(prefix + "peer_disconnected"))
	api.connect("peer_packet", _note_packet.bind(prefix + "peer_packet"))
	api.connect("peer_authenticating", _note_id.bind(prefix + "peer_authenticating"))
	api.connect(
		"peer_authentication_failed", _note_id.bind(prefix + "peer_authentication_failed")
	)


## Writes both signals of a bare peer to the transcript.
func watch_peer(peer: MultiplayerPeer, prefix: String = "") -> void:
	peer.peer_connected.connect(_note_id.bind(prefix + "peer_connected"))
	peer.peer_disconnected.connect(_note_id.bind(prefix + "peer_disconnected"))


## Takes all packets that wait at a bare peer into the transcript.
func note_packets(peer: MultiplayerPeer, prefix: String = "") -> int:
	var count := 0
	while peer.get_available_packet_count() > 0:
		var sender := peer.get_packet_peer()
		note(prefix + "packet", [who(sender), peer.get_packet()])
		count += 1
	return count


func _note_id(id: int, event: String) -> void:
	note(event, [who(id)])


func _note_packet(id: int, packet: PackedByteArray, event: String) -> void:
	note(event, [who(id), packet])
