extends "res://scenario.gd"
## A server behind proxies that the harness plays: it tells whom it takes each connection for.
##
## Options: `trusted` are the proxies, separated by commas; `protocol` is the value of `proxy_protocol`.

var _count := 0


func server() -> void:
	var peer := new_peer()
	peer.set("trusted_proxies", option("trusted").split(",", false))
	peer.set("proxy_protocol", option("protocol", "0").to_int())
	peer.peer_connected.connect(_tell.bind(peer))
	listen(peer)
	await poll_until("all have been here", [peer], func() -> bool: return stage.has("done"))
	note("told", [_count])


func _tell(id: int, peer: MultiplayerPeer) -> void:
	var handle: Object = peer.call("get_peer", id)
	var address: String = peer.call("get_peer_address", id)
	expect_equal(handle.call("get_connected_host"), address, "the address of the handle")
	expect_equal(handle.call("get_connected_port"), peer.call("get_peer_port", id), "the port of the handle")
	var url: String = handle.call("get_requested_url")
	mark("visitor.%d" % _count, "%s %d %s" % [address, peer.call("get_peer_port", id), url.get_slice(":", 0)])
	_count += 1
