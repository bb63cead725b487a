extends "res://scenario.gd"
## Subprotocols that both sides agree on, or not. Options: `offered` by the client and `supported` by the server, each
## separated by commas.


func server() -> void:
	watch()
	var peer := new_peer()
	peer.set("supported_protocols", _list("supported"))
	listen(peer)
	multiplayer.multiplayer_peer = peer
	if option("outcome") == "in":
		await all_here(["client"])
		note("selected", [_selected(peer, await id_of("client"))])
	await everyone("settled")
	note("peers", [multiplayer.get_peers().size()])


func client() -> void:
	watch()
	var peer := new_peer()
	peer.set("supported_protocols", _list("offered"))
	note_error("create_client", peer.call("create_client", await url_of()))
	multiplayer.multiplayer_peer = peer
	await until("it is settled", func() -> bool:
		return peer.get_connection_status() != MultiplayerPeer.CONNECTION_CONNECTING
	)
	note_status(peer)
	if is_connected_peer(peer):
		introduce(peer)
		note("selected", [_selected(peer, 1)])
	await everyone("settled")


func _list(name_of_option: String) -> PackedStringArray:
	return option(name_of_option).split(",", false)


func _selected(peer: MultiplayerPeer, id: int) -> String:
	var connection: Object = peer.call("get_peer", id)
	return connection.call("get_selected_protocol")
