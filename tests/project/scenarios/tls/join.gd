extends "res://scenario.gd"
## A server with a certificate, and a client that believes it or not.
##
## Options: `certificate` says how the server comes by its certificate (see [method _certificate]), `trust` whom the
## client believes (see [method _trust]), `host` and `scheme` how it calls the server, `outcome` whether it gets `in` or
## stays `out`, `message` what our class must say then, and `after` a note that the client waits for.

const LARGE := 60000

var _packets := 0


func server() -> void:
	watch()
	(multiplayer as SceneMultiplayer).peer_packet.connect(_count)
	var peer := new_peer()
	listen(peer, "server", _server_options())
	multiplayer.multiplayer_peer = peer
	if option("outcome") == "in":
		await all_here(["client"])
		await until("both packets are here", func() -> bool: return _packets == 2)
		note_error("sent", _send("hello from the server".to_utf8_buffer()))
		await everyone("talked")
	await everyone("settled")
	note("peers", [multiplayer.get_peers().size()])


func client() -> void:
	watch()
	(multiplayer as SceneMultiplayer).peer_packet.connect(_count)
	if not option("after").is_empty():
		await marked(option("after"))
	var url := await url_of("server", option("host", "localhost"), option("scheme", "wss"))
	var peer := new_peer()
	peer.set("handshake_timeout", option("timeout", "10").to_float())
	note_error("create_client", peer.call("create_client", url, _trust()))
	multiplayer.multiplayer_peer = peer
	await until("it is settled", func() -> bool:
		return peer.get_connection_status() != MultiplayerPeer.CONNECTION_CONNECTING
	)
	note_status(peer)
	if is_connected_peer(peer):
		introduce(peer)
		await until("the server is here", func() -> bool: return multiplayer.get_peers().has(1))
		note_error("sent", _send("hello from the client".to_utf8_buffer()))
		note_error("sent", _send(_large()))
		await until("the packet is here", func() -> bool: return _packets == 1)
		await everyone("talked")
	else:
		await frames(1)
		if peer.has_method("get_last_error_message"):
			_check_reason(peer)
	await everyone("settled")


func _check_reason(peer: MultiplayerPeer) -> void:
	var message: String = peer.call("get_last_error_message")
	expect(RegEx.create_from_string(option("message")).search(message) != null, "'%s' is in '%s'" % [
		option("message"), message
	])
	expect_equal(peer.call("get_close_code"), option("code", "-1").to_int(), "the close code")
	expect_equal(peer.call("get_close_reason"), "", "the close reason")
	peer.close()
	expect_equal(peer.call("get_last_error_message"), message, "the message after close()")


## `resource`: loaded as a game loads its resources. `text`: read from a string. `godot`: made by the engine's [Crypto]
## for an RSA key and the `subject`, and left where the client finds whom to trust; `godot again`: made once more, after
## that. `changed file`: loaded as a resource whose file then holds something else. `none`: the server speaks no TLS.
func _server_options() -> TLSOptions:
	var key := CryptoKey.new()
	match option("certificate", "resource"):
		"resource":
			key.load(file("server.key"))
			return TLSOptions.server(key, load(file("server.crt")) as X509Certificate)
		"text":
			key.load_from_string(FileAccess.get_file_as_string(file("server.key")))
			var certificate := X509Certificate.new()
			certificate.load_from_string(FileAccess.get_file_as_string(file("server.crt")))
			return TLSOptions.server(key, certificate)
		"changed file":
			key.load(file("server.key"))
			var loaded := load(file("server.crt")) as X509Certificate
			DirAccess.copy_absolute(file("trusted.crt"), file("server.crt"))
			return TLSOptions.server(key, loaded)
		"godot", "godot again":
			# A new key of this size would take an engine seconds.
			key.load(file("server.key"))
			var made := Crypto.new().generate_self_signed_certificate(key, option("subject"))
			made.save(file("trusted.crt"))
			if option("certificate") == "godot again":
				made = Crypto.new().generate_self_signed_certificate(key, option("subject"))
			return TLSOptions.server(key, made)
	return null


## `nothing`: no options at all. `roots`: what everybody trusts. `chain`: the certificates in `trusted.crt`; `chain as
## text`: the same, read from a string. `chain NAME`: these, for a server of that name. `anybody`: no check. `anybody of
## chain`: these, whatever their names. `bundle`: what the project setting for trusted certificates names.
func _trust() -> TLSOptions:
	var trust := option("trust")
	match trust:
		"nothing":
			return null
		"roots":
			return TLSOptions.client()
		"chain":
			return TLSOptions.client(_trusted())
		"chain as text":
			var certificate := X509Certificate.new()
			certificate.load_from_string(FileAccess.get_file_as_string(file("trusted.crt")))
			return TLSOptions.client(certificate)
		"anybody":
			return TLSOptions.client_unsafe()
		"anybody of chain":
			return TLSOptions.client_unsafe(_trusted())
		"bundle":
			ProjectSettings.set_setting("network/tls/certificate_bundle_override", file("trusted.crt"))
			return null
	return TLSOptions.client(_trusted(), trust.trim_prefix("chain "))


func _trusted() -> X509Certificate:
	return load(file("trusted.crt")) as X509Certificate


func _send(bytes: PackedByteArray) -> Error:
	return (multiplayer as SceneMultiplayer).send_bytes(bytes)


func _count(_id: int, _packet: PackedByteArray) -> void:
	_packets += 1


func _large() -> PackedByteArray:
	var bytes := PackedByteArray()
	bytes.resize(LARGE)
	for i: int in LARGE:
		bytes[i] = (i * 31 + i / 256) % 256
	return bytes
