extends "res://scenario.gd"
## Calls that go wrong in every way that has a message of its own. The harness reads the log.


func solo() -> void:
	_creating()
	await _peers()
	_settings()
	await _deciding()
	await _monitors()
	_web_socket_peer()
	await _login()
	note("said")


func _creating() -> void:
	var other := new_peer()
	var taken := listen(other)
	var peer := new_peer()
	var key := CryptoKey.new()
	key.load(file("server.key"))
	var certificate := load(file("server.crt")) as X509Certificate
	for arguments: Array in [
		[70000], [0, "not an address"], [taken], [0, "192.0.2.1"], [0, "*", TLSOptions.client()],
		[0, "*", TLSOptions.server(key, null)], [0, "*", TLSOptions.server(key, certificate)],
		[0, "*", TLSOptions.server(CryptoKey.new(), certificate)],
		[0, "unix:/nowhere/game.sock"], [0, "unix:" + file("server.key")], [0, "systemd"], [0, "systemd:game"],
		[0, "*", TLSOptions.server(key, X509Certificate.new())],
	]:
		expect(peer.callv("create_server", arguments) != OK, "create_server%s is refused" % [arguments])
	for url: String in [
		"", "http://a", "ws://:9080", "ws://a:99999", "ws://a/\n", "wss://under_score..name", "ws+unix://game.sock"
	]:
		expect(peer.call("create_client", url) != OK, "'%s' is refused" % url)
	peer.call("create_client", "wss://a", TLSOptions.server(key, certificate))
	other.call("create_server", 0)
	var small := Crypto.new().generate_rsa(1024)
	var made := Crypto.new().generate_self_signed_certificate(small)
	peer.call("create_server", 0, "*", TLSOptions.server(small, made))
	peer.call("create_client", "wss://localhost", TLSOptions.client(certificate, "My Game"))
	# Certificates in files.
	small = Crypto.new().generate_rsa(2048)
	small.save("user://live.key")
	Crypto.new().generate_self_signed_certificate(small).save("user://live.crt")
	var living := new_peer()
	living.set("tls_certificate_file", "user://live.crt")
	living.call("create_server", 0)
	living.set("tls_key_file", "user://nowhere.key")
	living.call("create_server", 0)
	living.call("set_tls_server_options", TLSOptions.client())
	living.call("reload_certificate")
	living.set("tls_key_file", "user://live.crt")
	living.call("create_server", 0)
	var locked := FileAccess.open("user://locked.key", FileAccess.WRITE)
	locked.store_string("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n")
	locked.close()
	living.set("tls_key_file", "user://locked.key")
	living.call("create_server", 0)
	living.set("tls_key_file", "user://live.key")
	expect_equal(living.call("create_server", 0), OK, living.call("get_last_error_message"))
	living.call("set_tls_server_options", TLSOptions.client())
	living.set("tls_key_file", "user://nowhere.key")
	living.call("reload_certificate")
	living.close()
	var large := FileAccess.open("user://large.crt", FileAccess.WRITE)
	large.store_string("no certificate\n".repeat(100_000))
	large.close()
	living.set("tls_certificate_file", "user://large.crt")
	living.call("create_server", 0)
	# Trusted certificates that are none.
	ProjectSettings.set_setting("network/tls/certificate_bundle_override", file("trusted.crt"))
	peer.call("create_client", "wss://localhost")
	peer.close()
	ProjectSettings.set_setting("network/tls/certificate_bundle_override", "")
	# A chain that the engine does not show.
	var chain := X509Certificate.new()
	chain.load(file("chain.crt"))
	peer.call("create_server", 0, "*", TLSOptions.server(key, chain))
	peer.close()


func _peers() -> void:
	var server := new_peer()
	server.get_packet()
	server.put_packet(PackedByteArray([1]))
	server.get_packet_peer()
	var client := new_peer()
	var peers := await pair(server, client)
	server.set_target_peer(5)
	server.put_packet(PackedByteArray([1]))
	server.call("get_peer", 5)
	server.disconnect_peer(5)
	server.set_target_peer(0)
	var large := PackedByteArray()
	large.resize(100_000)
	server.put_packet(large)
	# Put with no room, and nobody listens.
	var handle: Object = server.call("get_peer", client.get_unique_id())
	handle.set("max_queued_packets", 1)
	var some := PackedByteArray()
	some.resize(60_000)
	while handle.call("send", some) == OK:
		pass
	server.put_packet(some)
	server.poll()
	handle.call("close", 4000, "bye")
	handle.call("send", some)
	await poll_until("the client is out", peers, func() -> bool:
		while client.get_available_packet_count() > 0:
			client.get_packet()
		return is_disconnected_peer(client)
	)
	print(client.call("get_last_error_message"))


