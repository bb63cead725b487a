extends "res://workloads/workload.gd"
## State over a link that carries half of it, to a client of the built-in class: how old it is when it arrives. Ten reliable
## packets a second go the same way.
##
## Options: [code]through[/code] is the port of the link, [code]seconds[/code] how long it lasts, [code]age_ms[/code] the
## [code]unreliable_max_age[/code] of our class.

## What the link carries, in bytes per second.
const BANDWIDTH := 125_000
const STATE_BYTES := 4096
const WORD_BYTES := 64
## A reliable packet in so many frames.
const WORD_EVERY := 6

var _client := WebSocketMultiplayerPeer.new()
var _frame := 0
var _began := 0
var _words := 0
var _words_arrived := 0
var _bytes := 0
var _ages := PackedFloat64Array()
var _word_ages := PackedFloat64Array()
## The oldest state of each second, in milliseconds.
var _oldest: Dictionary[int, float] = {}


func start() -> void:
	set_process(false)
	Engine.max_fps = PACE
	listen({ "unreliable_max_age": number("age_ms") / 1000.0 } if options.has("age_ms") else {})
	welcome()
	while here == 0:
		if _client.get_connection_status() == MultiplayerPeer.CONNECTION_DISCONNECTED:
			_client.create_client("ws://127.0.0.1:%d" % number("through"))
		_client.poll()
		peer.poll()
		await get_tree().process_frame
	_began = Time.get_ticks_usec()
	set_process(true)


func _process(_delta: float) -> void:
	peer.poll()
	var elapsed := Time.get_ticks_usec() - _began
	if elapsed < number("seconds") * 1_000_000:
		_put(MultiplayerPeer.TRANSFER_MODE_UNRELIABLE, STATE_BYTES, _frame)
		if _frame % WORD_EVERY == 0:
			_put(MultiplayerPeer.TRANSFER_MODE_RELIABLE, WORD_BYTES, _words)
			_words += 1
		_frame += 1
	elif elapsed > (number("seconds") + 1) * 1_000_000:
		_tell()
		return
	flush()
	_take()


func _put(mode: MultiplayerPeer.TransferMode, size: int, number_of_it: int) -> void:
	var packet := PackedByteArray()
	packet.resize(size)
	packet.encode_u32(0, number_of_it)
	packet.encode_s64(4, Time.get_ticks_usec())
	peer.transfer_mode = mode
	peer.set_target_peer(MultiplayerPeer.TARGET_PEER_BROADCAST)
	# A full queue refuses it; that is no failure here.
	peer.put_packet(packet)


func _take() -> void:
	_client.poll()
	while _client.get_available_packet_count() > 0:
		var packet := _client.get_packet()
		var now := Time.get_ticks_usec()
		var age := (now - packet.decode_s64(4)) / 1000.0
		if packet.size() == WORD_BYTES:
			if packet.decode_u32(0) != _words_arrived:
				fail("a reliable packet is missing, or out of order")
			_words_arrived += 1
			_word_ages.append(age)
		elif now - _began < number("seconds") * 1_000_000:
			_bytes += packet.size()
			_ages.append(age)
			var second := int((now - _began) / 1_000_000.0) + 1
			_oldest[second] = maxf(_oldest.get(second, 0.0), age)


func _tell() -> void:
	set_process(false)
	measure_all("state_ms", _ages)
	measure_all("word_ms", _word_ages)
	measure("words_under_way", _words - _words_arrived)
	measure("used", float(_bytes) / (BANDWIDTH * number("seconds")))
	for second: int in _oldest:
		measure("oldest_ms_%d" % second, _oldest[second])
	finish()
