extends PanelContainer
## How a round ended.

const Player := preload("res://game/player.gd")
const Podium := preload("res://ui/podium.gd")
const ScoreRow := preload("res://ui/score_row.gd")
const World := preload("res://game/world.gd")
const ROW_SCENE := preload("res://ui/score_row.tscn")

const STEPS := 3
const ROWS := 5

@onready var _title: Label = %Title
@onready var _podium: Podium = %Podium
@onready var _rows: VBoxContainer = %Rows
@onready var _next: Label = %Next


func show_results(world: World) -> void:
	var ranking := world.get_ranking()
	_title.text = "Nobody wins" if ranking.is_empty() or ranking[0].score == 0 else "%s wins" % ranking[0].player_name
	_podium.show_best(ranking)
	for row in _rows.get_children():
		row.free()
	for index in range(STEPS, mini(ranking.size(), STEPS + ROWS)):
		_add_row(index + 1, ranking[index])
	for index in range(STEPS + ROWS, ranking.size()):
		if ranking[index].is_ours():
			_rows.get_child(-1).free()
			_add_row(index + 1, ranking[index])


func set_seconds_left(seconds: int) -> void:
	_next.text = "The next round begins in %d s." % maxi(seconds, 0)


func _add_row(rank: int, player: Player) -> void:
	var row: ScoreRow = ROW_SCENE.instantiate()
	_rows.add_child(row)
	row.show_player(rank, player)
