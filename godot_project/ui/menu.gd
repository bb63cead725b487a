extends Control
## The first screen: who you are, by which class, and where the game is.

const ConnectionSettings := preload("res://net/connection_settings.gd")

## Open a server and play on it.
signal host_requested(settings: ConnectionSettings)
## Join a server.
signal join_requested(settings: ConnectionSettings)

const TLS_NOTE := ("The host makes a self-signed certificate at start, and whoever joins takes any certificate "
		+ "(TLSOptions.client_unsafe): fine for a demo, not for a release.")
const CHECK_NOTE := ("A match to join must have a certificate for its name from an issuer in Mozilla's list. "
		+ "The hosts of this demo have none, so this shows how a refused certificate looks.")
const OURS_NOTE := "RustWebSocketMultiplayerPeer, this addon's class. Both sides may choose freely: they speak the same protocol."
const BUILT_IN_NOTE := "WebSocketMultiplayerPeer, the engine's class, to compare. Both sides may choose freely."
const LINK_NOTE := ("Every connection of yours is made as bad as that on purpose (simulated_conditions), both ways. "
		+ "Open the net graph and see what the game makes of it.")
const WEB_NOTE := "Nobody can connect to a browser, so here you can only join. Links and threads are the browser's own."
const MISSING_NOTE := "The addon's library is not built for this system (cargo xtask build), so only the built-in class is there."

var _settings := ConnectionSettings.new()
var _is_in_browser := OS.has_feature("web")

@onready var _name: LineEdit = %Name
@onready var _ours: Button = %Ours
@onready var _built_in: Button = %BuiltIn
@onready var _tls: CheckButton = %Tls
@onready var _check: CheckButton = %Check
## By the name of the link, empty for the one as it is.
@onready var _links: Dictionary = {
	"": %AsItIs, "3g": %ThirdGeneration, "bad_wifi": %BadWifi, "satellite": %Satellite, "train": %Train,
}
@onready var _drops_old: CheckButton = %DropsOld
@onready var _network_thread: CheckButton = %NetworkThread
@onready var _note: Label = %Note
@onready var _host_port: LineEdit = %HostPort
@onready var _bots: HSlider = %BotCountSlider
@onready var _bot_count: Label = %BotCount
@onready var _address: LineEdit = %Address
@onready var _join_port: LineEdit = %JoinPort
@onready var _host: Button = %Host
@onready var _join: Button = %Join
@onready var _message: Label = %Message


func _ready() -> void:
	var group := ButtonGroup.new()
	_ours.button_group = group
	_built_in.button_group = group
	var links := ButtonGroup.new()
	for button: Button in _links.values():
		button.button_group = links
	links.pressed.connect(func(_button: BaseButton) -> void: _update_note())
	_bots.max_value = ConnectionSettings.MAX_BOTS
	group.pressed.connect(func(_button: BaseButton) -> void: _update_note())
	_tls.toggled.connect(func(_on: bool) -> void: _update_note())
	_check.toggled.connect(func(_on: bool) -> void: _update_note())
	_bots.value_changed.connect(func(value: float) -> void: _bot_count.text = str(int(value)))
	_host.pressed.connect(_on_host_pressed)
	_join.pressed.connect(_on_join_pressed)
	for part: Control in [$Card/Column/Ways/HostSide, $Card/Column/Ways/Between]:
		part.visible = not _is_in_browser


## Puts what is known into the fields.
func fill(settings: ConnectionSettings) -> void:
	_settings = settings.copy()
	_name.text = settings.player_name
	var has_ours := ConnectionSettings.has_our_class()
	_ours.disabled = not has_ours
	var is_ours := has_ours and settings.peer_class == ConnectionSettings.OURS
	_ours.button_pressed = is_ours
	_built_in.button_pressed = not is_ours
	(_links[settings.link] as Button).button_pressed = true
	_drops_old.button_pressed = settings.drops_old
	_network_thread.button_pressed = settings.has_network_thread
	_tls.button_pressed = settings.with_tls
	_check.button_pressed = settings.checks_certificate
	_host_port.text = str(settings.port)
	_join_port.text = str(settings.port)
	_address.text = settings.address
	_bots.value = settings.bots
	_bot_count.text = str(settings.bots)
	_message.text = ""
	_update_note()


func focus() -> void:
	(_join if _is_in_browser else _host).grab_focus()


func _update_note() -> void:
	_check.visible = _tls.button_pressed
	for button: Button in _links.values():
		button.disabled = not _ours.button_pressed or _is_in_browser
	_drops_old.disabled = not _ours.button_pressed or _is_in_browser
	_network_thread.disabled = not _ours.button_pressed or _is_in_browser
	if not _read_link().is_empty():
		_note.text = LINK_NOTE
	elif _tls.button_pressed and _check.button_pressed:
		_note.text = CHECK_NOTE
	elif _tls.button_pressed:
		_note.text = TLS_NOTE
	elif _ours.disabled:
		_note.text = MISSING_NOTE
	elif _is_in_browser:
		_note.text = WEB_NOTE
	else:
		_note.text = OURS_NOTE if _ours.button_pressed else BUILT_IN_NOTE


## The name of the link that is chosen.
func _read_link() -> String:
	for link: String in _links:
		if _ours.button_pressed and (_links[link] as Button).button_pressed:
			return link
	return ""


## What the fields say; null, and a message, if they make no sense.
func _read(port_text: String, needs_address: bool) -> ConnectionSettings:
	var port := port_text.to_int()
	if _name.text.strip_edges().is_empty():
		_message.text = "Please enter a name."
	elif needs_address and _address.text.strip_edges().is_empty():
		_message.text = "Please enter the address of a server."
	elif not port_text.is_valid_int() or port < 1 or port > ConnectionSettings.MAX_PORT:
		_message.text = "A port is a number from 1 to %d." % ConnectionSettings.MAX_PORT
	else:
		_message.text = ""
		_settings.player_name = _name.text.strip_edges()
		_settings.peer_class = ConnectionSettings.OURS if _ours.button_pressed else ConnectionSettings.BUILT_IN
		_settings.link = _read_link()
		_settings.drops_old = _drops_old.button_pressed
		_settings.has_network_thread = _network_thread.button_pressed
		_settings.checks_certificate = _check.button_pressed
		_settings.with_tls = _tls.button_pressed
		_settings.address = _address.text.strip_edges()
		_settings.port = port
		_settings.bots = int(_bots.value)
		return _settings.copy()
	return null


func _on_host_pressed() -> void:
	var settings := _read(_host_port.text, false)
	if settings != null:
		host_requested.emit(settings)


func _on_join_pressed() -> void:
	var settings := _read(_join_port.text, true)
	if settings != null:
		join_requested.emit(settings)
