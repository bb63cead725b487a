extends "res://scenario.gd"
## What a request tells, in the callback and as long as the client is a peer; and that what the callback leaves in it is found
## there.

const TARGET := "/match/7?token=a%2Bb%3D&name=Ann+Lee&name=other&flag"

var _server: MultiplayerPeer
var _port := 0
var _greeted: Array[String] = []
var _left: Array[String] = []


func solo() -> void:
	var server := new_peer()
	server.set("network_thread", option("thread") == "yes")
	var scheme := option("scheme")
	server.set("supported_protocols", PackedStringArray(["b"]))
	server.set("handshake_callback", func(request: Object) -> bool:
		_read(request)
		request.set_meta("player", "Ann")
		return true
	)
	server.peer_connected.connect(_greet)
	server.peer_disconnected.connect(_miss)
	_server = server
	if scheme == "wss":
		var key := CryptoKey.new()
		var certificate := X509Certificate.new()
		key.load(file("server.key"))
		certificate.load(file("server.crt"))
		_port = listen(server, "server", TLSOptions.server(key, certificate))
	else:
		_port = listen(server)
	var client: MultiplayerPeer = ClassDB.instantiate(option("client"))
	client.set("supported_protocols", PackedStringArray(["a", "b"]))
	client.set("handshake_headers", PackedStringArray([
		"X-Build: 7", "Cookie: session=abc; theme=dark", "x-build: 8",
	]))
	var url := "%s://localhost:%d%s" % [scheme, _port, TARGET]
	expect_equal(client.call("create_client", url, TLSOptions.client_unsafe() if scheme == "wss" else null), OK, "create_client")
	await poll_until("it is greeted", [server, client], func() -> bool: return not _greeted.is_empty())
	expect_equal(_greeted, ["Ann"] as Array[String], "who was greeted")
	await poll_until("it is in", [server, client], func() -> bool: return is_connected_peer(client))
	var id := client.get_unique_id()
	var kept: Object = server.call("get_peer_request", id)
	client.close()
	await poll_until("it is gone", [server], func() -> bool: return not _left.is_empty())
	expect_equal(_left, ["Ann"] as Array[String], "who left")
	expect(server.call("get_peer_request", id) == null, "there is no request of a peer that is gone")
	_read(kept)
	expect_equal(kept.call("accept"), ERR_UNAVAILABLE, "an answer that nobody waits for")
	note("read")


func _greet(id: int) -> void:
	var request: Object = _server.call("get_peer_request", id)
	_read(request)
	expect(_server.call("get_peer_request", id) == request, "it is the same object every time")
	_greeted.append(request.get_meta("player"))


func _miss(id: int) -> void:
	_left.append(_server.call("get_peer_request", id).get_meta("player"))


func _read(request: Object) -> void:
	expect_equal(request.call("get_path"), "/match/7", "the path")
	expect_equal(request.call("get_query"), {"token": "a+b=", "name": "Ann Lee", "flag": ""}, "the query")
	expect_equal(request.call("get_header", "X-BUILD"), "7, 8", "a header")
	expect_equal(request.call("get_header", "X-None"), "", "a header that is not there")
	expect(PackedStringArray(request.call("get_headers")).has("X-Build: 7"), "all headers")
	expect_equal(request.call("get_cookies"), {"session": "abc", "theme": "dark"}, "the cookies")
	expect_equal(request.call("get_protocols"), PackedStringArray(["a", "b"]), "the subprotocols")
	expect(["127.0.0.1", "0:0:0:0:0:0:0:1"].has(request.call("get_address")), "the address is ours")
	expect(int(request.call("get_port")) > 0 and int(request.call("get_port")) != _port, "the port is the client's")
	expect_equal(request.call("is_tls"), option("scheme") == "wss", "whether it is encrypted")
