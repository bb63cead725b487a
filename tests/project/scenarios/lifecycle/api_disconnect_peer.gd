extends "res://scenario.gd"
## [method SceneMultiplayer.disconnect_peer]: the other side and the other clients are told.


func server() -> void:
	watch()
	serve()
	await all_here(["client_a", "client_b"])
	await everyone("all here")
	(multiplayer as SceneMultiplayer).disconnect_peer(await id_of("client_a"))
	note("peers", [multiplayer.get_peers().size()])
	await everyone("client a is out")


func client_a() -> void:
	watch()
	var peer := await join_and_wait()
	await all_here(["client_b"])
	await everyone("all here")
	await until("we are sent away", is_disconnected_peer.bind(peer))
	await everyone("client a is out")


func client_b() -> void:
	watch()
	await marked("id.client_a")
	await join_and_wait()
	await all_here(["client_a"])
	await everyone("all here")
	await until("client a is gone", func() -> bool: return multiplayer.get_peers().size() == 1)
	await everyone("client a is out")
