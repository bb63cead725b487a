extends RefCounted
## Why there is no game, or no longer: in words, and with what to do about it.

const ConnectionSettings := preload("res://net/connection_settings.gd")

## What could not be done, in a few words.
var title := ""
## Why, in a sentence.
var reason := ""
## What a player can try.
var advice := ""
## Facts for whoever wants to know more, as pairs of label and value.
var details: Array[PackedStringArray] = []


static func create(what: String, why: String, try: String) -> RefCounted:
	var failure: RefCounted = new()
	failure.title = what
	failure.reason = _to_sentence(why)
	failure.advice = try
	return failure


## Adds a fact.
func note(label: String, value: String) -> void:
	details.append(PackedStringArray([label, value]))


## A server could not be opened.
static func of_hosting(settings: ConnectionSettings, peer: MultiplayerPeer, error: Error) -> RefCounted:
	var why := get_message_of(peer)
	if why.is_empty():
		why = "port %d is taken by another program, or not allowed" % settings.port
	var failure: RefCounted = create("Could not host", why,
			"Choose another port, or close the program that uses this one.")
	failure.note("Port", str(settings.port))
	failure.note("Error", error_string(error))
	failure.note("Class", settings.peer_class)
	return failure


## A client did not get in. [param seconds] have passed since it began.
static func of_joining(settings: ConnectionSettings, peer: MultiplayerPeer, seconds: float) -> RefCounted:
	var why := get_message_of(peer)
	if why.is_empty():
		why = "nobody accepts connections there"
		if seconds >= settings.patience:
			why = "no answer within %.0f seconds" % settings.patience
	var is_full := why.contains("503")
	var failure: RefCounted = create("The server is full" if is_full else "Could not join",
			why, _get_advice(why))
	failure.note("Server", settings.get_url())
	failure.note("Gave up after", "%.1f s" % seconds)
	failure.note("Class", settings.peer_class)
	return failure


## The server went, or sent this client away.
static func of_disconnecting(settings: ConnectionSettings, peer: MultiplayerPeer, told: String) -> RefCounted:
	var why := told
	if why.is_empty() and peer.has_method("get_close_reason"):
		why = peer.call("get_close_reason")
	if why.is_empty():
		why = get_message_of(peer)
	if why.is_empty():
		why = "the connection to the server ended"
	var failure: RefCounted = create("The server is full" if why.contains("full") else "Disconnected", why, "Join again, or host a match of your own.")
	failure.note("Server", settings.get_url())
	if peer.has_method("get_close_code"):
		var code: int = peer.call("get_close_code")
		failure.note("Close code", str(code) if code >= 0 else "none")
	failure.note("Class", settings.peer_class)
	return failure


## The addon's library is not there.
static func of_missing_class(peer_class: String) -> RefCounted:
	return create("No such class", "This engine has no class %s" % peer_class,
			"Build the addon's library for this system (cargo xtask build), or play with the built-in class.")


## What a peer itself says of its last failure; the built-in class says nothing.
static func get_message_of(peer: MultiplayerPeer) -> String:
	return peer.call("get_last_error_message") if peer.has_method("get_last_error_message") else ""


static func _get_advice(why: String) -> String:
	if why.contains("503"):
		return "Wait until somebody leaves, or host a match of your own."
	if why.contains("not found"):
		return "Check the spelling of the address."
	if why.contains("certificate"):
		return "Ask the host for a certificate that this game trusts, or play without encryption."
	if why.contains("TLS"):
		return "Encryption must be on for both sides, or off for both."
	if why.contains("longer than") or why.contains("no answer"):
		return "Is this the address of a game server? A firewall may be in the way."
	return "Does the server run, and are address and port right?"


static func _to_sentence(text: String) -> String:
	var sentence := text.left(1).to_upper() + text.substr(1)
	return sentence if sentence.ends_with(".") else sentence + "."
