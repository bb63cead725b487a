extends RefCounted
## What the processes of this example are told on their command lines, and by the environment.

## Known to the lobby and the matches, and to no player. In a real deployment it comes from a secret store.
const SECRET_VARIABLE := "MATCH_SECRET"

## No match has this number. They may begin at 0, as the pods of Kubernetes do.
const NO_MATCH := -1


## The value of [code]--name=value[/code], or what stands for it.
static func option(name: String, otherwise: String) -> String:
	for argument: String in OS.get_cmdline_user_args():
		if argument.begins_with("--%s=" % name):
			return argument.trim_prefix("--%s=" % name)
	return otherwise


## The secret; empty if there is none, and then nobody may start.
static func secret() -> String:
	return OS.get_environment(SECRET_VARIABLE)


## Who is believed when it says whom it speaks for: addresses with commas between them, or [code]unix:[/code].
static func trusted_proxies() -> PackedStringArray:
	return option("trusted-proxies", "").split(",", false)


static func to_bytes(message: Dictionary) -> PackedByteArray:
	return JSON.stringify(message).to_utf8_buffer()


## What came over the network is not trusted: what is no dictionary is an empty one.
static func from_bytes(bytes: PackedByteArray) -> Dictionary:
	var message: Variant = JSON.parse_string(bytes.get_string_from_utf8())
	return message if message is Dictionary else {}
