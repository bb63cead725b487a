extends "one_connection.gd"
## A connection over a TLS stream of the engine's, which is accepted before its handshake is done.

const COUNT := 40


func server() -> void:
	var crypto := Crypto.new()
	var key := crypto.generate_rsa(2048)
	var certificate := crypto.generate_self_signed_certificate(key, "CN=localhost")
	await accept(Callable(), TLSOptions.server(key, certificate))
	await opened()
	note("url", [socket.get_requested_url().get_slice("://", 0)])
	for number: int in COUNT:
		socket.put_packet(_bytes(number))
		await frames(1)
	await note_messages(COUNT)
	await everyone("talked")
	await closed()


func client() -> void:
	await dial(Callable(), "/", "wss", TLSOptions.client_unsafe())
	await opened()
	for number: int in COUNT:
		socket.put_packet(_bytes(number))
		await frames(1)
	await note_messages(COUNT)
	await everyone("talked")
	socket.close(4002, "done")
	await closed()


func _bytes(number: int) -> PackedByteArray:
	var bytes := PackedByteArray()
	bytes.resize(1 + number * 1500)
	bytes.fill(number)
	return bytes
