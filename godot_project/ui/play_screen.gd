extends Control
## The match itself: the arena, and around it who leads, what is said, and how the connection is.

const ArenaView := preload("res://view/arena_view.gd")
const ChatBox := preload("res://ui/chat_box.gd")
const Meter := preload("res://net/meter.gd")
const NetGraph := preload("res://ui/net_graph.gd")
const Results := preload("res://ui/results.gd")
const Rounds := preload("res://game/rounds.gd")
const ScoreBoard := preload("res://ui/score_board.gd")
const Seat := preload("res://net/seat.gd")
const TopBar := preload("res://ui/top_bar.gd")
const World := preload("res://game/world.gd")

signal leave_requested

const URGENT_SECONDS := 10
const GO_SECONDS := 1.0
## The arena behind the results.
const DIMMED := Color(0.5, 0.5, 0.55)

var _world: World
var _go_left := 0.0

@onready var _top_bar: TopBar = %TopBar
@onready var _arena_view: ArenaView = %ArenaView
@onready var _score_board: ScoreBoard = %ScoreBoard
@onready var chat_box: ChatBox = %ChatBox
@onready var _net_graph: NetGraph = %NetGraph
@onready var _announcement: Label = %Announcement
@onready var _results: Results = %Results


func _ready() -> void:
	_top_bar.leave_requested.connect(func() -> void: leave_requested.emit())


func _process(delta: float) -> void:
	if not is_instance_valid(_world) or not visible:
		return
	_go_left = maxf(_go_left - delta, 0.0)
	var rounds := _world.rounds
	_announcement.text = ""
	match rounds.phase:
		Rounds.Phase.COUNTDOWN:
			_top_bar.set_clock("Round %d" % rounds.number)
			_announcement.text = str(maxi(rounds.seconds_left, 1))
		Rounds.Phase.PLAY:
			_top_bar.set_clock(_to_clock(rounds.seconds_left), rounds.seconds_left in range(URGENT_SECONDS + 1))
			_announcement.text = "Go!" if _go_left > 0.0 else ""
		Rounds.Phase.RESULTS:
			_top_bar.set_clock("Round %d" % rounds.number)
			_results.set_seconds_left(rounds.seconds_left)


func open(seat: Seat, meter: Meter) -> void:
	_world = seat.world
	var is_host := seat.multiplayer.is_server()
	_top_bar.open(seat.session.settings, "You host on %s" % seat.session.place if is_host else seat.session.place)
	_arena_view.follow(_world)
	_score_board.follow(_world)
	_net_graph.follow(meter, seat.session.settings)
	_results.hide()
	_world.rounds.phase_changed.connect(_on_phase_changed)
	_on_phase_changed(_world.rounds.phase)


## Says beside the title what this process is doing.
func set_status(text: String) -> void:
	_top_bar.set_place(text)


## Hides what only a person at the keyboard needs.
func set_spectating() -> void:
	chat_box.hide_entry()
	_top_bar.hide_leave()


func _on_phase_changed(phase: Rounds.Phase) -> void:
	_results.visible = phase == Rounds.Phase.RESULTS
	_arena_view.modulate = DIMMED if _results.visible else Color.WHITE
	match phase:
		Rounds.Phase.PLAY:
			_go_left = GO_SECONDS
		Rounds.Phase.RESULTS:
			_results.show_results(_world)


static func _to_clock(seconds: int) -> String:
	return "Free play" if seconds < 0 else "%d:%02d" % [seconds / 60, seconds % 60]
