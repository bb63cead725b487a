extends Node
## Tells the Agones sidecar of this pod what the game server is doing, by its REST interface
## (https://agones.dev/site/docs/guides/client-sdks/rest/): a POST with an empty JSON object for each word.

## Where the sidecar listens; Agones sets the variable.
const PORT_VARIABLE := "AGONES_SDK_HTTP_PORT"
const DEFAULT_PORT := 9358
## Less than the [code]periodSeconds[/code] of the fleet's health check, with room for a lost one.
const HEALTH_SECONDS := 2.0

var _url := ""
## What is still to be said, oldest first: one word at a time, so that they arrive in order.
var _words: Array[String] = []
var _request := HTTPRequest.new()
var _timer := Timer.new()


func _ready() -> void:
	var port := OS.get_environment(PORT_VARIABLE).to_int()
	_url = "http://127.0.0.1:%d/" % (port if port > 0 else DEFAULT_PORT)
	_request.timeout = 5.0
	_request.request_completed.connect(_on_answered)
	add_child(_request)
	_timer.timeout.connect(say.bind("health"))
	add_child(_timer)


## Says that the server is alive, from now on, and [code]ready[/code] for players.
func start() -> void:
	say("ready")
	_timer.start(HEALTH_SECONDS)


## Says one of [code]ready[/code], [code]health[/code], [code]allocate[/code] and [code]shutdown[/code].
func say(word: String) -> void:
	# An old sign of life is worth nothing.
	if word == "health" and not _words.is_empty():
		return
	_words.append(word)
	if _words.size() == 1:
		_post()


func _post() -> void:
	var headers := PackedStringArray(["Content-Type: application/json"])
	var error := _request.request(_url + _words[0], headers, HTTPClient.METHOD_POST, "{}")
	if error != OK:
		printerr("cannot ask Agones at %s (%s)" % [_url, error_string(error)])
		_words.clear()


func _on_answered(result: int, status: int, _headers: PackedStringArray, _body: PackedByteArray) -> void:
	var word: String = _words.pop_front()
	if result != HTTPRequest.RESULT_SUCCESS or status != 200:
		printerr("Agones did not take '%s' (result %d, status %d)" % [word, result, status])
	if not _words.is_empty():
		_post()
