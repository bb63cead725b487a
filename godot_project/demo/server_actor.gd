extends "res://demo/actor.gd"
## The demo's server: brings the clients together in two rounds, one before and
## one after a client has left and another has come.

const ConnectionSettings := preload("res://net/connection_settings.gd")

const LISTENING := "listening"
const CHAT_SERVED := "chat to server"
const BOTS_PLAY := "bots play"
const PRIVACY := "private stays private"

## With windows, the moments when the leaver goes and when all end, in seconds.
const TIME_TO_PART := 7.0
const TIME_TO_END := 20.0

var _began_msec := 0
var _in_a_hurry := false
var _reports := {}
var _lines := {}
var _gone: Array[String] = []
var _eavesdropped := 0
var _cast_ids: Array[int] = []


func _ready() -> void:
	super()
	expect([
		LISTENING, PLAYERS_SPAWNED, MOVES_SEEN, CHAT_SERVED, LEAVING_SEEN,
		STATE_SHOWN, PRIVACY, ENDED_WELL,
	])
	_began_msec = Time.get_ticks_msec()
	if options.settings.bots > 0:
		expect([BOTS_PLAY])
	world.cues.reported.connect(_on_reported)
	world.chat.heard.connect(_on_heard)
	world.chat.whispered.connect(func(_from_id: int, _text: String) -> void: _eavesdropped += 1)


func play() -> void:
	open_screen()
	# The server itself does not play.
	options.settings.max_peers = ConnectionSettings.MAX_PLAYERS
	var failure := session.host(options.settings, options.bind_address)
	if failure != null:
		give_up(failure.reason)
		finish()
		return
	pass_check(LISTENING)
	world.rounds.play_endlessly()
	print("LISTENING %d" % session.get_port())
	narrate("%s listens on %s." % [options.settings.peer_class, session.place])
	if options.settings.bots > 0:
		await _let_bots_in()

	var present := options.clients - 1
	if await _meet("first", present) and await _part(present - 1):
		print("READY FOR LATE JOINER")
		if await _meet("second", present):
			pass_check(STATE_SHOWN)
			# All private messages have arrived by now, and none of them here.
			if _eavesdropped == 0:
				pass_check(PRIVACY)
			await _end()

	saw["seen moving"] = _count_moved()
	saw["chat lines"] = _count_lines()
	saw["private messages read"] = _eavesdropped
	session.leave()
	finish()


## A window was closed: what only waits for people to look on waits no longer.
func hurry() -> void:
	_in_a_hurry = true


func get_who() -> String:
	return "server"


## Fills the arena as far as it leaves room for the clients, and sees that every bot plays.
func _let_bots_in() -> void:
	var count := mini(options.settings.bots, ConnectionSettings.MAX_PLAYERS - (options.clients - 1))
	bots.bot_gave_up.connect(func(failure: Failure) -> void: give_up("A bot: " + failure.reason))
	bots.start(options.settings, session.get_port(), count)
	var all_play := func() -> bool:
		var players := world.get_players().filter(func(player: Player) -> bool: return player.is_bot)
		return players.size() == count and players.all(
				func(player: Player) -> bool: return get_travelled(player.peer_id) >= FAR)
	if await until("%d bots to move" % count, all_play):
		pass_check(BOTS_PLAY)
		saw["bots"] = count
		narrate("%d bots are in the arena." % count)