func _settings() -> void:
	var peer := new_peer()
	for property: String in ["inbound_buffer_size", "outbound_buffer_size", "max_queued_packets", "handshake_timeout",
			"heartbeat_interval", "max_peers", "max_peer_bytes_per_second", "max_peer_packets_per_second",
			"max_handshakes_per_minute", "proxy_protocol", "overflow_policy", "unreliable_max_age",
			"compression", "compression_threshold", "compression_level"]:
		peer.set(property, -7)
	peer.set("supported_protocols", PackedStringArray(["a b"]))
	peer.set("trusted_proxies", PackedStringArray(["localhost"]))
	for line: String in ["nonsense", "Host: elsewhere", "Token: a\nb"]:
		peer.set("handshake_headers", PackedStringArray([line]))
	for conditions: Dictionary in [
		{"lag": 1}, {"latency": "much"}, {"jitter": -1}, {"bandwidth": -1}, {"loss": 1.0}, {"stall_for": 1},
		{"latency": 0.001},
	]:
		peer.set("simulated_conditions", conditions)


func _deciding() -> void:
	var server := new_peer()
	server.set("allowed_origins", PackedStringArray(["play.example.com"]))
	server.set("allowed_origins", PackedStringArray())
	server.call("get_peer_request", 5)
	server.set("health_path", "health")
	server.set("health_path", "")
	server.set("drain_on_termination", -1.0)
	server.call("drain")
	server.call("drain", -1.0)
	var port := listen(server, "deciding")
	var judge := Object.new()
	var gone := judge.has_method
	judge.free()
	var callbacks: Array[Callable] = [gone]
	for verdict: Variant in [
		null, 302, {"Status": 403}, {"status": "403"}, {"status": 403, "reason": "a\nb"}, {"reason": "welcome"},
		{"status": 403, "protocol": "chat"}, {"protocol": "chat"},
	]:
		callbacks.append(func(_request: Object) -> Variant: return verdict)
	for callback: Callable in callbacks:
		server.set("handshake_callback", callback)
		var client := new_peer()
		client.call("create_client", "ws://127.0.0.1:%d" % port)
		await poll_until("it is refused", [server, client], is_disconnected_peer.bind(client))


func _monitors() -> void:
	var peer := new_peer()
	var other := new_peer()
	peer.call("register_monitors", "")
	peer.call("register_monitors", "one")
	peer.call("register_monitors", "two")
	other.call("register_monitors", "one")
	peer.call("unregister_monitors")
	var thread := Thread.new()
	thread.start(peer.call.bind("register_monitors", "three"))
	await until("the thread is done", func() -> bool: return not thread.is_alive())
	thread.wait_to_finish()


func _web_socket_peer() -> void:
	var peer: Object = ClassDB.instantiate("RustWebSocketPeer")
	peer.call("accept_stream", null)
	peer.call("accept_stream", StreamPeerBuffer.new())
	peer.call("get_packet")
	peer.call("put_packet", PackedByteArray([1]))
	peer.call("get_connected_host")
	peer.call("get_connected_port")
	peer.call("set_no_delay", true)
	peer.call("close", 70000)
	peer.call("connect_to_url", "ws://127.0.0.1:%d" % free_port())
	peer.call("connect_to_url", "ws://127.0.0.1:1")


## A login that nobody answers.
func _login() -> void:
	var api := multiplayer as SceneMultiplayer
	api.auth_callback = func(_id: int, _data: PackedByteArray) -> void: pass
	api.auth_timeout = 0.2
	var server := serve()
	var client := new_peer()
	client.call("create_client", "ws://127.0.0.1:%d" % server.call("get_local_port"))
	await until("the client is sent away", func() -> bool: client.poll(); return is_disconnected_peer(client))
	print(client.call("get_last_error_message"))
	api.auth_callback = Callable()
