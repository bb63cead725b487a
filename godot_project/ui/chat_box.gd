extends PanelContainer
## What is said, and a line to say something.

const InputActions := preload("res://game/input_actions.gd")
const Palette := preload("res://ui/palette.gd")
const Player := preload("res://game/player.gd")
const World := preload("res://game/world.gd")

const WHISPER_PREFIX := "/w "

var _world: World

@onready var _log: RichTextLabel = %Log
@onready var _entry: LineEdit = %Entry


func _ready() -> void:
	_entry.text_submitted.connect(_on_entry_submitted)


func _unhandled_key_input(event: InputEvent) -> void:
	if is_visible_in_tree() and _entry.visible and event.is_action_pressed(InputActions.CHAT):
		_entry.grab_focus()
		get_viewport().set_input_as_handled()


func _input(event: InputEvent) -> void:
	if _entry.has_focus() and event.is_action_pressed(&"ui_cancel"):
		_entry.release_focus()
		get_viewport().set_input_as_handled()


## Shows what is said in this world from now on.
func follow(world: World) -> void:
	if _world == world:
		return
	_world = world
	_log.clear()
	_world.chat.heard.connect(_on_heard)
	_world.chat.whispered.connect(_on_whispered)
	_world.player_joined.connect(_on_player_joined)
	_world.player_left.connect(_on_player_left)


## Leaves only what is said, for those who only look on.
func hide_entry() -> void:
	_entry.hide()


func _write(who: String, tint: Color, text: String) -> void:
	_log.push_color(tint)
	_log.add_text(who + "  ")
	_log.pop()
	_log.add_text(text)
	_log.newline()


func _get_tint(peer_id: int) -> Color:
	var player := _world.get_player(peer_id)
	return player.tint.lightened(0.15) if player != null else Palette.GOLD


func _find_player(text: String) -> Player:
	for player in _world.get_players():
		if text.begins_with(player.player_name + " "):
			return player
	return null


func _on_heard(from_id: int, text: String) -> void:
	_write(_world.get_peer_name(from_id), _get_tint(from_id), text)


func _on_whispered(from_id: int, text: String) -> void:
	_write(_world.get_peer_name(from_id) + " (to you)", _get_tint(from_id), text)


func _on_player_joined(player: Player) -> void:
	if not player.is_bot:
		_write(player.player_name, _get_tint(player.peer_id), "joined")


func _on_player_left(player: Player) -> void:
	# With the whole world gone there is nobody to read it.
	if not player.is_bot and is_instance_valid(_world) and not _world.is_queued_for_deletion():
		_write(player.player_name, player.tint, "left")


func _on_entry_submitted(text: String) -> void:
	_entry.clear()
	_entry.release_focus()
	if text.strip_edges().is_empty():
		return
	if not text.begins_with(WHISPER_PREFIX):
		_world.chat.say(text)
		return
	var words := text.trim_prefix(WHISPER_PREFIX)
	var player := _find_player(words)
	if player == null or player.is_ours():
		_write("", Palette.QUIET, "Write /w, a player's name, and the message.")
		return
	var message := words.trim_prefix(player.player_name + " ")
	_world.chat.whisper(player.peer_id, message)
	_write("To " + player.player_name, _get_tint(player.peer_id), message)
