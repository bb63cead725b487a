extends "res://scenario.gd"
## The base of the scenarios of a single connection: a client that dials, a server that accepts the stream.
##
## The class that is tested belongs to the multiplayer peer's class that this end plays with.

const STATES: Array[String] = ["connecting", "open", "closing", "closed"]

const CONNECTING := 0
const OPEN := 1
const CLOSED := 3

## The connection of this role. Untyped, for it is of one class or the other.
var socket

var _listener: TCPServer


func _process(_delta: float) -> void:
	if socket != null:
		socket.poll()


func new_socket() -> PacketPeer:
	var socket_class := peer_class.replace("MultiplayerPeer", "Peer")
	var fresh: PacketPeer = ClassDB.instantiate(socket_class)
	if fresh == null:
		fail("the engine has no class " + socket_class)
	return fresh


## Listens, and accepts the one stream that comes. With `tls`, by way of a TLS stream.
func accept(prepare := Callable(), tls: TLSOptions = null) -> void:
	_listener = TCPServer.new()
	expect_equal(_listener.listen(0, "127.0.0.1"), OK, "listen")
	mark("port.server", str(_listener.get_local_port()))
	await until("a client comes", _listener.is_connection_available)
	var stream: StreamPeer = _listener.take_connection()
	if tls != null:
		var tls_stream := StreamPeerTLS.new()
		expect_equal(tls_stream.accept_stream(stream, tls), OK, "the TLS stream takes the TCP stream")
		stream = tls_stream
	var fresh: Variant = new_socket()
	if prepare.is_valid():
		prepare.call(fresh)
	note_error("accept_stream", fresh.accept_stream(stream))
	socket = fresh
	note_state()


## Dials.
func dial(prepare := Callable(), path := "", scheme := "ws", tls: TLSOptions = null) -> void:
	var url := "%s://127.0.0.1:%s%s" % [scheme, await marked("port.server"), path]
	var fresh: Variant = new_socket()
	if prepare.is_valid():
		prepare.call(fresh)
	note_error("connect_to_url", fresh.connect_to_url(url, tls))
	socket = fresh
	note_state()


func is_in(state: int) -> bool:
	return socket.get_ready_state() == state


func opened() -> void:
	await until("the connection is open", is_in.bind(OPEN))
	note_state()


func closed() -> void:
	await until("the connection is closed", is_in.bind(CLOSED))
	note_end()


func note_state() -> void:
	note("state", [STATES[socket.get_ready_state()]])


func note_end() -> void:
	note("end", [STATES[socket.get_ready_state()], socket.get_close_code(), socket.get_close_reason()])


## Waits for so many messages and takes them into the transcript.
func note_messages(count: int) -> void:
	var seen := 0
	while seen < count:
		await until("a message is here", func() -> bool: return socket.get_available_packet_count() > 0)
		while socket.get_available_packet_count() > 0:
			var message: PackedByteArray = socket.get_packet()
			note("message", [message, socket.was_string_packet(), error_string(socket.get_packet_error())])
			seen += 1
