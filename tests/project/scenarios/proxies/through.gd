extends "res://scenario.gd"
## A server, a client, and a real proxy between them, which the harness has started. The proxy comes from an address of its
## own, so that the server can tell it from the player. The player says in every way that there is that it is somebody else.
##
## Options: `url` is how the client calls the proxy, `protocol` the value of `proxy_protocol`, `tls` whether the server
## itself speaks TLS, and `port` whether the proxy tells the player's port.

const PROXY := "127.0.0.2"
const PLAYER := "127.0.0.1"
## What the player would like to be.
const FORGED := "9.9.9.9"


func solo() -> void:
	var server := new_peer()
	server.set("trusted_proxies", PackedStringArray([PROXY]))
	server.set("proxy_protocol", option("protocol", "0").to_int())
	server.set("health_path", "/health")
	server.set("metrics_path", "/metrics")
	var arrived: Array[int] = []
	server.peer_connected.connect(func(id: int) -> void: arrived.append(id))
	listen(server, "server", _own_tls() if option("tls") == "own" else null)

	var client := new_peer()
	var url := option("url") % (await marked("port.proxy")).to_int()
	client.set("handshake_headers", PackedStringArray([
		"Forwarded: for=%s;proto=%s" % [FORGED, "https" if url.begins_with("ws:") else "http"],
		"X-Forwarded-For: " + FORGED,
		"X-Forwarded-Proto: " + ("https" if url.begins_with("ws:") else "http"),
		"X-Real-IP: " + FORGED,
	]))
	var trust := TLSOptions.client(load(file("trusted.crt")) as X509Certificate)
	expect_equal(client.call("create_client", url, trust), OK, "create_client")
	await poll_until("the client is settled", [server, client], func() -> bool:
		return client.get_connection_status() != MultiplayerPeer.CONNECTION_CONNECTING
	)
	expect(is_connected_peer(client), "it gets through: " + client.call("get_last_error_message"))
	await poll_until("the server knows it", [server, client], func() -> bool: return not arrived.is_empty())
	var id := client.get_unique_id()
	expect_equal(arrived, [id] as Array[int], "who has come")
	expect_equal(server.call("get_peer_address", id), PLAYER, "the player's address")
	expect_equal(server.call("get_peer_port", id) > 0, option("port") == "told", "whether the player's port is known")
	var requested: String = (server.call("get_peer", id) as Object).call("get_requested_url")
	expect_equal(requested.get_slice(":", 0), url.get_slice(":", 0), "the scheme that the player has used")

	# What is large for a proxy's buffers, each way.
	var large := PackedByteArray()
	large.resize(60000)
	large.fill(7)
	for sender: MultiplayerPeer in [client, server]:
		expect_equal(sender.put_packet(large), OK, "put_packet")
	await poll_until("both packets are through", [server, client], func() -> bool:
		return server.get_available_packet_count() == 1 and client.get_available_packet_count() == 1
	)
	expect_equal(server.get_packet(), large, "what the server got")
	expect_equal(client.get_packet(), large, "what the client got")
	client.close()
	mark("done")
	note("through")


func _own_tls() -> TLSOptions:
	var key := CryptoKey.new()
	key.load(file("server.key"))
	return TLSOptions.server(key, load(file("server.crt")) as X509Certificate)
