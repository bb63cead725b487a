extends "res://scenario.gd"
## A server at 60 Hz that a crowd enters in the same instant, several times over.
##
## The harness is the crowd: it leaves `burst.N` and, once this side has seen it, connects.
## Time is counted in this server's own frames, as a busy machine makes frames longer, not more.


func server() -> void:
	Engine.max_fps = 60
	var crowd := option("crowd").to_int()
	var peer := serve()
	var counts := {"in": 0, "out": 0}
	peer.peer_connected.connect(func(_id: int) -> void: counts["in"] += 1)
	peer.peer_disconnected.connect(func(_id: int) -> void: counts["out"] += 1)
	for burst: int in option("bursts").to_int():
		counts["in"] = 0
		counts["out"] = 0
		await marked("burst.%d" % burst)
		mark("ready.%d" % burst)
		var began := Engine.get_process_frames()
		await until("the whole crowd is in", func() -> bool: return counts["in"] == crowd)
		print("MEASURE burst_frames ", Engine.get_process_frames() - began)
		mark("in.%d" % burst)
		await until("the crowd has left", func() -> bool: return counts["out"] == crowd)
