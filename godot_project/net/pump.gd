extends Node
## Polls every multiplayer branch once per frame, in the tree's place, to know what that costs.

## How many frames an average reaches back, about.
const SMOOTHING := 0.1

## What the poll of our own branch took in this frame, in microseconds.
var own_usec := 0.0
## The same for the branches of all bots together.
var bots_usec := 0.0

var _own: MultiplayerAPI
var _bots: Array[MultiplayerAPI] = []


func _ready() -> void:
	# What has arrived should be known before anything else happens in the frame.
	process_priority = -1000
	get_tree().multiplayer_poll = false


func _process(_delta: float) -> void:
	var began := Time.get_ticks_usec()
	if _own != null:
		_own.poll()
	var between := Time.get_ticks_usec()
	for branch: MultiplayerAPI in _bots.duplicate():
		branch.poll()
	own_usec = lerpf(own_usec, between - began, SMOOTHING)
	bots_usec = lerpf(bots_usec, Time.get_ticks_usec() - between, SMOOTHING)


## The branch that is polled first and measured alone.
func set_own(branch: MultiplayerAPI) -> void:
	_own = branch


func add_bot(branch: MultiplayerAPI) -> void:
	_bots.append(branch)


func remove_bot(branch: MultiplayerAPI) -> void:
	_bots.erase(branch)
