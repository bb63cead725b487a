extends Node
## Walks through every screen as a person would, presses the buttons there, saves a
## picture of each and says what is wrong with it.
##
## Failures are brought about for real: ports that are taken, servers that do not
## answer, do not exist or close the door. The one server needed for that is a
## seat of its own in this process.

const ConnectionSettings := preload("res://net/connection_settings.gd")
const House := preload("res://demo/house.gd")
const LayoutCheck := preload("res://demo/layout_check.gd")
const Brain := preload("res://bots/brain.gd")
const Rounds := preload("res://game/rounds.gd")

## All screens have been seen, or one did not come.
signal finished(exit_code: int)

const HOST := "127.0.0.1"
## How long anything may take, in seconds.
const PATIENCE := 40.0
## Of a connection that is to fail by waiting, in seconds.
const SHORT_PATIENCE := 1.5
## So long is played before a picture, in seconds.
const PLAY := 3.5
const ROUND := 5.0
## The moving picture of a round: how many pictures, how long each stays, in seconds, what of the screen is in them (the
## arena), and how large they are.
const FILM_LENGTH := 28
const FILM_STEP := 0.125
const FILM_REGION := Rect2i(16, 64, 912, 640)
const FILM_SIZE := Vector2i(456, 320)
const BOTS := 31
const GUESTS := 9

## The game, with its screens and its seat.
var main: Node

var _house: House
var _brain: Brain
var _missed := ""


func _ready() -> void:
	_house = House.new()
	_house.pump = main.pump
	add_child(_house)


func walk() -> void:
	# Where a processor draws, every frame would take several times as long, and what
	# the net graph shows would be about drawing. So only pictures are drawn.
	RenderingServer.render_loop_enabled = false
	await _see_what_is_wrong()
	await _see_menu()
	await _see_refusals_at_the_door()
	await _see_hosting()
	await _see_joining()
	await _see_ends()
	print("TOUR %s" % ("is over" if _missed.is_empty() else "stopped: " + _missed))
	finished.emit(0 if _missed.is_empty() else 1)


## Whoever finds nothing wrong with anything is no help: a screen that is wrong in every way must be found so.
func _see_what_is_wrong() -> void:
	var screen := Control.new()
	screen.size = Vector2(400.0, 300.0)
	add_child(screen)
	for place: Vector2 in [Vector2(10.0, 10.0), Vector2(40.0, 20.0), Vector2(380.0, 200.0)]:
		var label := Label.new()
		label.text = "Words"
		label.position = place
		screen.add_child(label)
	var narrow := Label.new()
	narrow.text = "More words than there is room for"
	narrow.clip_text = true
	narrow.position = Vector2(10.0, 100.0)
	narrow.size = Vector2(60.0, 30.0)
	screen.add_child(narrow)
	await _frames(1)
	var problems := "; ".join(LayoutCheck.find_problems(screen))
	for complaint: String in ["lies on", "leaves", "is cut off"]:
		if not problems.contains(complaint):
			_missed = "the layout check did not see that something %s, but %s" % [complaint, problems]
	screen.free()


func _see_menu() -> void:
	_choose({"Name": "Nova", "BotCountSlider": 7})
	await _shoot("menu")
	_choose({"Tls": true, "BuiltIn": true, "BotCountSlider": 12})
	await _shoot("menu_options")
	_choose({"Tls": false, "Ours": true, "BotCountSlider": 0})


func _see_refusals_at_the_door() -> void:
	var taken := TCPServer.new()
	taken.listen(0)
	var port := taken.get_local_port()
	_choose({"HostPort": str(port)})
	_press("Host")
	await _shoot_failure("failure_port_in_use")

	_set_patience(SHORT_PATIENCE)
	_join(HOST, port)
	await _frames(12)
	await _shoot("connecting")
	await _shoot_failure("failure_timed_out")

	taken.stop()
	_join(HOST, port)
	await _shoot_failure("failure_refused")
	_set_patience(ConnectionSettings.new().patience)
	_join("no-such-host.invalid", port)
	await _shoot_failure("failure_name_not_found")


func _see_hosting() -> void:
	_choose({"Tls": true, "HostPort": str(_find_port()), "Name": "Nova", "BotCountSlider": BOTS})
	_press("Host")
	if not await _until("a full lobby", func() -> bool:
			return main.seat.world != null and main.seat.world.get_players().size() == BOTS + 1):
		return
	main.seat.world.rounds.play_seconds = ROUND + FILM_LENGTH * FILM_STEP * 2.0
	main.seat.world.chat.say("Everybody here? Then off we go!")
	House.chat(main.bots, ["Ready when you are.", "The gold ones are mine!"])
	await _seconds(1.5)
	await _shoot("lobby")
	_steer()
	_press("Start")
	await _seconds(1.2)
	await _shoot("countdown")
	await _until("the round to begin", _is_in.bind(Rounds.Phase.PLAY))
	House.chat(main.bots, ["Go go go!", "Watch your back, Nova."])
	await _seconds(PLAY)
	await _shoot("arena")
	await _film()
	await _until("the round to end", _is_in.bind(Rounds.Phase.RESULTS))
	await _seconds(0.8)
	await _shoot("results")
	_press("Leave")
	await _until("the menu", func() -> bool: return main.screens.get_current() == main.screens.menu)


