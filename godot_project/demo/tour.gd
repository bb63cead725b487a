extends Node
signal finished(code: int)
var main: Node
func walk() -> void:
	pass
