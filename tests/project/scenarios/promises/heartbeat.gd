extends "res://scenario.gd"
## Heartbeats: a live client has a round trip time, one that has gone silent is disconnected.
##
## The harness is the client `silent`: it joins and never says another word.


func server() -> void:
	var peer := new_peer()
	peer.set("heartbeat_interval", 1.0)
	var gone: Array[int] = []
	peer.peer_disconnected.connect(func(id: int) -> void: gone.append(id))
	listen(peer)
	multiplayer.multiplayer_peer = peer
	var silent := await id_of("silent")
	var client := await id_of("client")
	expect_equal(peer.call("get_peer_rtt", silent), -1.0, "nothing is known of a peer that never answers")
	await until("the silent one is gone", func() -> bool: return not gone.is_empty())
	expect_equal(gone, [silent] as Array[int], "peer_disconnected")
	await until("the other is measured", func() -> bool: return int(peer.call("get_peer_rtt", client)) >= 0)
	note("noticed")
	mark("noticed")


func client() -> void:
	var peer := await join_and_wait()
	await marked("noticed")
	note_status(peer)
