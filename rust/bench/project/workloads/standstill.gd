extends "res://workloads/workload.gd"
## What the server's pings measure when its game has stood still. Its clients are of this process too, with networks on
## threads of their own, so that these answer whatever the game does.

const HEARTBEAT_SEC := 0.05

var _clients: Array[MultiplayerPeer] = []
var _ids: Array[int] = []
var _lost := 0


func start() -> void:
	Engine.max_fps = PACE
	listen({ "heartbeat_interval": HEARTBEAT_SEC })
	peer.peer_connected.connect(func(id: int) -> void: _ids.append(id))
	peer.peer_disconnected.connect(func(_id: int) -> void: _lost += 1)
	welcome()
	for _i: int in number("peers"):
		var client: MultiplayerPeer = ClassDB.instantiate(str(options["class"]))
		client.set("network_thread", true)
		client.call("create_client", "ws://127.0.0.1:%d" % number("port"))
		_clients.append(client)
	while here < number("peers"):
		await _frame()
	for _i: int in PACE:
		await _frame()
	OS.delay_msec(number("still_msec"))
	peer.poll()
	var longest := 0.0
	for id: int in _ids:
		longest = maxf(longest, peer.call("get_peer_statistics", id)["rtt_last"])
	for _i: int in PACE:
		await _frame()
	if _lost > 0:
		fail("%d peers were lost" % _lost)
	measure("round_trip_ms", longest)
	finish()


func _frame() -> void:
	peer.poll()
	for client: MultiplayerPeer in _clients:
		client.poll()
	await get_tree().process_frame
