extends "res://scenario.gd"
## The addon is unloaded while a name is being looked up, and loaded again once that has come to nothing.

const EXTENSION := "res://addons/rust_websocket/rust_websocket.gdextension"


func solo() -> void:
	var threads_before := _threads()
	var peer := new_peer()
	expect_equal(peer.call("create_client", "ws://deaf.test:9000"), OK, "create_client")
	await until("the name is asked for", func() -> bool: return FileAccess.file_exists(file("asked")))
	peer = null
	for _i: int in 3:
		var status := GDExtensionManager.unload_extension(EXTENSION)
		expect_equal(status, GDExtensionManager.LOAD_STATUS_OK, "unloading while the name is asked for")
		expect(not ClassDB.class_exists(peer_class), "the class is gone")
		status = GDExtensionManager.load_extension(EXTENSION)
		expect_equal(status, GDExtensionManager.LOAD_STATUS_OK, "loading again")
	expect(_threads() > threads_before, "the lookup still runs")
	expect_equal(
		GDExtensionManager.unload_extension(EXTENSION), GDExtensionManager.LOAD_STATUS_OK, "unloading once more"
	)
	# It comes back to the library that asked for it, and its thread ends there.
	FileAccess.open(file("answer"), FileAccess.WRITE).close()
	await until("the lookup has ended", func() -> bool: return _threads() == threads_before)
	expect(FileAccess.file_exists(file("answered")), "it has ended by its answer")
	var status := GDExtensionManager.load_extension(EXTENSION)
	expect_equal(status, GDExtensionManager.LOAD_STATUS_OK, "loading at the end")
	var both := await pair()
	note("paired", [both.size()])


func _threads() -> int:
	return DirAccess.get_directories_at("/proc/self/task").size()
