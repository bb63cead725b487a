extends Resource
## As the node, a resource.

const Holder := preload("res://scenarios/threads/holder.gd")

var peer: MultiplayerPeer = Holder.new_peer()
