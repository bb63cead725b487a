@tool
extends RefCounted
## What grows, as rates: of each peer for the table, and of each server or client over the last minute for the plots.

## How long a plot reaches back, in seconds.
const MEMORY := 60.0
## A peer's counters, and what their rates are called.
const OF_PEERS := {"bytes_received": "in", "bytes_sent": "out"}

## By key: a dictionary of series, each of points in time and value.
var _series := {}
## By key: the last counters of each peer, and of the whole, with their time.
var _last := {}
## By key: the rates of each peer.
var _of_peers := {}


func clear() -> void:
	_series.clear()
	_last.clear()
	_of_peers.clear()


## Takes an answer of the game's.
func take(endpoint: Dictionary, now: float) -> void:
	var key: int = endpoint.key
	var last: Dictionary = _last.get(key, {})
	var current := {0: endpoint.statistics}
	var longest := 0.0
	for peer: Dictionary in endpoint.peers:
		current[peer.id] = peer
		longest = maxf(longest, peer.rtt)
	var rates := {}
	var seconds: float = now - last.get("time", now)
	if seconds > 0.0:
		for id: int in current:
			rates[id] = _rates_between(last.get(id, {}), current[id], seconds)
	current["time"] = now
	_last[key] = current
	_of_peers[key] = rates
	if rates.has(0):
		_append(key, "in", now, rates[0]["in"])
		_append(key, "out", now, rates[0]["out"])
	_append(key, "rtt", now, longest)
	_append(key, "queue", now, endpoint.statistics.outbound_bytes)


## By id: a dictionary of bytes per second, [code]in[/code] and [code]out[/code].
func of_peers(key: int) -> Dictionary:
	return _of_peers.get(key, {})


## Points of time and value, oldest first.
func series(key: int, name: String) -> PackedVector2Array:
	return _series.get(key, {}).get(name, PackedVector2Array())


func _append(key: int, name: String, now: float, value: float) -> void:
	if not _series.has(key):
		_series[key] = {}
	var points: PackedVector2Array = _series[key].get(name, PackedVector2Array())
	points.append(Vector2(now, value))
	while points[0].x < now - MEMORY:
		points.remove_at(0)
	_series[key][name] = points


static func _rates_between(last: Dictionary, current: Dictionary, seconds: float) -> Dictionary:
	var rates := {}
	for counter: String in OF_PEERS:
		# Who has counted less than before has begun anew.
		var before: int = last.get(counter, current[counter])
		rates[OF_PEERS[counter]] = maxf((current[counter] - before) / seconds, 0.0)
	return rates
