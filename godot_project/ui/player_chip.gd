extends PanelContainer
## One player in the lobby.

const Avatar := preload("res://ui/avatar.gd")
const Palette := preload("res://ui/palette.gd")
const Player := preload("res://game/player.gd")

const SERVER := 1

@onready var _avatar: Avatar = %Avatar
@onready var _player_name: Label = %PlayerName
@onready var _role: Label = %Role


func show_player(player: Player) -> void:
	_avatar.tint = player.tint
	_player_name.text = player.player_name
	_role.text = "bot" if player.is_bot else ""
	if player.is_ours():
		_role.text = "you"
		_role.add_theme_color_override(&"font_color", Palette.GOLD)
	elif player.peer_id == SERVER:
		_role.text = "host"
