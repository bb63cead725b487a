extends "res://scenario.gd"
## Arguments of the wrong type, or too many, or too few, and numbers out of range. The option `case` says which.


func solo() -> void:
	await call(option("case"))


## Through [method Object.callv], because a script with such calls does not even parse. (What the call has done in spite
## of its error is no matter: the engine makes some calls all the same, with something else for an argument.)
func types() -> void:
	var calls: Array[Array] = [
		["create_server", []],
		["create_server", ["a port"]],
		["create_server", [null]],
		["create_server", [[]]],
		["create_server", [0, 5]],
		["create_server", [0, "*", RefCounted.new()]],
		["create_server", [0, "*", null, 1]],
		["create_client", []],
		["create_client", [null]],
		["create_client", [5]],
		["create_client", ["ws://127.0.0.1:1", "no options"]],
		["create_client", ["ws://127.0.0.1:1", self]],
		["set_handshake_timeout", ["long"]],
		["set_inbound_buffer_size", [null]],
		["set_supported_protocols", [5]],
		["set_handshake_headers", [{}]],
		["get_peer", ["one"]],
		["get_peer_address", []],
		["get_peer_port", [null]],
	]
	var peer := new_peer()
	for line: Array in calls:
		var arguments: Array = line[1]
		var kinds := arguments.map(func(argument: Variant) -> String: return type_string(typeof(argument)))
		note("%s(%s)" % [line[0], ", ".join(kinds)], [str(peer.callv(line[0] as String, arguments))])
		peer.close()


## Numbers that no port can have. (Both are ports once again if only their last 16 bits count.)
func ports() -> void:
	for offset: int in [65536, -65536]:
		var peer := new_peer()
		note_error("create_server with %+d" % offset, peer.call("create_server", free_port() + offset))
		note_status(peer)
	var peer := new_peer()
	note_error("create_server with 0", peer.call("create_server", 0))
	note_status(peer)


## Options that are for the other side.
func options_of_the_other_side() -> void:
	var key := CryptoKey.new()
	key.load(file("server.key"))
	var of_server := TLSOptions.server(key, load(file("server.crt")) as X509Certificate)
	var peer := new_peer()
	note_error("server with a client's", peer.call("create_server", free_port(), "*", TLSOptions.client()))
	note_error("server with an unsafe client's", peer.call("create_server", free_port(), "*", TLSOptions.client_unsafe()))
	note_error("client with a server's", peer.call("create_client", "wss://127.0.0.1:1", of_server))
	note_error("client with a server's, plain", peer.call("create_client", "ws://127.0.0.1:1", of_server))
	note_status(peer)
	note_error("client with useless ones", peer.call("create_client", "ws://127.0.0.1:1", TLSOptions.client()))
	note_status(peer)


## A private key that is another certificate's.
func mismatched_key() -> void:
	var key := CryptoKey.new()
	key.load(file("server.key"))
	var options := TLSOptions.server(key, load(file("server.crt")) as X509Certificate)
	var peer := new_peer()
	note_error("create_server", peer.call("create_server", free_port(), "*", options))
	note_status(peer)


## Empty and strange strings as addresses to listen on.
func addresses() -> void:
	var peer := new_peer()
	for address: String in ["*", "127.0.0.1", "0.0.0.0", "::", "::1", "", " ", "localhost", "256.0.0.1", "1.2.3"]:
		if address in ["::", "::1"] and option("ipv6") == "no":
			continue
		note_error("'%s'" % address, peer.call("create_server", free_port(), address))
		note_status(peer)
		peer.close()
