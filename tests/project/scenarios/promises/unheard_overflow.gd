extends "res://scenario.gd"
## A server that does not listen to `peer_overflowed` and whose client does not read: the log says what was refused, and
## what to raise, once and not for every packet.


func server() -> void:
	var peer := new_peer()
	peer.set(option("property"), option("value").to_int())
	listen(peer)
	await until("the client is in", func() -> bool: peer.poll(); return stage.has("id.stuck"))
	peer.set_target_peer(await id_of("stuck"))
	var packet := PackedByteArray()
	packet.resize(option("size").to_int())
	var refused := 0
	# In several frames, in each of them more than one.
	while refused < 40:
		for _i: int in 100:
			refused += int(peer.put_packet(packet) != OK)
		await frames(1)
		peer.poll()
	mark("it may go")
	note("refused")
