extends "res://scenario.gd"
## A handler of `peer_connected` or `peer_disconnected` that sends, sends away, closes, or drops
## the peer while it is emitting. The engine survives, and a new peer works at once.
##
## Options: `at` is the side whose handler acts, `when` the signal, `action` what it does.
## On the server the signal is about client b, on the client about the server.

var _peer: MultiplayerPeer
var _acted := false
var _packets := 0


func server() -> void:
	watch()
	_peer = serve()
	await all_here(["client_a"])
	if option("at") == "server":
		_arm()
	_count()
	await everyone("a in")
	await _let_client_b_come()
	if option("when") == "peer_disconnected" and option("at") == "client":
		_peer.disconnect_peer(await id_of("client_b"))
	await _see_the_outcome()
	await _start_again()


func client_a() -> void:
	_peer = await join_and_wait()
	_count()
	await everyone("a in")
	await _let_client_b_come()
	await _see_the_outcome()
	await _start_again()


func client_b() -> void:
	watch()
	await everyone("a in")
	if option("at") == "client":
		_arm()
	_count()
	_peer = await join()
	if option("when") == "peer_disconnected":
		await until("we are in", is_connected_peer.bind(_peer))
		introduce(_peer)
		await all_here(["server", "client_a"])
		await everyone("b in")
		if option("at") == "server":
			_peer.close()
	await _see_the_outcome()
	await _start_again()


func _let_client_b_come() -> void:
	if option("when") == "peer_disconnected":
		await all_here(["client_b"])
		await everyone("b in")


## What every role sees in the end depends on who acted and how.
func _see_the_outcome() -> void:
	var acts_here := (role == "server") if option("at") == "server" else (role == "client_b")
	if acts_here:
		await until("the handler has acted", func() -> bool: return _acted)
		mark("acted")
	await marked("acted")
	var action := option("action")
	var is_over_for_all := option("at") == "server" and action in ["close", "null"]
	var is_over_for_b := action != "send" or option("when") == "peer_disconnected"
	if role != "server":
		if is_over_for_all or (role == "client_b" and is_over_for_b):
			await _until_out()
		elif option("at") == "server" and action == "send":
			await until("the packet is here", func() -> bool: return _packets == 1)
	elif option("at") == "server":
		# Who is forced out is gone without a word.
		if not is_over_for_all and is_over_for_b and action != "disconnect forced":
			await until("b is gone", func() -> bool: return multiplayer.get_peers().size() == 1)
	elif action == "send" and option("when") == "peer_connected":
		await until("the packet is here", func() -> bool: return _packets == 1)
	else:
		await until("b is gone", func() -> bool: return multiplayer.get_peers().size() == 1)
	await everyone("outcome")


func _until_out() -> void:
	await until("we are out", func() -> bool: return _peer == null or is_disconnected_peer(_peer))


## A new server and a new client in the same processes.
func _start_again() -> void:
	_acted = true
	if role != "server":
		# The server goes first, so that it need not deal with clients that vanish.
		await marked("server is through")
		# Its goodbye may still be on its way.
		await _until_out()
	multiplayer.multiplayer_peer = null
	_peer = null
	mark("%s is through" % role)
	note("again")
	if role == "server":
		_peer = new_peer()
		listen(_peer, "again")
		multiplayer.multiplayer_peer = _peer
		await everyone("again")
	elif role == "client_b":
		_peer = new_peer()
		note_error("create_client", _peer.call("create_client", await url_of("again")))
		multiplayer.multiplayer_peer = _peer
		await until("we are in again", is_connected_peer.bind(_peer))
		introduce(_peer, "client_b again")
		await everyone("again")
	else:
		await everyone("again")


func _arm() -> void:
	multiplayer.connect(option("when"), _act)


func _act(id: int) -> void:
	if _acted:
		return
	_acted = true
	note("act", [option("action"), who(id)])
	match option("action"):
		"send":
			var api: SceneMultiplayer = multiplayer as SceneMultiplayer
			note_error("sent", api.send_bytes("from the handler".to_utf8_buffer()))
		"disconnect":
			_peer.disconnect_peer(id)
		"disconnect forced":
			_peer.disconnect_peer(id, true)
		"close":
			_peer.close()
		"null":
			# The last reference goes, too.
			_peer = null
			multiplayer.multiplayer_peer = null
		var unknown:
			fail("unknown action: " + str(unknown))


func _count() -> void:
	var api: SceneMultiplayer = multiplayer as SceneMultiplayer
	api.peer_packet.connect(func(_id: int, _packet: PackedByteArray) -> void: _packets += 1)
