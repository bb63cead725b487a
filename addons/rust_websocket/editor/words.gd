@tool
extends RefCounted
## Numbers as people read them.


## Bytes with the unit that suits their size.
static func bytes(number: float) -> String:
	if number < 1000.0:
		return "%d B" % roundi(number)
	if number < 1000.0 * 1000.0:
		return "%.1f kB" % (number / 1000.0)
	return "%.1f MB" % (number / 1000.0 / 1000.0)


## A value of a plot.
static func value(number: float, unit: String) -> String:
	if unit == "ms":
		return "%.1f ms" % number
	return bytes(number) + unit.trim_prefix("B")
