extends "res://workloads/workload.gd"
## What the engine alone can do: the echo loop with a peer that has no network.

const BATCH := 8192


func start() -> void:
	peer = ClassDB.instantiate("MemoryMultiplayerPeer")
	# The harness waits for this word; nobody will come.
	print("LISTENING 0")
	var count := 0
	var began := Time.get_ticks_usec()
	while Time.get_ticks_usec() - began < 1_000_000:
		peer.call("fill", BATCH, number("size"))
		echo()
		count += BATCH
	measure("messages_per_second", count * 1e6 / (Time.get_ticks_usec() - began))
	finish()
