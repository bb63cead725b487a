extends "res://scenario.gd"
## What a game's callback may return, and what the client gets for it. The path of the URL names the verdict.

## A client gets in, or is answered with these words.
const IN := ""

var _server: MultiplayerPeer
var _port := 0
var _asked := 0

## What the callback returns, and how the client finds it.
var _verdicts := {
	"yes": [true, IN],
	"no": [false, "HTTP 403 Forbidden"],
	"status": [451, "HTTP 451 Unavailable For Legal Reasons"],
	"strange": [599, "HTTP 599 Refused"],
	"empty": [{}, IN],
	"switching": [{"status": 101}, IN],
	"protocol": [{"protocol": "b", "headers": PackedStringArray(["X-Match: 7"])}, IN],
	"lines": [{"headers": ["X-Match: 7"], "reason": "", "body": ""}, IN],
	"banned": [{"status": 403, "reason": "Banned till Sunday", "body": "really"}, "HTTP 403 Banned till Sunday: really"],
	"slow": [{"status": 429, "headers": ["Retry-After: 5"]}, "HTTP 429 Too Many Requests"],
	"nothing": [null, "HTTP 500"],
	"zero": [0, "HTTP 500"],
	"moved": [302, "HTTP 500"],
	"words": ["yes", "HTTP 500"],
	"typo": [{"Status": 403}, "HTTP 500"],
	"unsure": [{"status": "403"}, "HTTP 500"],
	"injected": [{"status": 403, "reason": "a\r\nX-Admin: yes"}, "HTTP 500"],
	"header": [{"headers": ["X: a\r\nX-Admin: yes"]}, "HTTP 500"],
	"reserved": [{"headers": ["Content-Length: 0"]}, "HTTP 500"],
	"number": [{"headers": 7}, "HTTP 500"],
	"unoffered": [{"protocol": "c"}, "HTTP 500"],
	"late_reason": [{"reason": "welcome"}, "HTTP 500"],
	"no_protocol": [{"status": 403, "protocol": "b"}, "HTTP 500"],
}


func solo() -> void:
	_server = new_peer()
	_server.set("network_thread", option("thread") == "yes")
	_server.set("handshake_callback", _decide)
	_server.set("supported_protocols", PackedStringArray(["a"]))
	_port = listen(_server)
	var names: Array = [option("only")] if option("only") != "" else _verdicts.keys()
	for verdict: String in names:
		await _try(verdict)
	expect_equal(_asked, names.size(), "how often the game was asked")
	note("decided")


func _decide(request: Object) -> Variant:
	_asked += 1
	return _verdicts[str(request.call("get_path")).trim_prefix("/")][0]


func _try(verdict: String) -> void:
	var client: MultiplayerPeer = ClassDB.instantiate(option("client"))
	client.set("supported_protocols", PackedStringArray(["a", "b"]))
	expect_equal(client.call("create_client", "ws://127.0.0.1:%d/%s" % [_port, verdict]), OK, "create_client")
	await poll_until("there is an answer to " + verdict, [_server, client], func() -> bool:
		return client.get_connection_status() != MultiplayerPeer.CONNECTION_CONNECTING
	)
	var wanted: String = _verdicts[verdict][1]
	expect_equal(is_connected_peer(client), wanted == IN, "whether %s lets in" % verdict)
	if wanted != IN and client.has_method("get_last_error_message"):
		var words: String = client.call("get_last_error_message")
		expect(words.contains(wanted), "%s leads to '%s', not to '%s'" % [verdict, wanted, words])
	if verdict == "protocol":
		expect_equal(client.call("get_peer", 1).get_selected_protocol(), "b", "the subprotocol")
	client.close()
