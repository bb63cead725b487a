@tool
extends EditorPlugin
## Reloads the extension again and again while everything of it is in use: the engine takes objects apart in no order that
## one could choose. Prints `RELOADED <times>` at the end.

const EXTENSION := "res://addons/rust_websocket/rust_websocket.gdextension"
const TIMES := 12
const PATIENCE_SECONDS := 20.0
## What the addon's threads are called.
const THREAD := "network"

## Outlives each reload, as an autoload would.
static var _held: Array = []


func _enter_tree() -> void:
	_reload.call_deferred()


func _reload() -> void:
	await get_tree().process_frame
	for round: int in TIMES:
		# With threads of their own in two rounds of three, for the server, or for both.
		await _set_up(round % 3 > 0, round % 3 > 1)
		if OS.get_name() == "Linux" and _network_threads().size() != round % 3:
			_fail("there should be %d threads: %s" % [round % 3, _network_threads()])
		var status := GDExtensionManager.reload_extension(EXTENSION)
		if status != GDExtensionManager.LOAD_STATUS_OK:
			_fail("the extension was not reloaded: %d" % status)
		# What was there is as new, and can be asked.
		for object: Object in _held:
			str(object)
			if object is PacketPeer:
				(object as PacketPeer).get_available_packet_count()
		if not _network_threads().is_empty():
			_fail("threads are left: %s" % [_network_threads()])
		if not Performance.get_custom_monitor_names().is_empty():
			_fail("monitors are left: %s" % Performance.get_custom_monitor_names())
		if round % 2 == 0:
			_held.clear()
		get_tree().get_multiplayer().multiplayer_peer = null
		for _i: int in 2:
			await get_tree().process_frame
	print("RELOADED ", TIMES)
	get_tree().quit()


## The addon's threads in this process, on systems that show them as files.
func _network_threads() -> Array[String]:
	var found: Array[String] = []
	for thread: String in DirAccess.get_directories_at("/proc/self/task"):
		var file := FileAccess.open("/proc/self/task/%s/comm" % thread, FileAccess.READ)
		# It may have ended since.
		if file != null and file.get_line() == THREAD:
			found.append(thread)
	return found


func _set_up(server_has_thread: bool, client_has_thread: bool) -> void:
	var server: MultiplayerPeer = ClassDB.instantiate("RustWebSocketMultiplayerPeer")
	var client: MultiplayerPeer = ClassDB.instantiate("RustWebSocketMultiplayerPeer")
	server.set("network_thread", server_has_thread)
	client.set("network_thread", client_has_thread)
	server.call("create_server", 0, "127.0.0.1")
	client.call("create_client", "ws://127.0.0.1:%d" % server.call("get_local_port"))
	await _until("they are connected", func() -> bool:
		server.poll()
		client.poll()
		return client.get_connection_status() == MultiplayerPeer.CONNECTION_CONNECTED
	)
	server.call("register_monitors", "server")
	client.call("register_monitors", "client")
	var handles: Array[PacketPeer] = [server.call("get_peer", client.get_unique_id()), client.call("get_peer", 1)]
	var listener := TCPServer.new()
	listener.listen(0, "127.0.0.1")
	var dialing: PacketPeer = ClassDB.instantiate("RustWebSocketPeer")
	var accepting: PacketPeer = ClassDB.instantiate("RustWebSocketPeer")
	dialing.call("connect_to_url", "ws://127.0.0.1:%d" % listener.get_local_port())
	await _until("somebody comes", func() -> bool:
		dialing.call("poll")
		return listener.is_connection_available()
	)
	accepting.call("accept_stream", listener.take_connection())
	await _until("both are open", func() -> bool:
		dialing.call("poll")
		accepting.call("poll")
		return dialing.call("get_ready_state") == 1 and accepting.call("get_ready_state") == 1
	)
	get_tree().get_multiplayer().multiplayer_peer = server
	# Queued for the end of this frame, which comes after the reload.
	server.set_target_peer(0)
	for _i: int in 3:
		server.put_packet(PackedByteArray([1]))
		handles[1].call("send_text", "over the handle")
		accepting.call("send_text", "over the socket")
	_held.append_array([server, client, dialing, accepting])
	_held.append_array(handles)


func _until(what: String, condition: Callable) -> void:
	var deadline := Time.get_ticks_msec() + int(PATIENCE_SECONDS * 1000.0)
	while not condition.call():
		if Time.get_ticks_msec() > deadline:
			_fail("waited in vain until " + what)
			return
		await get_tree().process_frame


func _fail(why: String) -> void:
	printerr("FAILED ", why)
	get_tree().quit(1)
