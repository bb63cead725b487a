extends Node
## Starts matches for the lobby, each a process of its own, and watches them.
##
## What it starts is bounded: so many processes at a time, one on its way at a time, and none for a while after several in a row have
## ended before they had registered.

## There may be another answer to [method want] now.
signal changed

## What came of asking for a match.
enum Outcome { ON_ITS_WAY, NO_ROOM, BROKEN }

const Settings := preload("res://settings.gd")

## So many in a row may fail.
const MAX_TRIES := 3
## Between one that failed and the next.
const PAUSE_SECONDS := 1.0
## After the last of them.
const REST_SECONDS := 10.0
## How long a process may take to register.
const REGISTER_SECONDS := 30.0
## A match to which nobody comes for so long ends by itself.
const EMPTY_SECONDS := 20.0
const LOOK_SECONDS := 0.25

## Where the lobby listens.
var lobby_port := 0

var _max_matches := Settings.option("max-matches", "8").to_int()
## Another program may run them, such as a script that starts this one elsewhere.
var _program := Settings.option("match-program", OS.get_executable_path())
## The processes that run, by the ids of their matches.
var _processes: Dictionary = {}
var _next_match := 1
## The match that was started and has not registered, and when it has to.
var _awaited := Settings.NO_MATCH
var _awaited_until := 0
## How many have failed in a row, and when the next may be started.
var _failures := 0
var _paused_until := 0


func _ready() -> void:
	var timer := Timer.new()
	timer.timeout.connect(_look)
	add_child(timer)
	timer.start(LOOK_SECONDS)


## Starts a match, unless one is on its way.
func want() -> Outcome:
	if _failures >= MAX_TRIES:
		return Outcome.BROKEN
	if _awaited != Settings.NO_MATCH or _paused_until > 0:
		return Outcome.ON_ITS_WAY
	if _processes.size() >= _max_matches:
		return Outcome.NO_ROOM
	_start()
	return Outcome.ON_ITS_WAY


## The match is here.
func has_registered(number: int) -> void:
	if number == _awaited:
		_awaited = Settings.NO_MATCH
		_failures = 0


func _start() -> void:
	var number := _next_match
	_next_match += 1
	var arguments := PackedStringArray(["--headless"])
	# An exported game has its files beside it.
	if OS.has_feature("editor"):
		arguments.append_array(["--path", ProjectSettings.globalize_path("res://")])
	arguments.append_array(["--", "--role=match", "--id=%d" % number, "--empty-seconds=%f" % EMPTY_SECONDS])
	arguments.append("--lobby=ws://127.0.0.1:%d" % lobby_port)
	arguments.append("--trusted-proxies=" + ",".join(Settings.trusted_proxies()))
	# It inherits the environment, and with it the secret.
	var process := OS.create_process(_program, arguments)
	_awaited = number
	_awaited_until = Time.get_ticks_msec() + int(REGISTER_SECONDS * 1000.0)
	if process < 0:
		_fail("cannot be started")
	else:
		_processes[number] = process


func _look() -> void:
	for number: int in _processes.keys():
		if OS.is_process_running(_processes[number]):
			continue
		_processes.erase(number)
		if number == _awaited:
			_fail("has ended before it could be played")
		else:
			# There is room for another.
			changed.emit()
	var now := Time.get_ticks_msec()
	if _awaited != Settings.NO_MATCH and now >= _awaited_until:
		OS.kill(_processes[_awaited])
		_fail("did not register")
	if _paused_until > 0 and now >= _paused_until:
		_paused_until = 0
		if _failures >= MAX_TRIES:
			_failures = 0
		changed.emit()


func _fail(how: String) -> void:
	_failures += 1
	printerr("match %d %s (try %d of %d)" % [_awaited, how, _failures, MAX_TRIES])
	_awaited = Settings.NO_MATCH
	var pause := PAUSE_SECONDS if _failures < MAX_TRIES else REST_SECONDS
	_paused_until = Time.get_ticks_msec() + int(pause * 1000.0)
	if _failures >= MAX_TRIES:
		# Not while somebody asks for a match.
		changed.emit.call_deferred()
