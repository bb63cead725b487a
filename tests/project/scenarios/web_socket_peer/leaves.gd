extends "one_connection.gd"
## The server's object is freed, or its process killed.


func server() -> void:
	await accept()
	await opened()
	await everyone("open")
	if option("how") == "kill":
		die([])
	socket = null


func client() -> void:
	await dial()
	await opened()
	await everyone("open")
	await until("the connection is closed", is_in.bind(CLOSED))
	note_state()
