// A peer of a Godot multiplayer server, for web pages and for Node: no engine, no dependencies.
//
// Godot's multiplayer over WebSocket has two layers of framing, and this file has both:
//
// 1. WebSocketMultiplayerPeer, and RustWebSocketMultiplayerPeer, which speaks the same. The first message from the server
//    is the client's own id: 4 bytes, a signed 32-bit integer, least significant byte first. Every later message, both
//    ways, is one binary packet for the layer above.
// 2. SceneMultiplayer, what `multiplayer` is in a script. The low three bits of a packet's first byte say what it is:
//    3 (RAW) is followed by the bytes of SceneMultiplayer.send_bytes(), and arrives as the signal peer_packet. 7 (SYS) has
//    a second byte that says which of the system's packets it is, and four bytes with the id of a peer, see SYS_* below.
//    The others are RPCs, spawns and synchronisation, which need the server's scene tree; they are left alone here.
//
// docs/protocol.md tells the rest.

"use strict";

const RAW = 3;
const SYS = 7;
const COMMAND_MASK = 0x07;

// AUTH: bytes of SceneMultiplayer.send_auth(); without any, the sender has completed its authentication.
const SYS_AUTH = 0;
// ADD_PEER, DEL_PEER: another client of the same server has come, or gone. Sent while the server relays.
const SYS_ADD_PEER = 1;
const SYS_DEL_PEER = 2;
// RELAY: a packet for another client, to be passed on; when it arrives, the id is that of its sender.
const SYS_RELAY = 3;
const SYS_SIZE = 6;

const SERVER = 1;
const EVERYBODY = 0;

/**
 * Events, all with their values in `detail`:
 * - `open` {id}: the server has let us in, and this is our id;
 * - `packet` {from, bytes}: what SceneMultiplayer.send_bytes() sent, and which peer it is from;
 * - `auth` {bytes}: what SceneMultiplayer.send_auth() sent, on a server with an auth_callback;
 * - `peer_connected` {id} and `peer_disconnected` {id}: other clients;
 * - `close` {code, reason, wasOpen}: the end; after it nothing comes.
 */
class GodotConnection extends EventTarget {
	/** Connects to a URL like ws://127.0.0.1:9080, or wss://, which a page that came by https:// must use. */
	constructor(url, protocols = []) {
		super();
		this.id = 0;
		this.peers = new Set();
		this.socket = new WebSocket(url, protocols);
		this.socket.binaryType = "arraybuffer";
		this.socket.onmessage = (event) => this.#take(event.data);
		this.socket.onclose = (event) => {
			const wasOpen = this.id !== 0;
			this.id = 0;
			this.#tell("close", { code: event.code, reason: event.reason, wasOpen });
		};
	}

	/** Sends bytes, or a text as UTF-8, to the server (1), another client, everybody (0), or all but one (negative). */
	send(data, to = SERVER) {
		const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
		const packet = new Uint8Array(1 + bytes.length);
		packet[0] = RAW;
		packet.set(bytes, 1);
		this.socket.send(to === SERVER ? packet : relayed(packet, to));
	}

	/** Sends bytes to the server's auth_callback. */
	sendAuth(bytes) {
		const packet = new Uint8Array(2 + bytes.length);
		packet.set([SYS, SYS_AUTH]);
		packet.set(bytes, 2);
		this.socket.send(packet);
	}

	/** Tells the server that it is believed, as SceneMultiplayer.complete_auth() does. */
	completeAuth() {
		this.socket.send(new Uint8Array([SYS, SYS_AUTH]));
	}

	/** Leaves. A code is 1000 or from 3000 to 4999; more a page may not send. */
	close(code = 1000, reason = "") {
		this.socket.close(code, reason);
	}

	/** How many bytes wait to be sent; a page that sends much should look at this. */
	get bufferedAmount() {
		return this.socket.bufferedAmount;
	}

	#take(data) {
		if (typeof data === "string") {
			this.#reject("a text message");
			return;
		}
		const bytes = new Uint8Array(data);
		if (this.id === 0) {
			this.#takeId(bytes);
		} else {
			this.#takePacket(bytes, SERVER);
		}
	}

	#takeId(bytes) {
		const id = bytes.length === 4 ? readId(bytes, 0) : 0;
		if (id < 2) {
			this.#reject("no id as the first message");
			return;
		}
		this.id = id;
		this.#tell("open", { id });
	}

	#takePacket(bytes, from) {
		switch (bytes[0] & COMMAND_MASK) {
			case RAW:
				this.#tell("packet", { from, bytes: bytes.subarray(1) });
				break;
			case SYS:
				this.#takeSystemPacket(bytes);
				break;
			default:
				// An RPC, a spawn or a synchronisation: for peers with a scene tree.
				break;
		}
	}

	#takeSystemPacket(bytes) {
		if (bytes[1] === SYS_AUTH) {
			if (bytes.length > 2) {
				this.#tell("auth", { bytes: bytes.subarray(2) });
			}
			return;
		}
		if (bytes.length < SYS_SIZE) {
			return;
		}
		const id = readId(bytes, 2);
		switch (bytes[1]) {
			case SYS_ADD_PEER:
				this.peers.add(id);
				this.#tell("peer_connected", { id });
				break;
			case SYS_DEL_PEER:
				this.peers.delete(id);
				this.#tell("peer_disconnected", { id });
				break;
			case SYS_RELAY:
				if (bytes.length > SYS_SIZE) {
					this.#takePacket(bytes.subarray(SYS_SIZE), id);
				}
				break;
		}
	}

	#reject(why) {
		this.socket.close(4000, why);
	}

	#tell(type, detail) {
		this.dispatchEvent(new CustomEvent(type, { detail }));
	}
}

function relayed(packet, to) {
	const bytes = new Uint8Array(SYS_SIZE + packet.length);
	bytes.set([SYS, SYS_RELAY]);
	new DataView(bytes.buffer).setInt32(2, to, true);
	bytes.set(packet, SYS_SIZE);
	return bytes;
}

function readId(bytes, offset) {
	return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getInt32(offset, true);
}

globalThis.GodotConnection = GodotConnection;
globalThis.GodotConnection.SERVER = SERVER;
globalThis.GodotConnection.EVERYBODY = EVERYBODY;
