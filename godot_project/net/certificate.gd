extends RefCounted
## A key and a certificate for this run of the game, made when they are first needed.
##
## They are signed by nobody, so that clients of the demo take any certificate:
## what is said is hidden from others, but who the server is stays unproved.

const KEY_BITS := 2048
const NAME := "CN=localhost,O=Star Rush,C=XX"

static var _key: CryptoKey
static var _certificate: X509Certificate


## For a server that clients of this game will trust blindly.
static func get_server_options() -> TLSOptions:
	if _certificate == null:
		var crypto := Crypto.new()
		_key = crypto.generate_rsa(KEY_BITS)
		_certificate = crypto.generate_self_signed_certificate(_key, NAME)
	return TLSOptions.server(_key, _certificate)


## For a client that trusts blindly, or one that looks who has signed.
static func get_client_options(checks: bool) -> TLSOptions:
	return TLSOptions.client() if checks else TLSOptions.client_unsafe()
