extends "res://scenario.gd"
## State over a link that carries half of it, with a [code]unreliable_max_age[/code] that is set when the connection is there
## already: what arrives is young and in order, all else was counted, and nothing reliable is missing.
##
## Options: `from` is the role that puts, `scheme` is `ws` or `wss`, `thread` is `network_thread` of our class.

const MAX_AGE := 0.1
## Half of the state would be older than a second if nothing were dropped. A busy machine takes its time as well.
const YOUNG := 0.6
const STATE_BYTES := 4096
const FRAMES := 180
## A reliable packet in so many frames.
const WORD_EVERY := 6

var _ages: Array[float] = []
var _last_state := -1
var _words := 0


func server() -> void:
	var peer := _new_peer()
	var arrived: Array[int] = []
	peer.peer_connected.connect(func(id: int) -> void: arrived.append(id))
	var tls: TLSOptions = null
	if option("scheme") == "wss":
		var key := CryptoKey.new()
		key.load(file("server.key"))
		tls = TLSOptions.server(key, load(file("server.crt")) as X509Certificate)
	listen(peer, "server", tls)
	await poll_until("the client is here", [peer], func() -> bool: return not arrived.is_empty())
	await _play(peer, arrived[0])


func client() -> void:
	var peer := _new_peer()
	var tls: TLSOptions = null
	if option("scheme") == "wss":
		tls = TLSOptions.client(load(file("trusted.crt")) as X509Certificate)
	var url := await url_of("link", "localhost", option("scheme"))
	expect_equal(peer.call("create_client", url, tls), OK, "create_client")
	await poll_until("the server lets us in", [peer], is_connected_peer.bind(peer))
	await _play(peer, MultiplayerPeer.TARGET_PEER_SERVER)


func _new_peer() -> MultiplayerPeer:
	Engine.max_fps = 60
	var peer := new_peer()
	if "network_thread" in peer:
		peer.set("network_thread", option("thread") == "true")
	return peer


func _play(peer: MultiplayerPeer, other: int) -> void:
	if option("from") == role:
		await _put(peer, other)
	else:
		await _take(peer)
	await everyone("through")
	peer.close()


func _put(peer: MultiplayerPeer, other: int) -> void:
	peer.set("unreliable_max_age", MAX_AGE)
	peer.set_target_peer(other)
	for frame: int in FRAMES:
		peer.poll()
		var packet := PackedByteArray()
		packet.resize(STATE_BYTES)
		packet.encode_u32(0, frame)
		packet.encode_double(4, Time.get_unix_time_from_system())
		var is_even := frame % 2 == 0
		peer.transfer_mode = (
			MultiplayerPeer.TRANSFER_MODE_UNRELIABLE if is_even else MultiplayerPeer.TRANSFER_MODE_UNRELIABLE_ORDERED
		)
		expect_equal(peer.put_packet(packet), OK, "put_packet")
		if frame % WORD_EVERY == 0:
			peer.transfer_mode = MultiplayerPeer.TRANSFER_MODE_RELIABLE
			expect_equal(peer.put_packet(packet.slice(0, 64)), OK, "put_packet")
		await get_tree().process_frame
	await poll_until("nothing waits", [peer], func() -> bool:
		return peer.call("get_statistics")["outbound_packets"] == 0
	)
	var statistics: Dictionary = peer.call("get_statistics")
	var expired: int = statistics["packets_expired"]
	expect(expired > 0, "something was too old")
	expect_equal(peer.call("get_peer_statistics", other)["packets_expired"], expired, "packets_expired of the peer")
	expect_equal(statistics["packets_dropped"], 0, "packets_dropped")
	expect_equal(statistics["packets_sent"] + expired, FRAMES + ceili(FRAMES / float(WORD_EVERY)), "all were counted")
	mark("states", str(FRAMES - expired))


func _take(peer: MultiplayerPeer) -> void:
	await poll_until("all has arrived", [peer], func() -> bool:
		while peer.get_available_packet_count() > 0:
			_hear(peer.get_packet())
		return stage.has("states") and _ages.size() == stage.read("states").to_int() and _words * WORD_EVERY >= FRAMES
	)
	_ages.sort()
	var median := _ages[int(_ages.size() / 2.0)]
	expect(median < YOUNG, "state is young, half of it was %.2f s old or older" % median)
	note("state is young")


func _hear(packet: PackedByteArray) -> void:
	var frame := packet.decode_u32(0)
	if packet.size() == STATE_BYTES:
		expect(frame > _last_state, "state comes in order")
		_last_state = frame
		_ages.append(Time.get_unix_time_from_system() - packet.decode_double(4))
	else:
		expect_equal(frame, _words * WORD_EVERY, "the next reliable packet")
		_words += 1
