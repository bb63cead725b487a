extends RefCounted
## What the command line asks for, after the [code]--[/code].
##
## Without a role the game opens its menu; with one it plays the demo by itself.

const ROLES: Array[String] = ["", "server", "client"]
const PARTS: Array[String] = ["first", "leaver", "late"]
const DEFAULT_PORT := 9080

## [code]server[/code], [code]client[/code], or empty for the menu.
var role := ""
## The class that carries the game: ours, or the built-in one to compare.
var peer_class := "RustWebSocketMultiplayerPeer"
var player_name := "Player"
## Where a client connects, and where a server listens ([code]*[/code]: everywhere).
var address := ""
var port := DEFAULT_PORT
## What a demo client does: [code]first[/code] stays from beginning to end,
## [code]leaver[/code] goes early, [code]late[/code] comes late.
var part := "first"
## How many clients the demo server expects in all, the late one included.
var clients := 3
## What is wrong with the arguments, or empty.
var complaint := ""


## Reads [param arguments], each of the form [code]--key=value[/code].
static func parse(arguments: PackedStringArray) -> RefCounted:
	var options: RefCounted = new()
	for argument in arguments:
		var equals := argument.find("=")
		if equals < 0 or not options._take(argument.left(equals), argument.substr(equals + 1)):
			options.complaint = "Unknown argument, or a value it cannot have: %s" % argument
			break
	return options


func _take(key: String, value: String) -> bool:
	match key:
		"--role":
			role = value
			return value in ROLES
		"--class":
			peer_class = value
		"--name":
			player_name = value
		"--address":
			address = value
		"--port":
			port = value.to_int()
			return value.is_valid_int() and port >= 0 and port <= 65535
		"--part":
			part = value
			return value in PARTS
		"--clients":
			clients = value.to_int()
			return value.is_valid_int() and clients >= 3
		_:
			return false
	return true
