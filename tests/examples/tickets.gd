extends Node
## Tries the tickets of examples/matches.

const SECRET := "a secret"
const URL_LETTERS := "^[A-Za-z0-9_.-]+$"


func _ready() -> void:
	var tickets: Object = load("res://tickets.gd")
	var good: String = tickets.call("write", SECRET, {"match": 7, "name": "Ada ?&+/="}, 60.0)
	_expect(RegEx.create_from_string(URL_LETTERS).search(good) != null, "a URL can have it")
	var read: Dictionary = tickets.call("read", SECRET, good)
	_expect(int(read.get("match", 0)) == 7 and read.get("name") == "Ada ?&+/=", "it says what was written")
	_expect((tickets.call("read", "another", good) as Dictionary).is_empty(), "another secret")
	_expect((tickets.call("read", SECRET, tickets.call("write", SECRET, {}, -1.0)) as Dictionary).is_empty(), "too old")
	for place: int in good.length():
		var changed := good
		changed[place] = "A" if good[place] != "A" else "B"
		# The last letter of Base64 may hold bits that count for nothing.
		if place < good.length() - 1 and place != good.find(".") - 1:
			_expect((tickets.call("read", SECRET, changed) as Dictionary).is_empty(), "changed at %d" % place)
	for nonsense: String in ["", ".", "..", "a.b", "a.b.c", good + ".", good.get_slice(".", 0), "x".repeat(100_000)]:
		_expect((tickets.call("read", SECRET, nonsense) as Dictionary).is_empty(), "nonsense: " + nonsense.left(20))
	print("DONE")


func _expect(is_so: bool, what: String) -> void:
	if not is_so:
		printerr("FAILED ", what)
