extends "res://scenario.gd"
## A server whose client reads nothing: what was accepted was sent, waits, or is dropped in the end; the rest was
## refused.

const SIZE := 20000
const REQUEST := (
	"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	+ "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


func solo() -> void:
	var server := new_peer()
	var port := listen(server)
	var arrived: Array[int] = []
	var gone: Array[int] = []
	server.peer_connected.connect(func(id: int) -> void: arrived.append(id))
	server.peer_disconnected.connect(func(id: int) -> void: gone.append(id))
	# Whoever listens is not warned in the log.
	server.connect("peer_overflowed", func(_id: int, _size: int) -> void: pass)
	var stuck := StreamPeerTCP.new()
	stuck.connect_to_host("127.0.0.1", port)
	await until("it is connected", func() -> bool:
		stuck.poll()
		return stuck.get_status() == StreamPeerTCP.STATUS_CONNECTED
	)
	stuck.put_data(REQUEST.to_utf8_buffer())
	await poll_until("it is a peer", [server], func() -> bool: return not arrived.is_empty())

	server.set_target_peer(arrived[0])
	var packet := PackedByteArray()
	packet.resize(SIZE)
	var accepted := 0
	while server.put_packet(packet) == OK:
		accepted += 1
	server.put_packet(packet)
	var full: Dictionary = server.call("get_statistics")
	expect_equal(full["packets_refused"], 2, "packets_refused")
	expect_equal(full["packets_sent"] + full["outbound_packets"], accepted, "what was accepted")
	expect(full["outbound_packets"] > 0, "something waits")
	expect_equal(full["outbound_bytes"], full["outbound_packets"] * SIZE, "outbound_bytes")
	expect_equal(full["bytes_sent"], full["packets_sent"] * SIZE, "bytes_sent")
	var of_peer: Dictionary = server.call("get_peer_statistics", arrived[0])
	for key: String in ["packets_refused", "outbound_packets", "outbound_bytes", "packets_sent", "bytes_sent"]:
		expect_equal(of_peer[key], full[key], key + " of the peer")
	expect_equal(full["packets_dropped"], 0, "packets_dropped before the end")

	stuck.disconnect_from_host()
	await poll_until("it is gone", [server], func() -> bool: return not gone.is_empty())
	# A network thread may still be counting when the game hears of the end.
	await poll_until("all is counted", [server], func() -> bool:
		var counts: Dictionary = server.call("get_statistics")
		return counts["packets_dropped"] == accepted - counts["packets_sent"]
	)
	var ended: Dictionary = server.call("get_statistics")
	expect(ended["packets_dropped"] > 0, "something was dropped")
	expect_equal([ended["outbound_packets"], ended["outbound_bytes"]], [0, 0], "nothing waits any more")
	note("counted")
