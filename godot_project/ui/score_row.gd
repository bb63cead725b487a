extends HBoxContainer
## One line of the score board.

const Avatar := preload("res://ui/avatar.gd")
const Palette := preload("res://ui/palette.gd")
const Player := preload("res://game/player.gd")

@onready var _rank: Label = %Rank
@onready var _avatar: Avatar = %Avatar
@onready var _player_name: Label = %PlayerName
@onready var _score: Label = %Score


func show_player(rank: int, player: Player) -> void:
	_rank.text = str(rank)
	_avatar.tint = player.tint
	_player_name.text = player.player_name
	_player_name.modulate = Palette.GOLD if player.is_ours() else Color.WHITE
	_score.text = str(player.score)
