extends "res://demo/actor.gd"
## One of the demo's clients. All of them enter, meet the others and leave; the
## part they play says when.

const Brain := preload("res://bots/brain.gd")

const SERVER_HEARD := "chat from server"
const WHISPER_HEARD := "private message by relay"
const LATE_SEEN := "late joiner seen"

## How far from the truth a player may be drawn, in pixels: the roster may be
## a frame younger than the last positions.
const TOLERANCE := 90.0
## The same where bots push players about.
const TOLERANCE_AMONG_BOTS := 160.0

var _brain: Brain
var _cues := {}
var _heard_from := {}
var _whispered_from := {}
var _seen_moving := {}
var _first_scores := {}
var _roster_positions_fit := false
var _tolerance := TOLERANCE
var _worst_error := 0.0


func _ready() -> void:
	super()
	expect([
		CONNECTED, PLAYERS_SPAWNED, MOVES_SEEN, SERVER_HEARD, CHAT_HEARD, WHISPER_HEARD,
	])
	match options.part:
		"first":
			expect([LEAVING_SEEN, LATE_SEEN])
		"late":
			expect([STATE_SHOWN])
	expect([ENDED_WELL])
	_brain = Brain.new(world)
	_brain.is_calm = true
	world.controls.pilot = _brain.decide
	session.joined.connect(_on_joined)
	world.cues.given.connect(_on_cue_given)
	world.chat.heard.connect(_on_heard)
	world.chat.whispered.connect(_on_whispered)


func _process(delta: float) -> void:
	super(delta)
	_worst_error = maxf(_worst_error, world.controls.last_error)


func play() -> void:
	open_screen()
	var failure := session.join(options.settings)
	if failure == null:
		await _play_part()
	else:
		give_up(failure.reason)
	saw["players"] = _first_scores.size()
	saw["prediction off by"] = "%.1f px at most" % _worst_error
	saw["seen moving"] = _seen_moving.size()
	saw["chat lines"] = _count(_heard_from)
	saw["private messages"] = _count(_whispered_from)
	if session.is_online():
		session.leave()
	finish()


func _play_part() -> void:
	narrate("Connecting to %s." % session.place)
	if not await until("the connection", func() -> bool: return checks[CONNECTED]):
		return
	match options.part:
		"first":
			if (await _meet("first") and await _see_one_leave()
					and await _meet("second")):
				pass_check(LATE_SEEN)
				await _end("end")
		"leaver":
			if await _meet("first"):
				await _end("part")
		"late":
			if await _meet("second"):
				await _end("end")


## Sees, hears and whispers to everybody who is present in this round.
func _meet(round_name: String) -> bool:
	if not await until("the %s round to begin" % round_name,
			func() -> bool: return _cues.has("meet " + round_name)):
		return false
	var roster: Array = _cues["meet " + round_name].players
	if not await until("a player for everybody in the game", _has_all_players.bind(roster)):
		return false
	pass_check(PLAYERS_SPAWNED)
	if options.part == "late" and not await _see_current_state(roster):
		return false

	var others := _get_others()
	world.chat.say("Hello from %s!" % options.settings.player_name)
	for other in others:
		world.chat.whisper(other.peer_id, "Just between us, %s: well met." % other.player_name)
	for other in others:
		var id := other.peer_id
		var who := other.player_name
		if not await until("%s to move" % who, func() -> bool: return get_travelled(id) >= FAR):
			return false
		_seen_moving[id] = true
		if not await until("a chat line from %s" % who, func() -> bool: return _heard_from.has(id)):
			return false
		if not await until("a private message from %s" % who,
				func() -> bool: return _whispered_from.has(id)):
			return false
	var names := ", ".join(others.map(func(other: Player) -> String: return other.player_name))
	narrate("I have seen, heard and been whispered to by %s." % names)
	for check: String in [MOVES_SEEN, CHAT_HEARD, WHISPER_HEARD]:
		pass_check(check)
	if not await until("a chat line from the server",
			func() -> bool: return _heard_from.has(MultiplayerPeer.TARGET_PEER_SERVER)):
		return false
	pass_check(SERVER_HEARD)
	world.cues.report("met in the %s round" % round_name)
	return true


## Compares what we see with what the server says.
func _see_current_state(roster: Array) -> bool:
	for entry: Dictionary in roster:
		if not await until("the score of %s" % entry.player_name, _has_score.bind(entry)):
			return false
	# The others have caught stars before we came; a spawn must bring that along.
	if _first_scores.values().max() == 0:
		give_up("Players were shown as new, without the state of the world.")
		return false
	if not _roster_positions_fit:
		give_up("Players were not where the server says they are.")
		return false
	narrate("I came late and see everybody as they are.")
	pass_check(STATE_SHOWN)
	return true


func _see_one_leave() -> bool:
	if not await until("one client to leave", func() -> bool: return (
			saw.has("left early") and seat.multiplayer.get_peers().size() == world.get_players().size())):
		return false
	pass_check(LEAVING_SEEN)
	world.cues.report("saw one leave")
	return true


## Stays until the server gives the cue to go, and goes.
func _end(cue: String) -> void:
	if not await until("the cue to leave", func() -> bool: return _cues.has(cue)):
		return
	session.leave()
	pass_check(ENDED_WELL)
	narrate("Goodbye.")


func _get_others() -> Array[Player]:
	return get_cast().filter(func(player: Player) -> bool:
		return player.peer_id != seat.multiplayer.get_unique_id())


func _has_all_players(roster: Array) -> bool:
	return roster.all(func(entry: Dictionary) -> bool:
		var player := world.get_player(entry.peer_id)
		return player != null and player.player_name == entry.player_name)


func _has_score(entry: Dictionary) -> bool:
	var player := world.get_player(entry.peer_id)
	return player != null and player.score >= entry.score


func _is_near(entry: Dictionary) -> bool:
	var player := world.get_player(entry.peer_id)
	return player != null and player.position.distance_to(entry.position) < _tolerance


func _count(times: Dictionary) -> int:
	var count := 0
	for value: int in times.values():
		count += value
	return count


func _on_joined() -> void:
	pass_check(CONNECTED)
	narrate("Connected as peer %d." % seat.multiplayer.get_unique_id())
	world.enter(options.settings.player_name)


func _on_player_joined(player: Player) -> void:
	super(player)
	_first_scores[player.peer_id] = player.score
	if player.peer_id != seat.multiplayer.get_unique_id() and not player.is_bot:
		narrate("I see %s, score %d." % [player.player_name, player.score])


func _on_player_left(player: Player) -> void:
	if session.is_online() and not player.is_bot:
		saw["left early"] = player.player_name
		narrate("%s has left." % player.player_name)


func _on_cue_given(cue: String, data: Dictionary) -> void:
	if cue == "meet":
		_tolerance = TOLERANCE if data.bots == 0 else TOLERANCE_AMONG_BOTS
		_roster_positions_fit = data.players.all(_is_near)
		cue = "meet " + data.round
	_cues[cue] = data


func _on_heard(from_id: int, text: String) -> void:
	_heard_from[from_id] = _heard_from.get(from_id, 0) + 1
	if from_id != seat.multiplayer.get_unique_id():
		narrate("%s says: %s" % [world.get_peer_name(from_id), text])


func _on_whispered(from_id: int, text: String) -> void:
	_whispered_from[from_id] = _whispered_from.get(from_id, 0) + 1
	narrate("%s whispers: %s" % [world.get_peer_name(from_id), text])
