extends PanelContainer
## The best players, and always oneself.

const Player := preload("res://game/player.gd")
const ScoreRow := preload("res://ui/score_row.gd")
const World := preload("res://game/world.gd")
const ROW_SCENE := preload("res://ui/score_row.tscn")

const ROWS := 8
const PACE := 0.2

var _world: World
var _wait := 0.0
var _rows: Array[ScoreRow] = []

@onready var _count: Label = %Count
@onready var _list: VBoxContainer = %Rows


func _ready() -> void:
	for index in ROWS:
		var row: ScoreRow = ROW_SCENE.instantiate()
		_list.add_child(row)
		_rows.append(row)


func _process(delta: float) -> void:
	_wait -= delta
	if _wait <= 0.0 and is_instance_valid(_world) and is_visible_in_tree():
		_wait = PACE
		_update()


func follow(world: World) -> void:
	_world = world
	_wait = 0.0


func _update() -> void:
	var ranking := _world.get_ranking()
	_count.text = "1 player" if ranking.size() == 1 else "%d players" % ranking.size()
	for index in ROWS:
		_rows[index].visible = index < ranking.size()
		if index < ranking.size():
			_rows[index].show_player(index + 1, ranking[index])
	for index in range(ROWS, ranking.size()):
		if ranking[index].is_ours():
			_rows[-1].show_player(index + 1, ranking[index])
