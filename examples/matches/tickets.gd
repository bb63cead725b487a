extends RefCounted
## Tickets: short texts that say who may go where, and until when, signed with a secret that the lobby and the matches share.
##
## A ticket is what it says, a dot, and the HMAC-SHA256 of that, both in Base64 as URLs can have it. Whoever holds one can read it;
## nobody without the secret can make one, or change one.

const MAX_SIZE := 512
## Two parts in Base64 as URLs can have it; the second are the 32 bytes of an HMAC-SHA256.
const FORM := "^[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]{43}$"


## A ticket with this content, good for so many seconds.
static func write(secret: String, content: Dictionary, seconds: float) -> String:
	var signed := content.merged({"until": Time.get_unix_time_from_system() + seconds})
	var text := _to_url(JSON.stringify(signed).to_utf8_buffer())
	return text + "." + _to_url(_sign(secret, text))


## What a ticket says; empty if it is none, was not signed with this secret, or is too old.
static func read(secret: String, ticket: String) -> Dictionary:
	if ticket.length() > MAX_SIZE or RegEx.create_from_string(FORM).search(ticket) == null:
		return {}
	var text := ticket.get_slice(".", 0)
	if not Crypto.new().constant_time_compare(_sign(secret, text), _from_url(ticket.get_slice(".", 1))):
		return {}
	var content: Variant = JSON.parse_string(_from_url(text).get_string_from_utf8())
	if not content is Dictionary or float(content.get("until", 0.0)) < Time.get_unix_time_from_system():
		return {}
	return content


static func _sign(secret: String, text: String) -> PackedByteArray:
	return Crypto.new().hmac_digest(HashingContext.HASH_SHA256, secret.to_utf8_buffer(), text.to_utf8_buffer())


static func _to_url(bytes: PackedByteArray) -> String:
	return Marshalls.raw_to_base64(bytes).replace("+", "-").replace("/", "_").replace("=", "")


static func _from_url(text: String) -> PackedByteArray:
	var padded := text.replace("-", "+").replace("_", "/")
	while padded.length() % 4 != 0:
		padded += "="
	return Marshalls.base64_to_raw(padded)
