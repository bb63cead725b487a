extends RefCounted
## Looks at a screen as it is laid out, and says what a person would complain about:
## controls outside of the window or of their panel, controls on one another, texts cut off.
##
## What lies over others on purpose is in the group [constant OVERLAY], and is
## held against what is in the same overlay only.

const OVERLAY := &"overlay"
const SLACK := 1.0


## Every complaint about what is visible below [param screen].
static func find_problems(screen: Control) -> PackedStringArray:
	var problems := PackedStringArray()
	var leaves: Array[Control] = []
	_collect(screen, leaves)
	for leaf in leaves:
		_look_at(leaf, screen, problems)
	for first in leaves.size():
		for second in range(first + 1, leaves.size()):
			_compare(leaves[first], leaves[second], problems)
	return problems


## Every text a person can read below [param screen].
static func find_texts(screen: Control) -> PackedStringArray:
	var texts := PackedStringArray()
	var leaves: Array[Control] = []
	_collect(screen, leaves)
	for leaf in leaves:
		var text := _get_text(leaf)
		if not text.is_empty():
			texts.append(text)
	return texts


## Gathers what shows something by itself: controls without controls in them.
static func _collect(control: Control, leaves: Array[Control]) -> void:
	if not control.visible:
		return
	var is_leaf := true
	for child in control.get_children():
		if child is Control and not child is ScrollBar:
			is_leaf = false
			_collect(child, leaves)
	if is_leaf and not control is Container and not control is Separator and _shows_something(control):
		leaves.append(control)


static func _shows_something(control: Control) -> bool:
	if control is Label:
		return not control.text.is_empty()
	# A plain control is a spacer.
	return control.get_class() != "Control" or control.get_script() != null or control.draw.has_connections()


static func _look_at(leaf: Control, screen: Control, problems: PackedStringArray) -> void:
	var rect := leaf.get_global_rect()
	if rect.size.x < 1.0 or rect.size.y < 1.0:
		problems.append("%s has no size" % _describe(leaf))
	var parent := leaf.get_parent_control()
	while parent != null:
		if not parent.get_global_rect().grow(SLACK).encloses(rect):
			problems.append("%s leaves %s" % [_describe(leaf), parent.name])
			break
		if parent == screen:
			break
		parent = parent.get_parent_control()
	if _is_cut(leaf):
		problems.append("%s is cut off" % _describe(leaf))


static func _compare(one: Control, other: Control, problems: PackedStringArray) -> void:
	if _get_overlay(one) != _get_overlay(other):
		return
	if one.get_global_rect().grow(-SLACK).intersects(other.get_global_rect().grow(-SLACK)):
		problems.append("%s lies on %s" % [_describe(one), _describe(other)])


static func _is_cut(leaf: Control) -> bool:
	var text := _get_text(leaf)
	if text.is_empty() or leaf is RichTextLabel:
		return false
	if leaf is CheckButton:
		return leaf.get_minimum_size().x > leaf.size.x + SLACK
	if leaf is Label and leaf.autowrap_mode != TextServer.AUTOWRAP_OFF:
		return leaf.get_line_count() * leaf.get_line_height() > leaf.size.y + SLACK
	var font: Font = leaf.get_theme_font(&"font")
	var width := font.get_string_size(text, HORIZONTAL_ALIGNMENT_LEFT, -1, leaf.get_theme_font_size(&"font_size")).x
	var box := leaf.get_theme_stylebox(&"normal")
	return width > leaf.size.x - box.get_minimum_size().x + SLACK


static func _get_overlay(control: Control) -> Node:
	var node: Node = control
	while node != null and not node.is_in_group(OVERLAY):
		node = node.get_parent()
	return node


static func _get_text(control: Control) -> String:
	if control is Label or control is Button or control is LineEdit:
		return control.text
	if control is RichTextLabel:
		return control.get_parsed_text()
	return ""


static func _describe(control: Control) -> String:
	var text := _get_text(control).left(24)
	return str(control.name) if text.is_empty() else "%s '%s'" % [control.name, text]
