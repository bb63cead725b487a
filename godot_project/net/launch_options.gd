extends RefCounted
## What the command line asks for, after the [code]--[/code].
##
## Without a role the game opens its menu; with one it plays by itself.

const ConnectionSettings := preload("res://net/connection_settings.gd")
const ROLES: Array[String] = ["", "server", "client", "host", "tour"]
const PARTS: Array[String] = ["first", "leaver", "late"]

## [code]server[/code] and [code]client[/code] play the demo, [code]host[/code]
## opens a match at once, [code]tour[/code] walks through all screens. Empty: the menu.
var role := ""
## What the menu begins with, and the demo plays with.
var settings := ConnectionSettings.new()
## Where a server of the demo listens.
var bind_address := "*"
## What a demo client does: [code]first[/code] stays from beginning to end,
## [code]leaver[/code] goes early, [code]late[/code] comes late.
var part := "first"
## How many clients the demo server expects in all, the late one included.
var clients := 3
## Where the tour puts its pictures.
var directory := ""
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
			settings.peer_class = value
		"--name":
			settings.player_name = value
		"--address":
			settings.address = value
			bind_address = value
		"--port":
			settings.port = value.to_int()
			return _is_between(value, 0, ConnectionSettings.MAX_PORT)
		"--tls":
			settings.with_tls = value == "on"
			return value in ["on", "off"]
		"--link":
			settings.link = value
			return value in ConnectionSettings.LINKS
		"--drop-old":
			settings.drops_old = value == "on"
			return value in ["on", "off"]
		"--network-thread":
			settings.has_network_thread = value == "on"
			return value in ["on", "off"]
		"--bots":
			settings.bots = value.to_int()
			return _is_between(value, 0, ConnectionSettings.MAX_BOTS)
		"--part":
			part = value
			return value in PARTS
		"--clients":
			clients = value.to_int()
			return value.is_valid_int() and clients >= 3
		"--directory":
			directory = value
		_:
			return false
	return true


func _is_between(value: String, lowest: int, highest: int) -> bool:
	return value.is_valid_int() and value.to_int() >= lowest and value.to_int() <= highest
