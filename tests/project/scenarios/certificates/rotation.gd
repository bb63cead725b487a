extends "res://scenario.gd"
## A server with its certificate in files, which are renewed while it runs: whoever is there stays, whoever comes sees the
## new one, and a broken one changes nothing.


func solo() -> void:
	var server := new_peer()
	server.set("tls_certificate_file", file("server.crt"))
	server.set("tls_key_file", file("server.key"))
	expect_equal(server.call("reload_certificate"), ERR_UNCONFIGURED, "reload_certificate before there is a server")
	var port := listen(server)
	var first := await _come(server, port, "trusted.crt")
	expect(is_connected_peer(first), "the first is in: " + first.call("get_last_error_message"))
	# A wrong list of the trusted, and none.
	var stranger := await _come(server, port, "next_trusted.crt")
	expect(is_disconnected_peer(stranger), "whoever trusts another authority stays out")

	_replace("server.crt", "next.crt")
	expect_equal(server.call("reload_certificate"), ERR_INVALID_PARAMETER, "a certificate without its key")
	expect(is_connected_peer(await _come(server, port, "trusted.crt")), "the old one is still in use")
	_replace("server.key", "next.key")
	expect(not str(server.call("get_last_error_message")).is_empty(), "that has words")
	expect_equal(server.call("reload_certificate"), OK, "a whole pair")
	expect_equal(server.call("get_last_error_message"), "", "the message of before")
	var second := await _come(server, port, "next_trusted.crt")
	expect(is_connected_peer(second), "the new one is in use: " + second.call("get_last_error_message"))
	expect(is_disconnected_peer(await _come(server, port, "trusted.crt")), "the old one is not")
	await _talk(server, first)
	await _talk(server, second)

	DirAccess.remove_absolute(file("server.key"))
	expect_equal(server.call("reload_certificate"), ERR_FILE_CANT_READ, "a file that is gone")
	expect(is_connected_peer(await _come(server, port, "next_trusted.crt")), "the last one is still in use")

	# Objects in their place.
	var key := CryptoKey.new()
	key.load(file("old.key"))
	var options := TLSOptions.server(key, load(file("old.crt")) as X509Certificate)
	expect_equal(server.call("set_tls_server_options", TLSOptions.client()), ERR_INVALID_PARAMETER, "options of a client")
	expect_equal(server.call("set_tls_server_options", options), OK, "set_tls_server_options")
	expect(is_connected_peer(await _come(server, port, "trusted.crt")), "the objects are in use")
	expect_equal(server.call("reload_certificate"), ERR_UNCONFIGURED, "files that are watched no more")
	await _talk(server, first)
	server.close()
	_halves()
	note("rotated")


## A certificate or a key by itself, and a server without either.
func _halves() -> void:
	for property: String in ["tls_certificate_file", "tls_key_file"]:
		var server := new_peer()
		server.set(property, file("old.crt"))
		expect_equal(server.call("create_server", 0), ERR_INVALID_PARAMETER, property + " by itself")
		server.set(property, "")
		expect_equal(server.call("create_server", 0), OK, "a server without TLS")
		expect_equal(server.call("set_tls_server_options", null), ERR_UNCONFIGURED, "a certificate for it")
		server.close()
	var server := new_peer()
	server.set("tls_certificate_file", "res://nowhere.crt")
	server.set("tls_key_file", "res://nowhere.key")
	expect_equal(server.call("create_server", 0), ERR_FILE_CANT_READ, "files that are not there")
	var client := new_peer()
	client.set("tls_trusted_file", "user://nowhere.crt")
	expect_equal(client.call("create_client", "wss://localhost"), ERR_FILE_CANT_READ, "a file that is not there")


func _come(server: MultiplayerPeer, port: int, trusted: String) -> MultiplayerPeer:
	var client := new_peer()
	client.set("tls_trusted_file", file(trusted))
	expect_equal(client.call("create_client", "wss://localhost:%d" % port), OK, "create_client")
	await poll_until("it is settled", [server, client], func() -> bool:
		return client.get_connection_status() != MultiplayerPeer.CONNECTION_CONNECTING
	)
	return client


func _talk(server: MultiplayerPeer, client: MultiplayerPeer) -> void:
	expect_equal(client.put_packet(PackedByteArray([1, 2, 3])), OK, "put_packet")
	await poll_until("the packet is here", [server, client], func() -> bool:
		return server.get_available_packet_count() > 0
	)
	expect_equal(server.get_packet(), PackedByteArray([1, 2, 3]), "the packet")


func _replace(old: String, new: String) -> void:
	DirAccess.copy_absolute(file(new), file(old))
