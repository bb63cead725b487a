// Two visitors of the example's server, by Node's own WebSocket: they speak to the server, to all, and to each other.
// Usage: node visitor.mjs URL SCRIPT, where SCRIPT is the example's godot_connection.js.

import { createRequire } from "node:module";

const [url, script] = process.argv.slice(2);
createRequire(import.meta.url)(script);

const text = new TextDecoder();
const patience = setTimeout(() => {
	console.log("failed: waited in vain");
	process.exit(1);
}, 30_000);

function next(connection, type, isWanted = () => true) {
	return new Promise((resolve) => {
		connection.addEventListener(type, function listener({ detail }) {
			if (isWanted(detail)) {
				connection.removeEventListener(type, listener);
				resolve(detail);
			}
		});
	});
}

const hears = (connection, wanted) => next(connection, "packet", ({ bytes }) => text.decode(bytes) === wanted);

const ada = new GodotConnection(url);
const welcomed = hears(ada, "Welcome.");
const { id } = await next(ada, "open");
await welcomed;
console.log("ada is in");

const arrival = next(ada, "peer_connected");
const grace = new GodotConnection(url);
const known = next(grace, "peer_connected");
const { id: graceId } = await next(grace, "open");
if ((await arrival).id !== graceId || (await known).id !== id) {
	throw new Error("the visitors do not know each other by their ids");
}
console.log("grace is in");

const answers = [hears(ada, `${id}: hello`), hears(grace, `${id}: hello`)];
ada.send("hello");
await Promise.all(answers);
console.log("all heard hello");

const direct = next(grace, "packet", ({ from }) => from === id);
ada.send(new Uint8Array([0, 255, 7]), graceId);
if ((await direct).bytes.join() !== "0,255,7") {
	throw new Error("the bytes between clients are others");
}
console.log("grace got bytes from ada");

const departure = next(ada, "peer_disconnected");
const closed = next(grace, "close");
grace.close(1000, "bye");
if ((await departure).id !== graceId) {
	throw new Error("somebody else left");
}
if ((await closed).code !== 1000) {
	throw new Error("grace was closed with another code");
}
console.log("grace has left");

const end = next(ada, "close");
ada.close();
await end;
clearTimeout(patience);
console.log("done");
