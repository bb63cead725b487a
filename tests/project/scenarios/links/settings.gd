extends "res://scenario.gd"
## What can be set as `simulated_conditions`, and what cannot.

const GOOD := {"latency": 0.1, "bandwidth": 100000, "loss": 0.01}

const BAD: Array[Dictionary] = [
	{"lag": 0.1}, {7: 0.1}, {"latency": "0.1"}, {"latency": true}, {"latency": -0.1}, {"latency": NAN}, {"latency": INF},
	{"latency": 61.0}, {"cut_after": 1e9}, {"bandwidth": -1}, {"bandwidth": 0.5}, {"loss": 1.0}, {"loss": -0.1},
	{"stall_for": 1.0}, {"stall_every": 1.0}, {"stall_for": 2.0, "stall_every": 1.0}, {"latency": 0.1, "lag": 0.1},
]


func solo() -> void:
	var peer := new_peer()
	expect_equal(peer.get("simulated_conditions"), {}, "the default")
	peer.set("simulated_conditions", GOOD)
	expect_equal(peer.get("simulated_conditions"), GOOD, "what was set")
	for bad: Dictionary in BAD:
		peer.set("simulated_conditions", bad)
		expect_equal(peer.get("simulated_conditions"), GOOD, "after %s" % bad)
	# Both ways it is a copy.
	var mine := {&"jitter": 0.5}
	peer.set("simulated_conditions", mine)
	mine["lag"] = 1
	(peer.get("simulated_conditions") as Dictionary)["lag"] = 1
	expect_equal((peer.get("simulated_conditions") as Dictionary).keys().size(), 1, "how many keys")
	# Nothing of everything is nothing.
	peer.set("simulated_conditions", {"latency": 0, "stall_every": 0, "stall_for": 0.0, "cut_after": 0})

	var presets: Dictionary = peer.call("get_condition_presets")
	expect_equal(presets.keys(), ["3g", "bad_wifi", "satellite", "train"], "the presets")
	for preset: String in presets:
		peer.set("simulated_conditions", presets[preset])
		expect_equal(peer.get("simulated_conditions"), presets[preset], preset)
	(presets["3g"] as Dictionary).clear()
	expect_equal((peer.call("get_condition_presets")["3g"] as Dictionary).is_empty(), false, "they are copies")
	peer.set("simulated_conditions", {})
	expect_equal(peer.get("simulated_conditions"), {}, "at the end")
	note("set")
