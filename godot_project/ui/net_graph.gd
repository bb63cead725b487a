extends PanelContainer
## The connection, live: round trip, bandwidth, what waits to be sent, and what the poll costs.

const ConnectionSettings := preload("res://net/connection_settings.gd")
const Meter := preload("res://net/meter.gd")
const NetPlot := preload("res://ui/net_plot.gd")
const Palette := preload("res://ui/palette.gd")
const QualityBars := preload("res://ui/quality_bars.gd")

var _meter: Meter
## The number of the measurement that is shown.
var _shown := -1

@onready var _class: Label = %Class
@onready var _quality: QualityBars = %Quality
@onready var _round_trip: NetPlot = %RoundTrip
@onready var _bandwidth: NetPlot = %Bandwidth
@onready var _queue: NetPlot = %Queue
@onready var _poll: NetPlot = %Poll
@onready var _note: Label = %Note


func _ready() -> void:
	_round_trip.setup("Round trip", [Palette.BLUE], 40.0)
	_bandwidth.setup("In / out", [Palette.GREEN, Palette.PINK], 1024.0)
	_queue.setup("Send queue", [Palette.GOLD], 1024.0)
	_poll.setup("Poll", [Palette.VIOLET], 400.0)


func _process(_delta: float) -> void:
	if _meter == null or _meter.poll.is_empty() or _meter.count == _shown or not is_visible_in_tree():
		return
	_shown = _meter.count
	_round_trip.plot("%.0f ms" % _meter.rtt[-1], [_meter.rtt])
	_bandwidth.plot("%s/s" % _to_pair(_meter.bytes_in[-1], _meter.bytes_out[-1]), [_meter.bytes_in, _meter.bytes_out])
	_queue.plot(_to_size(_meter.queue[-1]), [_meter.queue])
	_poll.plot("%.2f ms" % (_meter.poll[-1] / 1000.0), [_meter.poll])
	_quality.show_quality(_meter.quality)
	_note.text = _describe()


## Shows what this meter measures.
func follow(meter: Meter, settings: ConnectionSettings) -> void:
	_meter = meter
	var is_ours := settings.peer_class == ConnectionSettings.OURS
	visible = meter != null
	_class.text = "Rust WebSocket" if is_ours else "built-in class"
	# What the poll costs a frame is the plot in which that shows.
	if is_ours and settings.has_network_thread:
		_class.text += ", own thread"


func _describe() -> String:
	var words := "1 peer" if _meter.peers == 1 else "%d peers" % _meter.peers
	if _meter.socket_rtt >= 0.0:
		words += ", ping frame %.0f ms" % _meter.socket_rtt
	if _meter.socket_jitter >= 0.0:
		words += " ± %.0f" % _meter.socket_jitter
	if _meter.expired > 0:
		words += ", %d expired" % _meter.expired
	return words + (", wire bytes" if _meter.is_counted else ", payload only")


## Two rates in the unit of the larger one.
static func _to_pair(one: float, other: float) -> String:
	var unit := "kB" if maxf(one, other) < 1.0e6 else "MB"
	var scale := 1.0e3 if unit == "kB" else 1.0e6
	return "%s / %s %s" % [_to_short(one / scale), _to_short(other / scale), unit]


static func _to_short(value: float) -> String:
	return "%.1f" % value if value < 10.0 else "%.0f" % value


static func _to_size(bytes: float) -> String:
	return "%.0f B" % bytes if bytes < 1000.0 else "%.1f kB" % (bytes / 1000.0)
