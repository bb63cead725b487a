extends "res://scenario.gd"
## A handle that is first taken in a handler of `peer_disconnected` knows how the connection ended, then and afterwards.

var _peers: Array[MultiplayerPeer] = []
var _handles: Array[PacketPeer] = []


func solo() -> void:
	_peers = await pair()
	_peers[0].peer_disconnected.connect(_take_handle)
	# The client by its handle; the server has none yet.
	_peers[1].call("get_peer", 1).call("close", 4321, "the reason")
	await poll_until("the server knows", _peers, func() -> bool: return not _handles.is_empty())
	for handle: PacketPeer in _handles:
		expect_equal(handle.call("get_close_code"), 4321, "the close code")
		expect_equal(handle.call("get_close_reason"), "the reason", "the reason")
		expect_equal(handle.call("get_ready_state"), 3, "the state")
	note("known")


func _take_handle(id: int) -> void:
	_handles.append(_peers[0].call("get_peer", id))
	expect_equal(_handles[0].call("get_close_code"), 4321, "the close code, in the handler")
