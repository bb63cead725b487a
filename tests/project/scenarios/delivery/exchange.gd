extends "res://scenario.gd"
## Random traffic both ways through a bad network: what `put_packet` accepts arrives, once and in order.
##
## Every size, and how greedily each side reads, comes from the option `seed`. `packets` says how many go each way; 0 is
## for ever, until the network is cut, which both sides have to be told of. Our class has hardly any room to queue; the
## built-in class drops what it has no room for, so that nobody has more under way than fits into its buffers.

const OURS := "RustWebSocketMultiplayerPeer"
const LARGEST := 1000
## As many as the built-in class has room for.
const UNDER_WAY := 40
## After so many packets the other side is told that they have come.
const ACKNOWLEDGED := 10

## The first byte of a packet.
enum { DATA = 1, ACKNOWLEDGEMENT = 2 }

var _peer: MultiplayerPeer
var _rng := RandomNumberGenerator.new()
var _other_role := ""
var _other := 0
var _is_over := false
var _sent := 0
var _received := 0
## How many of ours the other side has.
var _arrived := 0
## How many of its packets the other side knows to be here.
var _acknowledged := 0


func server() -> void:
	_begin("client")
	_peer.peer_connected.connect(func(id: int) -> void: _other = id)
	_peer.peer_disconnected.connect(func(_id: int) -> void: _is_over = true)
	_listen(_certificate() if option("scheme") == "wss" else null)
	await until("the client is in", func() -> bool: _peer.poll(); return _other != 0)
	await _exchange()


func client() -> void:
	_begin("server")
	_peer.peer_disconnected.connect(func(_id: int) -> void: _is_over = true)
	var url := "%s://127.0.0.1:%s" % [option("scheme"), await marked("port.network")]
	var trust := TLSOptions.client_unsafe() if option("scheme") == "wss" else null
	expect_equal(_peer.call("create_client", url, trust), OK, "create_client")
	await until("we are in", func() -> bool: _peer.poll(); return is_connected_peer(_peer))
	_other = MultiplayerPeer.TARGET_PEER_SERVER
	await _exchange()


func _begin(other_role: String) -> void:
	_other_role = other_role
	_rng.seed = hash([option("seed"), role])
	_peer = new_peer()
	_peer.set("handshake_timeout", 20.0)
	if peer_class == OURS:
		_peer.set("outbound_buffer_size", 2 * LARGEST)
		_peer.set("inbound_buffer_size", LARGEST)
		_peer.set("max_queued_packets", 8)
		# What is refused is put again, so that nothing is missed. While nobody listens, the log says it is.
		_peer.connect("peer_overflowed", func(_id: int, _size: int) -> void: pass)


func _listen(tls: TLSOptions) -> void:
	# Between finding a port free and listening on it, another process may take it.
	for _attempt: int in 8:
		var port := free_port()
		if _peer.call("create_server", port, "127.0.0.1", tls) == OK:
			mark("port.server", str(port))
			return
	fail("no port to listen on")


func _certificate() -> TLSOptions:
	var crypto := Crypto.new()
	var key := crypto.generate_rsa(2048)
	return TLSOptions.server(key, crypto.generate_self_signed_certificate(key))


func _exchange() -> void:
	var packets := option("packets").to_int()
	if packets == 0:
		await until("we are told of the end", func() -> bool: _turn(_sent + 1); return _is_over)
		print("MEASURE received ", _received)
		note("told of the end")
		return
	await until("all packets are here", func() -> bool: _turn(packets); return _received == packets)
	mark("all here." + role)
	# The other side may still wait for ours, and these for a poll.
	await until(
		"the other side has all",
		func() -> bool: _turn(packets); return stage.has("all here." + _other_role)
	)
	expect_equal(_sent, packets, "packets accepted")
	expect(not _is_over, "the connection lasts")
	note("received", [_received])
	await everyone("exchanged")


## One poll, some packets in, some packets out.
func _turn(packets: int) -> void:
	_peer.poll()
	for _i: int in _rng.randi_range(0, 6):
		if _peer.get_available_packet_count() == 0:
			break
		_take()
	for _i: int in _rng.randi_range(0, 6):
		if _is_over or not is_connected_peer(_peer):
			return
		if _sent < packets and _sent - _arrived < UNDER_WAY and _put(_payload(role, _sent)):
			_sent += 1
	if _is_over or not is_connected_peer(_peer):
		return
	if _received - _acknowledged >= ACKNOWLEDGED:
		var packet := PackedByteArray([ACKNOWLEDGEMENT, 0, 0, 0, 0])
		packet.encode_u32(1, _received)
		if _put(packet):
			_acknowledged = _received


## Whether it was accepted.
func _put(packet: PackedByteArray) -> bool:
	_peer.set_target_peer(_other)
	var error := _peer.put_packet(packet)
	if error != OK and error != ERR_OUT_OF_MEMORY:
		# The connection has just ended; the next poll tells.
		expect(option("packets") == "0", "put_packet fails only for want of room: " + error_string(error))
	return error == OK


func _take() -> void:
	expect_equal(_peer.get_packet_peer(), _other, "the sender")
	var packet := _peer.get_packet()
	if packet[0] == ACKNOWLEDGEMENT:
		_arrived = packet.decode_u32(1)
		return
	if packet != _payload(_other_role, _received):
		fail("packet %d is not the one that was sent, it has %d bytes" % [_received, packet.size()])
	_received += 1


## The same at both ends.
func _payload(from: String, number: int) -> PackedByteArray:
	var noise := hash([option("seed"), from, number])
	var packet := PackedByteArray()
	packet.resize(5 + (noise % (LARGEST - 5) if noise % 4 == 0 else noise % 100))
	packet.fill(noise % 256)
	packet[0] = DATA
	packet.encode_u32(1, number)
	return packet
