extends "res://scenario.gd"
## Scenes and resources with a peer in them are loaded and instantiated on other threads, and used on the main thread.

const Holder := preload("res://scenarios/threads/holder.gd")
const HolderResource := preload("res://scenarios/threads/holder_resource.gd")


func solo() -> void:
	var node := Holder.new()
	var packed := PackedScene.new()
	expect_equal(packed.pack(node), OK, "pack")
	node.free()
	var scene_path := file("holder.tscn")
	expect_equal(ResourceSaver.save(packed, scene_path), OK, "save the scene")
	var resource_path := file("holder.tres")
	expect_equal(ResourceSaver.save(HolderResource.new(), resource_path), OK, "save the resource")

	var scene: PackedScene = await _load(scene_path)
	var made: Array[Node] = []
	var task := WorkerThreadPool.add_task(func() -> void: made.append(scene.instantiate()))
	await until("the scene is instantiated", WorkerThreadPool.is_task_completed.bind(task))
	WorkerThreadPool.wait_for_task_completion(task)
	var resource: Resource = await _load(resource_path)
	var server: MultiplayerPeer = made[0].get("peer")
	var client: MultiplayerPeer = resource.get("peer")
	await pair(server, client)
	client.set_target_peer(1)
	note_error("put_packet", client.put_packet("loaded".to_utf8_buffer()))
	await poll_until("it is there", [server, client], func() -> bool: return server.get_available_packet_count() > 0)
	note_packets(server)
	made[0].free()


func _load(path: String) -> Resource:
	expect_equal(ResourceLoader.load_threaded_request(path), OK, "load_threaded_request")
	await until(path + " is loaded", func() -> bool:
		return ResourceLoader.load_threaded_get_status(path) != ResourceLoader.THREAD_LOAD_IN_PROGRESS
	)
	return ResourceLoader.load_threaded_get(path)
