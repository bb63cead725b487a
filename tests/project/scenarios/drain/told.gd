extends "res://scenario.gd"
## A server that the system tells to end. The tree quits by itself, so nothing here waits for anything.


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


func _requested() -> void:
	note("termination_requested")
	mark("requested")
	expect(not multiplayer.multiplayer_peer.call("is_draining"), "handlers come first")


func _drained() -> void:
	note("drained")
	mark("drained")
	# Nothing comes after this.
	print("TRANSCRIPT ", transcript.to_line({}))
