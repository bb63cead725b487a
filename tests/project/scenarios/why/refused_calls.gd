extends "res://scenario.gd"
## Calls that fail at once say why in words, and a next call that succeeds forgets it.


func solo() -> void:
	var peer := new_peer()
	var other := new_peer()
	var taken := listen(other)
	_expect(peer, peer.call("create_server", 70000), ERR_INVALID_PARAMETER, "70000")
	_expect(peer, peer.call("create_server", -1), ERR_INVALID_PARAMETER, "-1")
	_expect(peer, peer.call("create_server", taken), ERR_ALREADY_IN_USE, "in use")
	_expect(peer, peer.call("create_server", 0, "192.0.2.1"), ERR_ALREADY_IN_USE, "192.0.2.1")
	_expect(peer, peer.call("create_server", 0, "not an address"), ERR_INVALID_PARAMETER, "not an address")
	_expect(peer, peer.call("create_client", ""), ERR_INVALID_PARAMETER, "empty")
	_expect(peer, peer.call("create_client", "http://127.0.0.1"), ERR_INVALID_PARAMETER, "http")
	_expect(peer, peer.call("create_client", "ws://127.0.0.1:99999"), ERR_INVALID_PARAMETER, "99999")

	var key := CryptoKey.new()
	key.load(file("server.key"))
	var certificate := load(file("server.crt")) as X509Certificate
	var mismatched := TLSOptions.server(key, certificate)
	_expect(peer, peer.call("create_server", 0, "*", mismatched), ERR_INVALID_PARAMETER, "does not belong")
	var misnamed := TLSOptions.client(certificate, "My Game")
	_expect(peer, peer.call("create_client", "wss://localhost", misnamed), ERR_INVALID_PARAMETER, "common name override")
	var small := Crypto.new().generate_rsa(1024)
	var made := Crypto.new().generate_self_signed_certificate(small)
	var unservable := TLSOptions.server(small, made)
	_expect(peer, peer.call("create_server", 0, "*", unservable), ERR_INVALID_PARAMETER, "RSA with 1024 bits")
	var empty := TLSOptions.server(key, X509Certificate.new())
	_expect(peer, peer.call("create_server", 0, "*", empty), ERR_INVALID_PARAMETER, "there is none in it")

	var for_clients := TLSOptions.client()
	_expect(peer, peer.call("create_server", 0, "*", for_clients), ERR_INVALID_PARAMETER, "TLSOptions.server()")
	_expect(peer, peer.call("create_client", "wss://127.0.0.1:1", mismatched), ERR_INVALID_PARAMETER, "TLSOptions.client()")

	expect_equal(peer.call("create_server", 0), OK, "a server at last")
	expect_equal(peer.call("get_last_error_message"), "", "the message of a server that listens")
	for create: Callable in [Callable(peer, "create_server").bind(0), Callable(peer, "create_client").bind("ws://127.0.0.1:1")]:
		expect_equal(create.call(), ERR_ALREADY_IN_USE, "creating twice")
		var message: String = peer.call("get_last_error_message")
		expect(message.contains("already"), "'%s' tells of creating twice" % message)
	peer.close()
	_expect_settings(peer)


## Settings that nothing would work with are refused; what the built-in class takes for "no limit" is taken, with a word.
func _expect_settings(peer: MultiplayerPeer) -> void:
	for property: String in ["inbound_buffer_size", "max_queued_packets"]:
		var before: int = peer.get(property)
		for value: int in [0, -1, -2147483648]:
			peer.set(property, value)
			expect_equal(peer.get(property), before, "%s after %d was refused" % [property, value])
		peer.set(property, 1)
		expect_equal(peer.get(property), 1, property)
	for value: int in [-1, 0]:
		peer.set("outbound_buffer_size", value)
		expect_equal(peer.get("outbound_buffer_size"), value, "outbound_buffer_size")


func _expect(peer: MultiplayerPeer, error: Error, wanted: Error, word: String) -> void:
	var message: String = peer.call("get_last_error_message")
	expect_equal(error_string(error), error_string(wanted), word)
	expect(message.contains(word), "'%s' is in '%s'" % [word, message])
	expect_equal(peer.call("get_close_code"), -1, "the close code for " + word)
	expect_equal(peer.get_connection_status(), MultiplayerPeer.CONNECTION_DISCONNECTED, "status after " + word)
	peer.close()
	expect_equal(peer.call("get_last_error_message"), message, "the message after close() for " + word)
