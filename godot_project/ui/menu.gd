extends Control
## The first screen: who you are, where the game is, and what went wrong last time.

const MAX_PORT := 65535

## Open a server on this port and play on it.
signal host_requested(player_name: String, port: int)
## Join the server at this address.
signal join_requested(player_name: String, address: String, port: int)

@onready var _name: LineEdit = %Name
@onready var _address: LineEdit = %Address
@onready var _port: LineEdit = %Port
@onready var _host: Button = %Host
@onready var _join: Button = %Join
@onready var _message: Label = %Message


func _ready() -> void:
	_host.pressed.connect(_on_host_pressed)
	_join.pressed.connect(_on_join_pressed)
	_join.grab_focus()


## Puts what the command line gave into the fields.
func fill(player_name: String, address: String, port: int) -> void:
	_name.text = player_name
	_address.text = address
	_port.text = str(port)


## Shows the menu again, with the reason why.
func open(message: String) -> void:
	_message.text = message
	_set_busy(false)
	show()
	_join.grab_focus()


## Shows that a connection is on its way.
func wait(message: String) -> void:
	_message.text = message
	_set_busy(true)


func _set_busy(busy: bool) -> void:
	_host.disabled = busy
	_join.disabled = busy


func _is_complete(needs_address: bool) -> bool:
	var port := _port.text.to_int()
	if _name.text.strip_edges().is_empty():
		_message.text = "Please enter a name."
	elif needs_address and _address.text.strip_edges().is_empty():
		_message.text = "Please enter the address of a server."
	elif not _port.text.is_valid_int() or port < 1 or port > MAX_PORT:
		_message.text = "The port is a number from 1 to %d." % MAX_PORT
	else:
		return true
	return false


func _on_host_pressed() -> void:
	if _is_complete(false):
		host_requested.emit(_name.text, _port.text.to_int())


func _on_join_pressed() -> void:
	if _is_complete(true):
		join_requested.emit(_name.text, _address.text.strip_edges(), _port.text.to_int())
