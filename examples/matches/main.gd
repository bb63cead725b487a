extends Node
## Every process begins here, and becomes what [code]--role=[/code] says.
##
## A scene on the command line would not do: exported games take none.

const Settings := preload("res://settings.gd")

const SCENES: Dictionary = {
	"lobby": "res://lobby.tscn",
	"match": "res://match.tscn",
	"player": "res://player.tscn",
}


func _ready() -> void:
	var role := Settings.option("role", "player")
	if not SCENES.has(role):
		printerr("--role=%s is none of %s" % [role, ", ".join(PackedStringArray(SCENES.keys()))])
		get_tree().quit(1)
		return
	# Not while this scene is being entered.
	get_tree().change_scene_to_file.call_deferred(SCENES[role])
