extends Control
## Who is there before the first round.

const ChatBox := preload("res://ui/chat_box.gd")
const ConnectionSettings := preload("res://net/connection_settings.gd")
const Meter := preload("res://net/meter.gd")
const NetGraph := preload("res://ui/net_graph.gd")
const Player := preload("res://game/player.gd")
const PlayerChip := preload("res://ui/player_chip.gd")
const Seat := preload("res://net/seat.gd")
const TopBar := preload("res://ui/top_bar.gd")
const World := preload("res://game/world.gd")
const CHIP_SCENE := preload("res://ui/player_chip.tscn")

signal leave_requested

var _world: World

@onready var _top_bar: TopBar = %TopBar
@onready var _count: Label = %Count
@onready var _invite: Label = %Invite
@onready var _players: GridContainer = %Players
@onready var _hint: Label = %Hint
@onready var _start: Button = %Start
@onready var chat_box: ChatBox = %ChatBox
@onready var _net_graph: NetGraph = %NetGraph


func _ready() -> void:
	_top_bar.leave_requested.connect(func() -> void: leave_requested.emit())
	_start.pressed.connect(func() -> void: _world.rounds.begin())


func open(seat: Seat, meter: Meter) -> void:
	_world = seat.world
	var settings := seat.session.settings
	var is_host := seat.multiplayer.is_server()
	_top_bar.open(settings, "You host on %s" % seat.session.place if is_host else seat.session.place)
	_invite.text = "You are in. The match begins when the host says so."
	if is_host:
		_invite.text = "Others join at %s, port %d%s." % [
			_find_address(), seat.session.get_port(), ", with TLS on" if settings.with_tls else "",
		]
	_hint.text = "Start when everybody is here." if is_host else "Waiting for the host to start."
	_start.visible = is_host
	_net_graph.follow(meter, settings)
	_world.player_joined.connect(_on_players_changed.unbind(1), CONNECT_DEFERRED)
	_world.player_left.connect(_on_players_changed.unbind(1), CONNECT_DEFERRED)
	_on_players_changed()
	if is_host:
		_start.grab_focus.call_deferred()


func _on_players_changed() -> void:
	if not is_instance_valid(_world):
		return
	for chip in _players.get_children():
		chip.free()
	var players := _world.get_players()
	for player in players:
		var chip: PlayerChip = CHIP_SCENE.instantiate()
		_players.add_child(chip)
		chip.show_player(player)
	_count.text = "%d of %d players" % [players.size(), ConnectionSettings.MAX_PLAYERS]


## An address of this machine that others may reach.
func _find_address() -> String:
	for address in IP.get_local_addresses():
		if address.contains(".") and not address.begins_with("127.") and not address.begins_with("169.254."):
			return address
	return "127.0.0.1"
