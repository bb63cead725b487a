extends "res://scenario.gd"
## What `create_client` says to URLs that are wrong, and that the object is as good as new then.

const WRONG: PackedStringArray = [
	"",
	"http://127.0.0.1:1",
	"https://127.0.0.1:1",
	"ftp://127.0.0.1:1",
	"ws://127.0.0.1:99999",
	"ws://127.0.0.1:0x50",
	"ws://127.0.0.1:-1",
	"ws://127.0.0.1:abc",
	"ws://[::1",
]

## Nobody answers there, but they are no mistakes.
const RIGHT: PackedStringArray = [
	"ws://127.0.0.1:1",
	"ws://127.0.0.1:1/path?query=1",
	"WS://127.0.0.1:1",
	"127.0.0.1:1",
]


func solo() -> void:
	var peer := new_peer()
	for url: String in WRONG + RIGHT:
		note_error("'%s'" % url, peer.call("create_client", url))
		note_status(peer)
		note("id", [peer.get_unique_id()])
		peer.close()
		note_status(peer)
