extends "res://scenario.gd"
## A server that the system tells to end. The tree quits by itself, so nothing here waits for anything.
##
## Options: `seconds`, `thread`; `then`, what the game does: "free" lets go of the server when it is told, "close" and "off" end
## server or property before it is told, and "drain" drains for a long time before.


func play(options: Dictionary) -> void:
	_options = options
	role = options["role"]
	peer_class = options["class"]
	stage = Stage.new(str(options["stage"]), role)
	transcript = Transcript.new()
	var peer := new_peer()
	peer.set("network_thread", option("thread") == "yes")
	peer.set("drain_on_termination", -1.0)
	peer.set("drain_on_termination", option("seconds").to_float())
	peer.connect("drained", _drained)
	peer.connect("termination_requested", _requested)
	listen(peer)
	multiplayer.multiplayer_peer = peer
	multiplayer.peer_connected.connect(func(_id: int) -> void: mark("joined"))
	mark("pid", str(OS.get_process_id()))
	if option("then") == "drain":
		multiplayer.peer_connected.connect(func(_id: int) -> void:
			peer.call("drain", 600.0, 4000, "moving")
			mark("draining"))
	elif option("then") in ["close", "off"]:
		# No poll between the signal and what follows it.
		while not stage.has("told"):
			OS.delay_msec(10)
		if option("then") == "close":
			peer.close()
		else:
			peer.set("drain_on_termination", 0.0)
		note("over")
		print("TRANSCRIPT ", transcript.to_line({}))


func _requested() -> void:
	note("termination_requested")
	mark("requested")
	if option("then") == "free":
		multiplayer.multiplayer_peer = null
		print("TRANSCRIPT ", transcript.to_line({}))
		return
	expect_equal(multiplayer.multiplayer_peer.call("is_draining"), option("then") == "drain", "handlers come first")


func _drained() -> void:
	note("drained")
	mark("drained")
	# Nothing comes after this.
	print("TRANSCRIPT ", transcript.to_line({}))
