extends "res://scenario.gd"
## Every call on a peer that has not been given anything to do.


func solo() -> void:
	var peer := new_peer()
	note_status(peer)
	note("id", [peer.get_unique_id()])
	note("packets", [peer.get_available_packet_count()])
	note("flags", [
		peer.refuse_new_connections, peer.is_server_relay_supported(),
		peer.transfer_mode, peer.transfer_channel,
		peer.get_packet_mode(), peer.get_packet_channel(),
	])
	peer.poll()
	peer.close()
	peer.poll()
	note_status(peer)
	note_error("put", peer.put_packet(PackedByteArray([1])))
	note("got", [peer.get_packet()])
	note_error("get", peer.get_packet_error())
	note("sender", [peer.get_packet_peer()])
	peer.disconnect_peer(2)
	peer.disconnect_peer(2, true)
	peer.set_target_peer(2)
	note_error("put", peer.put_packet(PackedByteArray([1])))
	note_status(peer)
