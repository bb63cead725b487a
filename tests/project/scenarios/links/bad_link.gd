extends "res://scenario.gd"
## A server and a client, one of them with a bad link that changes while they talk.
##
## Options: `scheme`, `end` (whose link is bad: `server` or `client`), and `other`, the class of the other end.

## In seconds; a round trip takes twice as much.
const LATENCY := 0.12
const PACKETS := 40
const SIZE := 500

var _server: MultiplayerPeer
var _client: MultiplayerPeer
## Whose link is bad.
var _bad: MultiplayerPeer
## How many the server has.
var _peers := 0


func solo() -> void:
	var other: MultiplayerPeer = ClassDB.instantiate(option("other"))
	_bad = new_peer()
	var is_server := option("end") == "server"
	_server = _bad if is_server else other
	_client = other if is_server else _bad
	_bad.set("simulated_conditions", {"latency": LATENCY})
	await _connect()

	expect(await _round_trip() >= 2.0 * LATENCY, "there and back take a latency each")
	_bad.set("simulated_conditions", {})
	var first := await _round_trip()
	# A busy machine may be slow once, but not each time.
	var tries := 0
	while first >= LATENCY:
		tries += 1
		expect(tries < 50, "without conditions it is quick again")
		first = await _round_trip()

	await _expect_order()
	var bandwidth := 40000.0
	_bad.set("simulated_conditions", {"bandwidth": bandwidth})
	var took := await _stream()
	expect(took >= PACKETS * SIZE / bandwidth * 0.9, "%d bytes passed in %f s" % [PACKETS * SIZE, took])
	_bad.set("simulated_conditions", {"cut_after": 0.1})
	await poll_until("both have noticed the end", [_server, _client], func() -> bool:
		return is_disconnected_peer(_client) and _peers == 0
	)
	note("done")


func _connect() -> void:
	_server.peer_connected.connect(func(_id: int) -> void: _peers += 1)
	_server.peer_disconnected.connect(func(_id: int) -> void: _peers -= 1)
	var port := 0
	if option("scheme") == "wss":
		var key := CryptoKey.new()
		key.load(file("server.key"))
		port = listen(_server, "server", TLSOptions.server(key, load(file("server.crt")) as X509Certificate))
		var trust := TLSOptions.client(load(file("trusted.crt")) as X509Certificate)
		expect_equal(_client.call("create_client", "wss://localhost:%d" % port, trust), OK, "create_client")
	else:
		port = listen(_server)
		expect_equal(_client.call("create_client", "ws://127.0.0.1:%d" % port), OK, "create_client")
	await poll_until("the pair is connected", [_server, _client], func() -> bool:
		return is_connected_peer(_client) and _peers == 1
	)


## In seconds.
func _round_trip() -> float:
	var started := Time.get_ticks_usec()
	_client.set_target_peer(1)
	_client.put_packet(PackedByteArray([1]))
	await poll_until("there", [_server, _client], func() -> bool: return _server.get_available_packet_count() > 0)
	_server.get_packet()
	_server.set_target_peer(0)
	_server.put_packet(PackedByteArray([2]))
	await poll_until("and back", [_server, _client], func() -> bool: return _client.get_available_packet_count() > 0)
	_client.get_packet()
	return (Time.get_ticks_usec() - started) / 1e6


## Whatever happens on the way, packets arrive whole and in order.
func _expect_order() -> void:
	_bad.set("simulated_conditions", {"jitter": 0.05, "loss": 0.1, "stall_every": 0.3, "stall_for": 0.1})
	for number: int in PACKETS:
		_put(_client, 1, number)
		_put(_server, 0, number)
	for receiver: MultiplayerPeer in [_server, _client]:
		for number: int in PACKETS:
			await _expect_next(receiver, number)


## Sends some packets from the server, and tells how long they take.
func _stream() -> float:
	var started := Time.get_ticks_usec()
	for number: int in PACKETS:
		_put(_server, 0, number)
	for number: int in PACKETS:
		await _expect_next(_client, number)
	return (Time.get_ticks_usec() - started) / 1e6


func _put(sender: MultiplayerPeer, to: int, number: int) -> void:
	var packet := PackedByteArray()
	packet.resize(SIZE)
	packet[0] = number
	sender.set_target_peer(to)
	expect_equal(sender.put_packet(packet), OK, "put_packet")


func _expect_next(receiver: MultiplayerPeer, number: int) -> void:
	await poll_until("packet %d is here" % number, [_server, _client], func() -> bool:
		return receiver.get_available_packet_count() > 0
	)
	var packet := receiver.get_packet()
	expect_equal([packet.size(), packet[0]], [SIZE, number], "the next packet")
