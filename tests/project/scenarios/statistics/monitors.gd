extends "res://scenario.gd"
## Numbers in [Performance]: there when they were registered, right when they are read, gone with their object, and
## never an error in the log.

const GAUGES: PackedStringArray = [
	"peers", "joins_pending", "rtt_ms", "quality", "inbound_packets", "inbound_bytes", "outbound_packets", "outbound_bytes"
]
const COUNTS: PackedStringArray = [
	"joins_succeeded", "joins_refused", "joins_failed", "joins_timed_out",
	"packets_in", "packets_out", "bytes_in", "bytes_out",
	"wire_bytes_in", "wire_bytes_out", "packets_refused", "packets_dropped", "packets_expired", "throttled_msec"
]

## What the debugger's column holds beside the values, in characters.
const WIDEST := 22

## Outlives the scene tree, and its monitors with it.
static var _forgotten: MultiplayerPeer


func solo() -> void:
	var others := Performance.get_custom_monitor_names()
	var server := new_peer()
	expect_equal(server.call("register_monitors", "net"), OK, "register_monitors")
	_expect_names("net", others)
	expect_equal(_value("net/peers"), 0.0, "nobody is here")
	var heard: Array[float] = []
	server.peer_connected.connect(func(_id: int) -> void: heard.append(_value("net/peers")))
	expect_equal(_value("net/rtt_ms"), 0.0, "nobody has been measured")
	server.set("heartbeat_interval", 0.05)
	var client := new_peer()
	await pair(server, client)
	expect_equal(heard, [1.0] as Array[float], "a monitor read from a handler of a signal")
	await poll_until("a round trip is measured", [server, client], func() -> bool: return _value("net/rtt_ms") > 0.0)
	expect_equal(_value("net/rtt_ms"), server.call("get_peer_rtt", client.get_unique_id()), "the round trip")
	expect_equal(_value("net/quality"), server.call("get_peer_quality", client.get_unique_id()), "the quality")
	_expect_types()
	for _i: int in 10:
		expect_equal(client.put_packet(PackedByteArray([1, 2, 3])), OK, "put_packet")
	await poll_until("they are there", [server, client], func() -> bool:
		return server.get_available_packet_count() == 10
	)
	expect_equal(_value("net/inbound_packets"), 10.0, "unread packets")
	expect_equal(_value("net/inbound_bytes"), 30.0, "unread bytes")
	# It takes a second until there is a rate, and then it is no more than that of this second.
	await until("there is a rate", func() -> bool: return _value("net/packets_in_per_s") > 0.0)
	var rate := _value("net/packets_in_per_s")
	expect(rate <= 10.0 and rate > 0.1, "%f is the rate of 10 packets" % rate)
	expect_equal(_value("net/packets_in_per_s"), rate, "a second reader reads the same")
	await until("nothing comes any more", func() -> bool: return _value("net/packets_in_per_s") == 0.0)


	_expect_refusals(server, client)

	# What the end leaves, and what a freed object leaves.
	server.close()
	_expect_names("net", others)
	expect_equal(_value("net/peers"), 0.0, "peers after close()")
	expect_equal(_value("net/inbound_packets"), 0.0, "unread packets after close()")
	server.call("unregister_monitors")
	server.call("unregister_monitors")
	expect_equal(Performance.get_custom_monitor_names(), others, "none is left")
	expect_equal(server.call("register_monitors"), OK, "register_monitors without a prefix")
	_expect_names("rust_websocket", others)
	Performance.remove_custom_monitor("rust_websocket/peers")
	server.call("unregister_monitors")
	expect_equal(Performance.get_custom_monitor_names(), others, "none is left of what somebody else removed from")
	expect_equal(server.call("register_monitors"), OK, "register_monitors again")
	server = null
	client = null
	expect_equal(Performance.get_custom_monitor_names(), others, "none is left of an object that is gone")
	await frames(2)

	_forgotten = new_peer()
	expect_equal(_forgotten.call("register_monitors", "forgotten"), OK, "register_monitors")
	var last := new_peer()
	expect_equal(last.call("register_monitors", "last"), OK, "register_monitors")
	listen(last, "last")
	multiplayer.multiplayer_peer = last
	note("seen")


func _expect_refusals(server: MultiplayerPeer, client: MultiplayerPeer) -> void:
	var before := Performance.get_custom_monitor_names()
	expect_equal(client.call("register_monitors", "net"), ERR_ALREADY_EXISTS, "names that are taken")
	expect_equal(server.call("register_monitors", "another"), ERR_ALREADY_EXISTS, "a second set")
	expect_equal(client.call("register_monitors", ""), ERR_INVALID_PARAMETER, "no prefix")
	Performance.add_custom_monitor("mine/outbound_bytes", func() -> int: return 7)
	expect_equal(client.call("register_monitors", "mine"), ERR_ALREADY_EXISTS, "one name that is taken")
	expect_equal(_value("mine/outbound_bytes"), 7.0, "whose it was")
	Performance.remove_custom_monitor("mine/outbound_bytes")
	expect_equal(Performance.get_custom_monitor_names(), before, "nothing was added")
	client.call("unregister_monitors")
	expect_equal(Performance.get_custom_monitor_names(), before, "nothing was removed")


## These are there, and nothing else that is new.
func _expect_names(prefix: String, others: Array[StringName]) -> void:
	var names: Array[StringName] = Performance.get_custom_monitor_names()
	for gauge: String in GAUGES:
		expect(names.has(StringName("%s/%s" % [prefix, gauge])), "there is %s" % gauge)
	for count: String in COUNTS:
		expect(names.has(StringName("%s/%s_per_s" % [prefix, count])), "there is %s" % count)
	for id: StringName in names:
		if not others.has(id):
			expect(id.get_slice("/", 1).length() <= WIDEST, "%s fits" % id)
			expect_equal(id.get_slice_count("/"), 2, "the debugger's groups in %s" % id)
	expect_equal(names.size(), others.size() + GAUGES.size() + COUNTS.size(), "how many there are")


## An engine that has types of monitors shows each as what it is.
func _expect_types() -> void:
	if not Performance.has_method("get_custom_monitor_types"):
		return
	var names: Array[StringName] = Performance.get_custom_monitor_names()
	var types: PackedInt32Array = Performance.call("get_custom_monitor_types")
	for index: int in names.size():
		var wanted := "QUANTITY"
		if str(names[index]).contains("bytes"):
			wanted = "MEMORY"
		elif str(names[index]).ends_with("quality"):
			wanted = "PERCENTAGE"
		var number := ClassDB.class_get_integer_constant("Performance", "MONITOR_TYPE_" + wanted)
		if str(names[index]).begins_with("net/"):
			expect_equal(types[index], number, "how %s is shown" % names[index])


func _value(monitor: String) -> float:
	return Performance.get_custom_monitor(monitor)
