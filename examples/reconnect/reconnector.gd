extends Node
## Keeps a client connected: after a loss it tries again, each time later, and not at all where that is of no use.
##
## Call [method start], and listen to [signal connected]: the server knows this player under a new id each time, so whatever
## it is to know has to be said again.

## The server can be reached, for the first time or again.
signal connected
## There is no connection; the next try is in so many seconds.
signal waiting(seconds: float, reason: String)
## There is no connection, and no try will follow.
signal given_up(reason: String)

const FIRST_DELAY := 0.5
const LONGEST_DELAY := 30.0
## After so many seconds a connection counts as a good one, and the next loss as the first. A server that takes connections only
## to drop them at once is asked less and less often.
const GOOD_AFTER := 5.0
## Whoever was sent away with one of these would be sent away again: both sides do not understand each other, or what this
## side says is not allowed (RFC 6455, section 7.4.1). 1008 is a policy's no.
const FINAL_CODES: Array[int] = [1002, 1003, 1007, 1008, 1009, 1010]
## The same of a handshake that was refused: the request would have to be another one. 401 is a login that does not count
## (any more): get a new one, and call [method start] with it.
const FINAL_STATUSES: Array[int] = [400, 401, 403, 404]
## From here on codes are the game's own; this one's server says "you are not wanted" with them.
const FIRST_CODE_OF_THE_GAME := 4000

var _url := ""
var _failures := 0
var _connected_at := 0
var _timer := Timer.new()


func _ready() -> void:
	_timer.one_shot = true
	_timer.timeout.connect(_try)
	add_child(_timer)
	multiplayer.connected_to_server.connect(_on_connected)
	multiplayer.connection_failed.connect(_on_lost)
	multiplayer.server_disconnected.connect(_on_lost)


## Connects to [param url], and stays connected.
func start(url: String) -> void:
	_url = url
	_failures = 0
	_try()


## Lets go of the connection, and of the next try.
func stop() -> void:
	_timer.stop()
	multiplayer.multiplayer_peer = OfflineMultiplayerPeer.new()


func _try() -> void:
	var peer := RustWebSocketMultiplayerPeer.new()
	if peer.create_client(_url) != OK:
		# Nothing was sent yet: the URL itself is wrong.
		given_up.emit(peer.get_last_error_message())
		return
	multiplayer.multiplayer_peer = peer


func _on_connected() -> void:
	_connected_at = Time.get_ticks_msec()
	connected.emit()


func _on_lost() -> void:
	# The peer still knows why, also after the tree has taken notice of its end.
	var peer := multiplayer.multiplayer_peer as RustWebSocketMultiplayerPeer
	var code := peer.get_close_code()
	var reason := peer.get_last_error_message()
	var is_refused := FINAL_STATUSES.has(peer.get_handshake_status())
	if is_refused or FINAL_CODES.has(code) or code >= FIRST_CODE_OF_THE_GAME:
		given_up.emit(reason)
		return
	if _connected_at > 0 and Time.get_ticks_msec() - _connected_at > GOOD_AFTER * 1000.0:
		_failures = 0
	_connected_at = 0
	var delay := _delay(_failures)
	_failures += 1
	waiting.emit(delay, reason)
	_timer.start(delay)


## Twice as long each time, and somewhere in the upper half of that: when a server restarts, all of its players lose it in the
## same moment, and must not come back in the same moment.
func _delay(failures: int) -> float:
	var longest := minf(LONGEST_DELAY, FIRST_DELAY * pow(2.0, failures))
	return randf_range(longest / 2.0, longest)
