extends MarginContainer
## A chat room: one process hosts, the others join, and everybody reads what anybody writes.

const MAX_LINE := 500
const MAX_NAME := 24

@onready var _nickname: LineEdit = %Nickname
@onready var _address: LineEdit = %Address
@onready var _host_button: Button = %Host
@onready var _join_button: Button = %Join
@onready var _leave_button: Button = %Leave
@onready var _history: RichTextLabel = %History
@onready var _line: LineEdit = %Line


func _ready() -> void:
	_host_button.pressed.connect(_host)
	_join_button.pressed.connect(_join)
	_leave_button.pressed.connect(_leave)
	_line.text_submitted.connect(_send)
	multiplayer.peer_connected.connect(_on_peer_connected)
	multiplayer.peer_disconnected.connect(_on_peer_disconnected)
	multiplayer.connected_to_server.connect(_show_state.bind("You are in."))
	multiplayer.connection_failed.connect(_on_connection_lost.bind("Could not join"))
	multiplayer.server_disconnected.connect(_on_connection_lost.bind("The connection has ended"))
	_show_state("Host a room, or join one.")


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


func _leave() -> void:
	# Without a peer of ours the tree has its own, for which this process is a server alone.
	multiplayer.multiplayer_peer = OfflineMultiplayerPeer.new()
	_show_state("You have left.")


func _send(text: String) -> void:
	_line.clear()
	if not text.strip_edges().is_empty():
		say.rpc(_nickname.text, text)


## Everybody has this called by whoever says something, the speaker too. What comes over the network is not trusted:
## it is cut to size, and [method RichTextLabel.add_text] shows markup as it is written.
@rpc("any_peer", "call_local", "reliable")
func say(nickname: String, text: String) -> void:
	var speaker := nickname.strip_edges().left(MAX_NAME)
	if speaker.is_empty():
		speaker = "Guest %d" % multiplayer.get_remote_sender_id()
	_show("%s: %s" % [speaker, text.left(MAX_LINE)])


func _on_peer_connected(id: int) -> void:
	if id != MultiplayerPeer.TARGET_PEER_SERVER:
		_show("(somebody has joined)")


func _on_peer_disconnected(id: int) -> void:
	if id != MultiplayerPeer.TARGET_PEER_SERVER:
		_show("(somebody has left)")


func _on_connection_lost(what: String) -> void:
	# The peer still knows why, also after the tree has taken notice of its end.
	var peer := multiplayer.multiplayer_peer as RustWebSocketMultiplayerPeer
	_show_state("%s: %s." % [what, peer.get_last_error_message() if peer != null else "no reason known"])


func _show_state(text: String) -> void:
	_show("- " + text)
	var is_online := multiplayer.multiplayer_peer is RustWebSocketMultiplayerPeer \
			and multiplayer.multiplayer_peer.get_connection_status() != MultiplayerPeer.CONNECTION_DISCONNECTED
	var is_joining := is_online \
			and multiplayer.multiplayer_peer.get_connection_status() == MultiplayerPeer.CONNECTION_CONNECTING
	_host_button.disabled = is_online
	_join_button.disabled = is_online
	_leave_button.disabled = not is_online
	# Nobody would read what is said before the connection is there.
	_line.editable = is_online and not is_joining


func _show(text: String) -> void:
	_history.add_text(text + "\n")
