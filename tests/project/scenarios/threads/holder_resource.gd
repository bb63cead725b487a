extends Resource
## As the node, a resource.

const Holder := preload("res://scenarios/threads/holder.gd")

var peer: MultiplayerPeer = ClassDB.instantiate(Holder.class_of_peer())
