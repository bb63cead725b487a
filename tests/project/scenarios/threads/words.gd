extends "res://scenario.gd"
## What is refused on a thread is told in the log from there.


func solo() -> void:
	var thread := Thread.new()
	thread.start(_be_refused)
	await until("the thread is through", func() -> bool: return not thread.is_alive())
	var errors: Array = thread.wait_to_finish()
	expect_equal(errors, [ERR_UNCONFIGURED, ERR_INVALID_PARAMETER, ERR_UNAVAILABLE, FAILED], "what the thread was told")
	note("through")


func _be_refused() -> Array:
	var peer := new_peer()
	var socket: PacketPeer = ClassDB.instantiate("RustWebSocketPeer")
	return [
		peer.put_packet(PackedByteArray([1])),
		peer.call("create_client", "no url"),
		peer.call("register_monitors"),
		socket.call("send_text", "to nobody"),
	]