func _see_joining() -> void:
	_house.open(_settings_of_house(0), GUESTS)
	_choose({"Tls": false, "Name": "Nova", "BuiltIn": true})
	_join(HOST, _house.get_port())
	if not await _until("the lobby", func() -> bool:
			return (main.screens.get_current() == main.screens.lobby
					and main.seat.world.get_players().size() == GUESTS + 1)):
		return
	await _seconds(0.6)
	await _shoot("lobby_joined")
	_steer()
	_house.begin(ROUND * 2.0)
	await _until("the round to begin", _is_in.bind(Rounds.Phase.PLAY))
	main.seat.world.chat.say("Same game, the built-in class.")
	await _seconds(PLAY)
	await _shoot("arena_joined")
	_house.close("The house closes for tonight")
	await _shoot_failure("failure_disconnected")
	_choose({"Ours": true})


func _see_ends() -> void:
	_house.open(_settings_of_house(1), 1)
	await _until("a full house", func() -> bool: return _house.get_player_count() == 1)
	_join(HOST, _house.get_port())
	await _shoot_failure("failure_full")
	_choose({"Tls": true})
	_join(HOST, _house.get_port())
	await _shoot_failure("failure_no_tls")
	_choose({"Tls": false})
	_house.close("")
	var settings := _settings_of_house(0)
	settings.with_tls = true
	_house.open(settings, 0)
	_choose({"Tls": true, "Check": true})
	_join(HOST, _house.get_port())
	await _shoot_failure("failure_certificate")
	_house.close("")


## Waits for the failure screen, saves it, and goes back to the menu.
func _shoot_failure(picture: String) -> void:
	if await _until(picture, func() -> bool: return main.screens.get_current() == main.screens.failure_screen):
		await _shoot(picture)
		_press("Back")


## Saves what is on the screen, and says how it is laid out and what can be read.
func _shoot(picture: String) -> void:
	if not _missed.is_empty():
		return
	await _frames(1)
	var screen: Control = main.screens.get_current()
	var image := await _draw()
	var file: String = main.options.directory.path_join(picture + ".png")
	var error := image.save_png(file)
	var problems := LayoutCheck.find_problems(screen)
	if error != OK:
		problems.append("%s cannot be saved: %s" % [file, error_string(error)])
	print("SCREEN " + JSON.stringify({
		"picture": picture, "screen": screen.name, "problems": problems, "texts": LayoutCheck.find_texts(screen),
	}, "", false))


## Saves what goes on, picture by picture, in a folder beside the others.
func _film() -> void:
	var folder: String = main.options.directory.path_join("film")
	DirAccess.make_dir_recursive_absolute(folder)
	var next := Time.get_ticks_msec()
	for place in FILM_LENGTH:
		var image := (await _draw()).get_region(FILM_REGION)
		image.resize(FILM_SIZE.x, FILM_SIZE.y, Image.INTERPOLATE_LANCZOS)
		if image.save_png(folder.path_join("%02d.png" % place)) != OK:
			_missed = "a picture could not be saved in " + folder
			return
		next += roundi(FILM_STEP * 1000.0)
		while Time.get_ticks_msec() < next:
			await _frames(1)


## Draws a frame, and gives what can be seen.
func _draw() -> Image:
	RenderingServer.render_loop_enabled = true
	await _frames(1)
	await RenderingServer.frame_post_draw
	var image := get_viewport().get_texture().get_image()
	RenderingServer.render_loop_enabled = false
	image.convert(Image.FORMAT_RGB8)
	return image


func _join(address: String, port: int) -> void:
	_choose({"Address": address, "JoinPort": str(port)})
	_press("Join")


## Sets controls of the menu, each to what a person would set it to.
func _choose(values: Dictionary) -> void:
	for control_name: String in values:
		var control: Control = main.screens.menu.get_node("%" + control_name)
		if control is LineEdit:
			control.text = values[control_name]
		elif control is Range:
			control.value = values[control_name]
		elif control is BaseButton:
			control.button_pressed = values[control_name]


## The menu has no field for this, so it is filled anew.
func _set_patience(seconds: float) -> void:
	main.options.settings.patience = seconds
	main.screens.menu.fill(main.options.settings)


## Presses the button of this name on the screen that is shown, if a person could.
func _press(button_name: String) -> void:
	var screen: Control = main.screens.get_current()
	var button: Button = screen.find_child(button_name, true, false)
	if button == null or not button.is_visible_in_tree() or button.disabled:
		_missed = "there is no button %s to press on %s" % [button_name, screen.name]
	elif _missed.is_empty():
		button.pressed.emit()


## Lets the player look for stars by itself.
func _steer() -> void:
	_brain = Brain.new(main.seat.world)
	main.seat.world.controls.pilot = _brain.decide


func _is_in(phase: Rounds.Phase) -> bool:
	return main.seat.world != null and main.seat.world.rounds.phase == phase


func _settings_of_house(max_peers: int) -> ConnectionSettings:
	var settings := ConnectionSettings.new()
	settings.port = 0
	settings.max_peers = max_peers
	return settings


## A port nobody listens on just now.
func _find_port() -> int:
	var probe := TCPServer.new()
	probe.listen(0)
	var port := probe.get_local_port()
	probe.stop()
	return port


func _until(what: String, condition: Callable) -> bool:
	var deadline := Time.get_ticks_msec() + int(PATIENCE * 1000.0)
	while _missed.is_empty() and not condition.call():
		await get_tree().process_frame
		if Time.get_ticks_msec() > deadline:
			_missed = "waited in vain for " + what
	return _missed.is_empty()


func _frames(count: int) -> void:
	for frame in count:
		await get_tree().process_frame


func _seconds(seconds: float) -> void:
	await get_tree().create_timer(seconds).timeout
