extends RefCounted
## What the roles of one run share besides the network: small named notes in one directory.
##
## Notes order the steps of a scenario without the class under test having a hand in it.
## A note appears whole or not at all, because it is renamed into its place.

var _directory: String
var _author: String


func _init(directory: String, author: String) -> void:
	_directory = directory
	_author = author


## Leaves a note that every other role, and the harness, can read.
func leave(note: String, text: String = "") -> void:
	var path := _directory.path_join(note)
	var draft := "%s.draft-%s" % [path, _author]
	var file := FileAccess.open(draft, FileAccess.WRITE)
	file.store_string(text)
	file.close()
	DirAccess.rename_absolute(draft, path)


## Whether the note has been left by anybody.
func has(note: String) -> bool:
	return FileAccess.file_exists(_directory.path_join(note))


## The note's text; empty if there is none.
func read(note: String) -> String:
	return FileAccess.get_file_as_string(_directory.path_join(note)) if has(note) else ""


## The names of all notes that begin so.
func list(prefix: String) -> PackedStringArray:
	var notes := PackedStringArray()
	for file: String in DirAccess.get_files_at(_directory):
		if file.begins_with(prefix) and not file.contains(".draft-"):
			notes.append(file)
	return notes
