extends "res://scenario.gd"
## Nodes whose `_process` the engine calls on its threads poll and send there.

class Poller:
	extends Node

	var peer: MultiplayerPeer
	var heard: PackedStringArray
	var is_on_main_thread := false
	var answers := false

	func _process(_delta: float) -> void:
		is_on_main_thread = OS.get_thread_caller_id() == OS.get_main_thread_id()
		peer.poll()
		while peer.get_available_packet_count() > 0:
			var from := peer.get_packet_peer()
			heard.append(peer.get_packet().get_string_from_utf8())
			if answers:
				peer.set_target_peer(from)
				for number: int in 3:
					peer.put_packet(("answer %d" % number).to_utf8_buffer())


func solo() -> void:
	var peers := await pair()
	var pollers: Array[Poller] = []
	for peer: MultiplayerPeer in peers:
		var poller := Poller.new()
		poller.peer = peer
		poller.answers = pollers.is_empty()
		poller.process_thread_group = Node.PROCESS_THREAD_GROUP_SUB_THREAD
		pollers.append(poller)
	peers[1].set_target_peer(1)
	note_error("put_packet", peers[1].put_packet("question".to_utf8_buffer()))
	for poller: Poller in pollers:
		add_child(poller)
	await until("the answers are there", func() -> bool: return pollers[1].heard.size() == 3)
	note("heard", [pollers[0].heard, pollers[1].heard])
	note("on the main thread", [pollers[0].is_on_main_thread])
	for poller: Poller in pollers:
		poller.queue_free()
	peers.clear()
	await frames(2)