## Lets everybody present see, hear and whisper to everybody else.
func _meet(round_name: String, count: int) -> bool:
	var all_here := func() -> bool: return get_cast().size() == count
	if not await until("%d players to enter" % count, all_here):
		return false
	pass_check(PLAYERS_SPAWNED)
	world.chat.announce("Welcome to the %s round, %s." % [round_name, " and ".join(_get_names())])
	world.cues.give("meet", {"round": round_name, "players": _take_roster(), "bots": bots.get_child_count()})

	var all_moved := func() -> bool: return get_cast().all(
			func(player: Player) -> bool: return get_travelled(player.peer_id) >= FAR)
	if not await until("all players to move", all_moved):
		return false
	pass_check(MOVES_SEEN)
	var all_spoke := func() -> bool: return get_cast().all(
			func(player: Player) -> bool: return _lines.has(player.player_name))
	if not await until("a chat line from every player", all_spoke):
		return false
	pass_check(CHAT_SERVED)
	if not await until("everybody to have met in the %s round" % round_name,
			_has_all_reported.bind("met in the %s round" % round_name)):
		return false
	narrate("In the %s round, %s have met." % [round_name, " and ".join(_get_names())])
	return true


## Sends the leaver away, and waits until those who stay have something to show.
func _part(remaining: int) -> bool:
	if not await _linger(TIME_TO_PART):
		return false
	world.cues.give("part")
	var one_left := func() -> bool: return (
			_gone.size() == 1 and get_cast().size() == remaining
			and seat.multiplayer.get_peers().size() == remaining + bots.get_child_count())
	if not await until("one client to leave", one_left):
		return false
	pass_check(LEAVING_SEEN)
	saw["left early"] = _gone[0]
	if not await until("the others to see %s gone" % _gone[0],
			_has_all_reported.bind("saw one leave")):
		return false
	# So that the late joiner has something to see that is not as in the beginning.
	return await until("a player to catch a star", func() -> bool: return get_cast().any(
			func(player: Player) -> bool: return player.score > 0))


## Tells everybody that it is over, and goes last.
func _end() -> bool:
	if not await _linger(TIME_TO_END):
		return false
	bots.stop()
	world.chat.announce("That is all. Goodbye!")
	world.cues.give("end")
	var alone := func() -> bool: return seat.multiplayer.get_peers().is_empty()
	if not await until("all clients to leave", alone):
		return false
	pass_check(ENDED_WELL)
	narrate("Everybody has left, and so do I.")
	return true


## With windows, waits until the demo is [param seconds] old, for people to look on.
func _linger(seconds: float) -> bool:
	if not has_window():
		return true
	return await until("the time to go on", func() -> bool: return (
			_in_a_hurry or Time.get_ticks_msec() - _began_msec >= int(seconds * 1000.0)))


func _has_all_reported(what: String) -> bool:
	return get_cast().all(func(player: Player) -> bool:
		return what in _reports.get(player.peer_id, []))


## What every client should see at this moment.
func _take_roster() -> Array[Dictionary]:
	var roster: Array[Dictionary] = []
	for player in get_cast():
		roster.append({
			"peer_id": player.peer_id,
			"player_name": player.player_name,
			"score": player.score,
			"position": player.position,
		})
	return roster


func _get_names() -> Array[String]:
	var names: Array[String] = []
	for player in get_cast():
		names.append(player.player_name)
	return names


func _count_moved() -> int:
	return _cast_ids.filter(func(id: int) -> bool: return get_travelled(id) >= FAR).size()


func _count_lines() -> int:
	var count := 0
	for lines: int in _lines.values():
		count += lines
	return count


func _on_player_joined(player: Player) -> void:
	super(player)
	if player.is_bot:
		return
	_cast_ids.append(player.peer_id)
	saw["players"] = saw.get("players", 0) + 1
	narrate("%s entered as peer %d." % [player.player_name, player.peer_id])


func _on_player_left(player: Player) -> void:
	if session.is_online() and not player.is_bot:
		_gone.append(player.player_name)
		narrate("%s left." % player.player_name)


func _on_heard(from_id: int, _text: String) -> void:
	var player := world.get_player(from_id)
	if player != null:
		_lines[player.player_name] = _lines.get(player.player_name, 0) + 1


func _on_reported(peer_id: int, what: String) -> void:
	if not _reports.has(peer_id):
		_reports[peer_id] = []
	_reports[peer_id].append(what)
