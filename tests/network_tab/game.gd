extends Node
## A game as any other: nothing in it knows of the debugger. A client with `--port`, else a server.

const WORDS := "state of the world, as of now; "

## More than a queue takes.
const TOO_MUCH := 1 << 20

## How long it runs at the most, in seconds: an editor that crashes leaves it alone.
const LIFE := 300.0

var _has_put_too_much := false
var _peer := RustWebSocketMultiplayerPeer.new()


func _ready() -> void:
	get_tree().create_timer(LIFE).timeout.connect(get_tree().quit)
	var arguments := OS.get_cmdline_user_args()
	# A round trip within seconds; several engines that draw in software stand still longer than a second at their start.
	_peer.heartbeat_interval = 5.0
	if arguments.is_empty() or arguments.has("--server"):
		_peer.create_server(0, "127.0.0.1")
	else:
		_peer.create_client("ws://127.0.0.1:%s" % arguments[0].trim_prefix("--port="))
	multiplayer.multiplayer_peer = _peer


func _process(_delta: float) -> void:
	if multiplayer.get_peers().size() > 0:
		say.rpc(WORDS.repeat(randi_range(1, 20)))
	if multiplayer.is_server() and not _has_put_too_much and multiplayer.get_peers().size() > 1:
		_has_put_too_much = true
		var bytes := PackedByteArray()
		bytes.resize(TOO_MUCH)
		_peer.set_target_peer(multiplayer.get_peers()[0])
		_peer.put_packet(bytes)


@rpc("any_peer", "call_remote", "unreliable")
func say(_words: String) -> void:
	pass
