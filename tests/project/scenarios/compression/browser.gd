extends "res://scenario.gd"
## A server that sends back what a browser sends, and what it counted of it. The page beside this script is the browser's part.

## What the page sends: of these are compressible, and large enough to leave compressed.
const PACKETS := 46
const COMPRESSIBLE := 43

var _heard := 0
var _has_left := false


func solo() -> void:
	var server := new_peer()
	server.peer_disconnected.connect(func(_id: int) -> void: _has_left = true)
	listen(server)
	await poll_until("the page has left", [server], func() -> bool:
		while server.get_available_packet_count() > 0:
			server.set_target_peer(server.get_packet_peer())
			expect_equal(server.put_packet(server.get_packet()), OK, "put_packet")
			_heard += 1
		return _has_left
	)
	expect_equal(_heard, PACKETS, "what the page sent")
	var counts: Dictionary = server.call("get_statistics")
	expect_equal(counts["compressed_packets_sent"], COMPRESSIBLE, "compressed_packets_sent")
	expect(counts["bytes_after_compression"] * 8 < counts["bytes_before_compression"], "out: %s" % counts)
	expect(counts["compressed_packets_received"] >= COMPRESSIBLE, "in: %s" % counts)
	expect(counts["bytes_before_inflation"] * 8 < counts["bytes_after_inflation"], "in: %s" % counts)
	note("played")
