extends Node2D
## The players: where each is drawn, where it looks, how it dashes, what it is called.

const Arena := preload("res://game/arena.gd")
const Body := preload("res://game/body.gd")
const Palette := preload("res://ui/palette.gd")
const Player := preload("res://game/player.gd")
const Sprites := preload("res://view/sprites.gd")
const World := preload("res://game/world.gd")

const NAME_SIZE := 13
const NAME_WIDTH := 140.0
const TRACES := 5

var world: World
## For each peer the last places, newest first, and where it looks.
var _traces: Dictionary = {}
var _looks: Dictionary = {}
var _name_widths: Dictionary = {}

@onready var _font := ThemeDB.get_project_theme().default_font


func _ready() -> void:
	Sprites.prepare(self)
	if _font == null:
		_font = ThemeDB.fallback_font


func _process(_delta: float) -> void:
	queue_redraw()


func _draw() -> void:
	if not is_instance_valid(world):
		return
	var players: Array[Player] = world.get_players().duplicate()
	# Who is lower on the screen stands in front.
	players.sort_custom(func(one: Player, other: Player) -> bool: return one.position.y < other.position.y)
	for player in players:
		_remember(player)
		_draw_traces(player)
	for player in players:
		_draw_player(player)
	# First all outlines, then all names: fewer changes between what is drawn with what.
	for player in players:
		draw_string_outline(_font, _get_name_corner(player), player.player_name, HORIZONTAL_ALIGNMENT_CENTER,
				NAME_WIDTH, NAME_SIZE, 4, Palette.NIGHT)
	for player in players:
		var tint := Palette.GOLD if player.is_ours() else player.tint.lightened(0.45)
		draw_string(_font, _get_name_corner(player), player.player_name, HORIZONTAL_ALIGNMENT_CENTER,
				NAME_WIDTH, NAME_SIZE, tint)


func _remember(player: Player) -> void:
	var traces: Array = _traces.get_or_add(player.peer_id, [])
	traces.push_front(player.position)
	if traces.size() > TRACES * 2:
		traces.pop_back()
	var wanted := player.body.velocity / Body.SPEED
	var look: Vector2 = _looks.get(player.peer_id, Vector2.ZERO)
	_looks[player.peer_id] = look.lerp(wanted.limit_length(), 0.2)


func _draw_traces(player: Player) -> void:
	if player.body.velocity.length() < Body.SPEED * 1.3:
		return
	var traces: Array = _traces[player.peer_id]
	for index in range(traces.size() - 1, 0, -2):
		var share := 1.0 - float(index) / traces.size()
		Sprites.draw(self, Sprites.DISC, traces[index], Body.RADIUS * (0.35 + 0.5 * share), Color(player.tint, 0.28 * share))


func _draw_player(player: Player) -> void:
	var place := player.position
	Sprites.draw(self, Sprites.GLOW, place + Vector2(0.0, 7.0), Body.RADIUS * 1.35, Color(0.0, 0.0, 0.0, 0.75))
	if player.is_ours():
		Sprites.draw(self, Sprites.GLOW, place, Body.RADIUS * 2.6, Color(Palette.TEXT, 0.35))
		_draw_rest(player)
	var tint := player.tint
	if player.body.stun_left > 0:
		tint = tint.lerp(Palette.EDGE, 0.55)
	Sprites.draw_player(self, place, Body.RADIUS, tint, _looks[player.peer_id])
	if player.body.stun_left > 0:
		_draw_dizziness(place, player.body.stun_left)


## How much of the pause until the next dash is over.
func _draw_rest(player: Player) -> void:
	var share := 1.0 - float(player.body.rest_left) / Body.REST_TICKS
	var radius := Body.RADIUS + 7.0
	draw_arc(player.position, radius, 0.0, TAU, 48, Palette.EDGE, 3.0, true)
	var tint := Palette.GREEN if share >= 1.0 else Palette.BLUE
	if share > 0.02:
		draw_arc(player.position, radius, -PI / 2.0, -PI / 2.0 + TAU * share, 48, tint, 3.0, true)


func _draw_dizziness(place: Vector2, ticks: int) -> void:
	for index in 3:
		var angle := ticks * 0.25 + index * TAU / 3.0
		var spot := place + Vector2(cos(angle) * 15.0, -Body.RADIUS - 4.0 + sin(angle) * 4.0)
		Sprites.draw(self, Sprites.STAR, spot, 4.0, Palette.TEXT)


## Where a name begins: above its player, or below where there is no room above.
func _get_name_corner(player: Player) -> Vector2:
	var width := _get_name_width(player.player_name)
	var corner := player.position + Vector2(-NAME_WIDTH / 2.0, -Body.RADIUS - 11.0)
	var slack := (NAME_WIDTH - width) / 2.0 - 6.0
	corner.x = clampf(corner.x, -slack, Arena.SIZE.x - NAME_WIDTH + slack)
	if corner.y < NAME_SIZE + 4.0:
		corner.y = player.position.y + Body.RADIUS + NAME_SIZE + 4.0
	return corner


func _get_name_width(player_name: String) -> float:
	if not _name_widths.has(player_name):
		_name_widths[player_name] = _font.get_string_size(player_name, HORIZONTAL_ALIGNMENT_LEFT, -1, NAME_SIZE).x
	return _name_widths[player_name]
