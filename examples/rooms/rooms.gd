extends MarginContainer
## A server with rooms, and players who walk from one to the other: each sees only what is in the room they are in.

const Room := preload("res://room.gd")

const MAX_NAME := 24
const ROOM := preload("res://room.tscn")

@onready var _nickname: LineEdit = %Nickname
@onready var _address: LineEdit = %Address
@onready var _host_button: Button = %Host
@onready var _join_button: Button = %Join
@onready var _room_line: LineEdit = %Room
@onready var _enter_button: Button = %Enter
@onready var _walk_button: Button = %Walk
@onready var _history: RichTextLabel = %History
@onready var _rooms: Node = %Rooms


func _ready() -> void:
	_host_button.pressed.connect(_host)
	_join_button.pressed.connect(_join)
	_enter_button.pressed.connect(_on_enter)
	_walk_button.pressed.connect(_on_walk)
	_rooms.child_entered_tree.connect(_on_room_appeared)
	_rooms.child_exiting_tree.connect(_on_room_vanished)
	multiplayer.peer_disconnected.connect(_leave.bind(true))
	multiplayer.connected_to_server.connect(_show_state.bind("You are in the lobby."))
	multiplayer.connection_failed.connect(_on_connection_lost.bind("Could not join"))
	multiplayer.server_disconnected.connect(_on_connection_lost.bind("The connection has ended"))
	_show_state("Host the rooms, or join.")


func _host() -> void:
	var peer := RustWebSocketMultiplayerPeer.new()
	if peer.create_server(_address.text.get_slice(":", 1).to_int()) != OK:
		_show_state("Cannot host: %s." % peer.get_last_error_message())
		return
	multiplayer.multiplayer_peer = peer
	_show_state("Others can join at port %d." % peer.get_local_port())


func _join() -> void:
	var peer := RustWebSocketMultiplayerPeer.new()
	if peer.create_client("ws://" + _address.text) != OK:
		_show_state("Cannot join: %s." % peer.get_last_error_message())
		return
	multiplayer.multiplayer_peer = peer
	_show_state("Joining ...")


func _on_enter() -> void:
	enter.rpc_id(MultiplayerPeer.TARGET_PEER_SERVER, _nickname.text, _room_line.text)


func _on_walk() -> void:
	walk.rpc_id(MultiplayerPeer.TARGET_PEER_SERVER)


## Client to server: into that room, and out of the one before. Nobody else hears of this call.
@rpc("any_peer", "call_remote", "reliable")
func enter(nickname: String, title: String) -> void:
	if not multiplayer.is_server() or not title.is_valid_identifier() or title.length() > MAX_NAME:
		return
	var id := multiplayer.get_remote_sender_id()
	_leave(id, false)
	var room := _rooms.get_node_or_null(title) as Room
	if room == null:
		room = ROOM.instantiate()
		room.name = title
		_rooms.add_child(room)
	room.admit(id, nickname.strip_edges().left(MAX_NAME))


## Client to server: one step to the right.
@rpc("any_peer", "call_remote", "reliable")
func walk() -> void:
	if not multiplayer.is_server():
		return
	for room: Room in _rooms.get_children():
		room.move(multiplayer.get_remote_sender_id())


## Server: out of whatever room they are in; a room without players is no more.
func _leave(id: int, is_gone: bool) -> void:
	if not multiplayer.is_server():
		return
	for room: Room in _rooms.get_children():
		if room.dismiss(id, is_gone) and room.is_empty():
			# Its name may be wanted again in this very frame.
			_rooms.remove_child(room)
			room.queue_free()


func _on_room_appeared(room: Node) -> void:
	(room as Room).said.connect(_show)
	_show("There is a room: %s" % room.name)


func _on_room_vanished(room: Node) -> void:
	_show("There is no room any more: %s" % room.name)


func _on_connection_lost(what: String) -> void:
	var peer := multiplayer.multiplayer_peer as RustWebSocketMultiplayerPeer
	_show_state("%s: %s." % [what, peer.get_last_error_message() if peer != null else "no reason known"])


func _show_state(text: String) -> void:
	_show("- " + text)
	var is_online := multiplayer.multiplayer_peer is RustWebSocketMultiplayerPeer
	var is_player := is_online and not multiplayer.is_server() \
			and multiplayer.multiplayer_peer.get_connection_status() == MultiplayerPeer.CONNECTION_CONNECTED
	_host_button.disabled = is_online
	_join_button.disabled = is_online
	_enter_button.disabled = not is_player
	_walk_button.disabled = not is_player


func _show(text: String) -> void:
	_history.add_text(text + "\n")
