extends Node
## The base of every workload: a server of the class that is measured, and how results are told.

## Frames per second where a game's pace is asked for.
const PACE := 60

var options: Dictionary
var peer: MultiplayerPeer
## How many peers have come.
var here := 0


func _ready() -> void:
	start()


## To be overridden: what is done first.
func start() -> void:
	pass


## An option as a number.
func number(key: String, otherwise: int = 0) -> int:
	return int(str(options.get(key, otherwise)))


## Makes the peer and listens on the port that was asked for, by TLS if there are a key and a certificate. Nobody
## knows of it until [method welcome].
func listen(settings: Dictionary = {}) -> void:
	peer = ClassDB.instantiate(str(options["class"]))
	for property: String in settings:
		peer.set(property, settings[property])
	if options.has("network_thread"):
		peer.set("network_thread", true)
	var tls: TLSOptions = null
	if options.has("key"):
		var key := CryptoKey.new()
		var certificate := X509Certificate.new()
		if key.load(str(options["key"])) != OK or certificate.load(str(options["certificate"])) != OK:
			fail("no key or no certificate")
		tls = TLSOptions.server(key, certificate)
	var error: Error = peer.call("create_server", number("port"), "127.0.0.1", tls)
	if error != OK:
		fail("cannot listen: " + error_string(error))
	peer.peer_connected.connect(func(_id: int) -> void: here += 1)


## Lets the clients come.
func welcome() -> void:
	print("LISTENING ", number("port"))


## Sends every packet that waits back to its sender.
func echo() -> void:
	while peer.get_available_packet_count() > 0:
		var from := peer.get_packet_peer()
		var packet := peer.get_packet()
		peer.set_target_peer(from)
		peer.put_packet(packet)


## Sends what the frame has queued, as the engine has it done at the end of a frame. The built-in class queues nothing.
func flush() -> void:
	if peer.has_method("_flush_outbound"):
		peer.call("_flush_outbound")


## Polls until so many peers are here, and a little longer until they have settled. Far faster than a game does: the
## built-in class takes in one connection per poll.
func gather(count: int) -> void:
	while here < count:
		for _i: int in 100:
			peer.poll()
		await get_tree().process_frame
	await settle()


## Polls for a second, or for so many frames as the option `settle` says.
func settle() -> void:
	Engine.max_fps = PACE
	for _i: int in number("settle", PACE):
		peer.poll()
		await get_tree().process_frame


## Tells a result.
func measure(what: String, value: float) -> void:
	print("MEASURE %s %f" % [what, value])


## Tells how values are spread: the middle, the one that 99 of 100 stay under, and the largest.
func measure_all(what: String, values: PackedFloat64Array) -> void:
	values.sort()
	measure(what, values[int(values.size() / 2.0)])
	measure(what + "_p99", values[int(values.size() * 0.99)])
	measure(what + "_max", values[-1])


## Ends the process well.
func finish() -> void:
	get_tree().quit()


## Ends the process as a failure.
func fail(why: String) -> void:
	printerr("FAILED ", why)
	get_tree().quit(1)
