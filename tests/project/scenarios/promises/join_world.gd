extends "res://scenario.gd"
## A client that joins a world: everything that is there is sent in the frame in which it comes, with default settings.
## All of it arrives, and neither side has a word to say about it.

const SPAWNS := 4000
const SIZE := 1500


func server() -> void:
	var peer := new_peer()
	var refused: Array[int] = []
	peer.peer_connected.connect(func(id: int) -> void:
		# By its name, for a lambda that held it would keep it alive.
		var world := multiplayer.multiplayer_peer
		var packet := PackedByteArray()
		packet.resize(SIZE)
		world.set_target_peer(id)
		for number: int in SPAWNS:
			packet.encode_u32(0, number)
			if world.put_packet(packet) != OK:
				refused.append(number)
	)
	listen(peer)
	multiplayer.multiplayer_peer = peer
	await until("the client is in", func() -> bool: return multiplayer.get_peers().size() == 1)
	expect_equal(refused.size(), 0, "packets that were refused")
	var waiting: int = peer.call("get_statistics")["outbound_bytes"]
	print("MEASURE waiting_bytes ", waiting)
	await marked("all here")
	note("all sent")


func client() -> void:
	var peer := new_peer()
	expect_equal(peer.call("create_client", await url_of()), OK, "create_client")
	var numbers: Array[int] = []
	var start := Time.get_ticks_msec()
	await until("the world is here", func() -> bool:
		peer.poll()
		while peer.get_available_packet_count() > 0:
			numbers.append(peer.get_packet().decode_u32(0))
		return numbers.size() == SPAWNS
	)
	expect_equal(numbers, Array(range(SPAWNS), TYPE_INT, "", null), "everything, in order")
	print("MEASURE milliseconds ", Time.get_ticks_msec() - start)
	mark("all here")
	note("all here")

