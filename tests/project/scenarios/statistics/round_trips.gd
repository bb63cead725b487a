extends "res://scenario.gd"
## Round trips by heartbeats, measured at both ends.


func solo() -> void:
	var server := new_peer()
	var client := new_peer()
	for peer: MultiplayerPeer in [server, client]:
		peer.set("heartbeat_interval", 0.05)
	var peers := await pair(server, client)
	await _expect_measured(peers, server, client.get_unique_id())
	await _expect_measured(peers, client, 1)
	note("measured")


func _expect_measured(peers: Array[MultiplayerPeer], peer: MultiplayerPeer, id: int) -> void:
	var seen: Array[float] = []
	# A few of them, so that each of the three is not the same as the others.
	await poll_until("it is measured", peers, func() -> bool:
		var smoothed: float = peer.call("get_peer_statistics", id)["rtt"]
		if smoothed >= 0.0 and not seen.has(smoothed):
			seen.append(smoothed)
		return seen.size() >= 5
	)
	var statistics: Dictionary = peer.call("get_peer_statistics", id)
	var minimum: float = statistics["rtt_minimum"]
	expect_equal(statistics["rtt"], peer.call("get_peer_rtt", id), "both names for it")
	expect(minimum > 0.0 and minimum <= seen.min(), "%f is the minimum of %s" % [minimum, seen])
	expect(statistics["rtt_last"] >= minimum, "%f is not shorter than the shortest" % statistics["rtt_last"])
	expect(statistics["rtt_jitter"] > 0.0, "no two are the same")
	expect(statistics["rtt"] < 10000.0, "these are milliseconds")
	expect_equal(peer.call("get_statistics")["packets_sent"], 0, "pings are no packets")
