@tool
extends Tree
## The peers of a server or client, a row each; a click on a title sorts by it, another the other way round.

const Words := preload("words.gd")

## Title, what the title means, and the least width in letters.
const COLUMNS: Array[Array] = [
	["Id", "The peer's id; 1 is the server", 13],
	["Address", "Where the peer is", 16],
	["State", "How far the connection is", 8],
	["Round trip", "How long a ping and its answer take, smoothed; needs a heartbeat_interval", 10],
	["Quality", "From 0 to 100 %, of round trip, jitter, queue and repeated segments", 7],
	["Queue", "Payload that waits to be sent", 8],
	["In", "Payload that arrives per second", 10],
	["Out", "Payload that leaves per second", 10],
	["Expired", "Unreliable packets that became too old to be sent", 8],
	["Refused", "Packets that the full queue had no room for", 8],
]

## The column that is sorted by, and whether the largest comes first.
var _sorted_by := 0
var _is_descending := false
var _rows := {}


func _init() -> void:
	columns = COLUMNS.size()
	column_titles_visible = true
	hide_root = true
	select_mode = SELECT_ROW
	allow_reselect = true
	column_title_clicked.connect(_on_title_clicked)


func _ready() -> void:
	_fit_columns()


func _notification(what: int) -> void:
	if what == NOTIFICATION_THEME_CHANGED and is_node_ready():
		_fit_columns()


## Shows these peers. Rows stay the same objects, so that a selection stays.
func show_peers(endpoint: Dictionary, rates: Dictionary) -> void:
	if get_root() == null:
		create_item()
	var seen := {}
	for peer: Dictionary in endpoint.peers:
		var row: TreeItem = _rows.get(peer.id)
		if row == null:
			row = create_item()
			_rows[peer.id] = row
		_fill(row, peer, rates.get(peer.id, {}))
		seen[peer.id] = true
	for id: int in _rows.keys():
		if not seen.has(id):
			_rows[id].free()
			_rows.erase(id)
	_sort()
	tooltip_text = "%d further peers are not shown." % endpoint.further_peers if endpoint.further_peers > 0 else ""


## What the table says, row by row, as it is shown.
func get_texts() -> Array[PackedStringArray]:
	var texts: Array[PackedStringArray] = []
	for row in get_root().get_children() if get_root() != null else []:
		var cells := PackedStringArray()
		for column in columns:
			cells.append(row.get_text(column))
		texts.append(cells)
	return texts


func sort_by(column: int, is_descending: bool) -> void:
	_sorted_by = column
	_is_descending = is_descending
	_name_columns()
	_sort()


func _fill(row: TreeItem, peer: Dictionary, rates: Dictionary) -> void:
	var quality: float = peer.get("quality", NAN)
	var expired: int = peer.get("packets_expired", 0)
	_set_cell(row, 0, str(peer.id), peer.id)
	_set_cell(row, 1, peer.address, peer.address)
	_set_cell(row, 2, peer.state, peer.state)
	_set_cell(row, 3, "" if peer.rtt < 0.0 else "%.1f ms" % peer.rtt, peer.rtt)
	_set_cell(row, 4, "" if is_nan(quality) else "%d %%" % roundi(quality * 100.0), -1.0 if is_nan(quality) else quality)
	_set_cell(row, 5, Words.bytes(peer.outbound_bytes), peer.outbound_bytes)
	_set_cell(row, 6, Words.bytes(rates.get("in", 0.0)) + "/s", rates.get("in", 0.0))
	_set_cell(row, 7, Words.bytes(rates.get("out", 0.0)) + "/s", rates.get("out", 0.0))
	_set_cell(row, 8, str(expired), expired)
	_set_cell(row, 9, str(peer.packets_refused), peer.packets_refused)
	var warning := get_theme_color("warning_color", "Editor")
	var error := get_theme_color("error_color", "Editor")
	_tint(row, 4, error if quality < 0.3 else warning, quality < 0.6)
	_tint(row, 8, warning, expired > 0)
	_tint(row, 9, error, peer.packets_refused > 0)


func _set_cell(row: TreeItem, column: int, text: String, value: Variant) -> void:
	row.set_text(column, text)
	row.set_metadata(column, value)
	if column > 2 or column == 0:
		row.set_text_alignment(column, HORIZONTAL_ALIGNMENT_RIGHT)


func _tint(row: TreeItem, column: int, color: Color, is_wanted: bool) -> void:
	if is_wanted:
		row.set_custom_color(column, color)
	else:
		row.clear_custom_color(column)


func _sort() -> void:
	if get_root() == null:
		return
	var rows := get_root().get_children()
	var sorted := rows.duplicate()
	sorted.sort_custom(func(one: TreeItem, other: TreeItem) -> bool:
		var a: Variant = one.get_metadata(_sorted_by)
		var b: Variant = other.get_metadata(_sorted_by)
		if a == b:
			return one.get_metadata(0) < other.get_metadata(0)
		return a > b if _is_descending else a < b)
	if sorted == rows:
		return
	for row: TreeItem in sorted:
		var last := get_root().get_child(-1)
		if row != last:
			row.move_after(last)


func _on_title_clicked(column: int, _mouse_button: int) -> void:
	sort_by(column, not _is_descending if column == _sorted_by else column >= 3)


func _name_columns() -> void:
	for column in columns:
		var mark := "" if column != _sorted_by else "  ▼" if _is_descending else "  ▲"
		set_column_title(column, COLUMNS[column][0] + mark)


func _fit_columns() -> void:
	var font := get_theme_font("font", "Tree")
	var size_of_font := get_theme_font_size("font_size", "Tree")
	var letter := font.get_string_size("0", HORIZONTAL_ALIGNMENT_LEFT, -1, size_of_font).x
	for column in columns:
		set_column_title_tooltip_text(column, COLUMNS[column][1])
		set_column_custom_minimum_width(column, roundi(letter * COLUMNS[column][2]))
		set_column_expand(column, column == 1)
		set_column_clip_content(column, true)
	_name_columns()
