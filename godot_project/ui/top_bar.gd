extends PanelContainer
## Where one is, what carries it, how long it lasts, and the way out.

const ConnectionSettings := preload("res://net/connection_settings.gd")
const Palette := preload("res://ui/palette.gd")

signal leave_requested

@onready var _place: Label = %Place
@onready var _clock: Label = %Clock
@onready var _class: Label = %ClassBadgeText
@onready var _tls: Label = %TlsBadgeText
@onready var _rate: Label = %Rate
@onready var _leave: Button = %Leave


func _ready() -> void:
	_leave.pressed.connect(func() -> void: leave_requested.emit())


func _process(_delta: float) -> void:
	_rate.text = "%d fps" % Engine.get_frames_per_second()


func open(settings: ConnectionSettings, place: String) -> void:
	_place.text = place
	var is_ours := settings.peer_class == ConnectionSettings.OURS
	_class.text = "Rust WebSocket" if is_ours else "Built-in WebSocket"
	_class.modulate = Palette.GOLD if is_ours else Palette.QUIET
	_tls.text = "TLS on" if settings.with_tls else "TLS off"
	_tls.modulate = Palette.GREEN if settings.with_tls else Palette.QUIET
	_clock.text = ""


func set_place(text: String) -> void:
	_place.text = text


func set_clock(text: String, is_urgent := false) -> void:
	_clock.text = text
	_clock.modulate = Palette.RED if is_urgent else Color.WHITE


func hide_leave() -> void:
	_leave.hide()
