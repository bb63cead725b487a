extends "res://scenario.gd"
## A player who sends far more than it may: it is held back and loses nothing, the others notice nothing, and the
## statistics tell who it was.

const PACKETS := 60


func solo() -> void:
	var server := new_peer()
	server.set(option("property"), option("value").to_int())
	server.set("heartbeat_interval", 0.2)
	server.peer_disconnected.connect(func(id: int) -> void: fail("peer %d is gone" % id))
	var flood := new_peer()
	await pair(server, flood)
	var other := new_peer()
	var port: int = server.call("get_local_port")
	expect_equal(other.call("create_client", "ws://127.0.0.1:%d" % port), OK, "create_client")
	var peers: Array[MultiplayerPeer] = [server, flood, other]
	await poll_until("the other is in", peers, is_connected_peer.bind(other))

	var packet := PackedByteArray()
	packet.resize(100)
	for number: int in PACKETS:
		packet[0] = number
		expect_equal(flood.put_packet(packet), OK, "a packet of the flood")
	expect_equal(other.put_packet(PackedByteArray([255])), OK, "the packet of the other")
	var arrived: Array[int] = []
	await poll_until("everything is here", peers, func() -> bool:
		while server.get_available_packet_count() > 0:
			arrived.append(server.get_packet()[0])
		return arrived.size() == PACKETS + 1
	)
	expect(arrived.find(255) < PACKETS, "the other is heard before the flood is through")
	arrived.erase(255)
	expect_equal(arrived, Array(range(PACKETS), TYPE_INT, &"", null), "the flood, in its order")

	var of_flood: Dictionary = server.call("get_peer_statistics", flood.get_unique_id())
	var of_other: Dictionary = server.call("get_peer_statistics", other.get_unique_id())
	var of_all: Dictionary = server.call("get_statistics")
	expect(of_flood["throttled_msec"] > 500, "the flood was held back for %d ms" % of_flood["throttled_msec"])
	expect_equal(of_other["throttled_msec"], 0, "how long the other was held back")
	expect_equal(of_all["throttled_msec"], of_flood["throttled_msec"], "how long all were held back")
	note("held back")
