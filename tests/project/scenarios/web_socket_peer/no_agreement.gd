extends "one_connection.gd"
## Client and server share no subprotocol, or one of them names none: no connection comes about.
##
## Options: `offered` and `supported`, separated by commas.


func server() -> void:
	await accept(_name.bind(option("supported")))
	await closed()


func client() -> void:
	await dial(_name.bind(option("offered")))
	await closed()


func _name(fresh: Variant, names: String) -> void:
	fresh.supported_protocols = names.split(",", false)
