extends "res://scenario.gd"
## How long an echo takes when both sides poll 60 times per second in a plain loop.
##
## Measured and printed, never judged: a busy machine is no fault of the peer.

const ROUNDS := 60
const PAUSE_USEC := 16667
const WARM_UP := 3


func server() -> void:
	var peer := new_peer()
	listen(peer)
	while not stage.has("measured"):
		peer.poll()
		while peer.get_available_packet_count() > 0:
			peer.set_target_peer(peer.get_packet_peer())
			peer.put_packet(peer.get_packet())
		OS.delay_usec(PAUSE_USEC)


func client() -> void:
	var peer := new_peer()
	expect_equal(peer.call("create_client", await url_of()), OK, "create_client")
	await until("we are in", func() -> bool: peer.poll(); return is_connected_peer(peer))
	var times_usec: Array[int] = []
	for round_number: int in ROUNDS:
		var began := Time.get_ticks_usec()
		peer.put_packet(PackedByteArray([round_number]))
		while peer.get_available_packet_count() == 0:
			OS.delay_usec(PAUSE_USEC)
			peer.poll()
		expect_equal(peer.get_packet(), PackedByteArray([round_number]), "echo")
		if round_number >= WARM_UP:
			times_usec.append(Time.get_ticks_usec() - began)
	mark("measured")
	times_usec.sort()
	var median: int = times_usec[times_usec.size() / 2]
	print("MEASURE round_trip_median_ms ", median / 1000.0)
