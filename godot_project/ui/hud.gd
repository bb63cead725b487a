extends CanvasLayer
## What stands around the arena: the score board, the chat, the status bar.

const Game := preload("res://game/game.gd")
const Player := preload("res://game/player.gd")

## The player wants to leave.
signal leave_requested

const QUIET := Color(0.6, 0.65, 0.76)
const WHISPER_PREFIX := "/w "

var _game: Game
var _board := ""

@onready var _scores: RichTextLabel = %Scores
@onready var _log: RichTextLabel = %Log
@onready var _entry: LineEdit = %Entry
@onready var _status: Label = %Status
@onready var _rate: Label = %Rate


func _ready() -> void:
	%Leave.pressed.connect(func() -> void: leave_requested.emit())
	_entry.text_submitted.connect(_on_entry_submitted)
	set_process(false)


func _process(_delta: float) -> void:
	_rate.text = "%d players   %d fps" % [_game.get_players().size(), Engine.get_frames_per_second()]
	_show_scores()


## Shows [param game] from now on.
func follow(game: Game) -> void:
	_game = game
	_game.chat.heard.connect(_on_heard)
	_game.chat.whispered.connect(_on_whispered)
	_game.player_joined.connect(_on_player_joined)
	_game.player_left.connect(_on_player_left)
	set_process(true)


## Says in the status bar what this process is doing.
func set_status(text: String) -> void:
	_status.text = text


## Hides what only a person at the keyboard needs.
func set_spectating() -> void:
	_entry.hide()
	%Leave.hide()


func _show_scores() -> void:
	var players := _game.get_players()
	players.sort_custom(func(a: Player, b: Player) -> bool: return a.score > b.score)
	var board := ""
	for player in players:
		board += "%s %d\n" % [player.player_name, player.score]
	if board == _board:
		return
	_board = board
	_scores.clear()
	for player in players:
		_scores.push_color(player.tint)
		_scores.add_text("● ")
		_scores.pop()
		_scores.add_text("%s   %d\n" % [player.player_name, player.score])


func _write(who: String, tint: Color, text: String) -> void:
	_log.push_color(tint)
	_log.add_text(who + " ")
	_log.pop()
	_log.add_text(text)
	_log.newline()


func _get_tint(peer_id: int) -> Color:
	var player := _game.get_player(peer_id)
	return player.tint if player != null else QUIET


func _find_player(text: String) -> Player:
	for player in _game.get_players():
		if text.begins_with(player.player_name + " "):
			return player
	return null


func _on_heard(from_id: int, text: String) -> void:
	_write(_game.get_peer_name(from_id), _get_tint(from_id), text)


func _on_whispered(from_id: int, text: String) -> void:
	_write(_game.get_peer_name(from_id) + " (to you)", _get_tint(from_id), text)


func _on_player_joined(player: Player) -> void:
	_write(player.player_name, player.tint, "joined")


func _on_player_left(player: Player) -> void:
	_write(player.player_name, player.tint, "left")


func _on_entry_submitted(text: String) -> void:
	_entry.clear()
	_entry.release_focus()
	if text.strip_edges().is_empty():
		return
	if not text.begins_with(WHISPER_PREFIX):
		_game.chat.say(text)
		return
	var words := text.trim_prefix(WHISPER_PREFIX)
	var player := _find_player(words)
	if player == null or player.peer_id == multiplayer.get_unique_id():
		_write("", QUIET, "Write /w, a player's name, and the message.")
		return
	var message := words.trim_prefix(player.player_name + " ")
	_game.chat.whisper(player.peer_id, message)
	_write("To " + player.player_name, player.tint, message)
