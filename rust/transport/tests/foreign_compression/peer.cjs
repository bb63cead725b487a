// One end of a conversation by npm's `ws`, with every combination of parameters of permessage-deflate, one after the other:
// `peer.cjs client PORT` connects to that port, `peer.cjs server` says each time which port it listens on. What it says, the
// other end has to echo.

const assert = require('node:assert');
const { once } = require('node:events');
const WebSocket = require('ws');

// What may be left out, or be any window. zlib cannot make a stream for a window of 8, but it can read one.
const MADE_HERE = [false, 9, 10, 11, 12, 13, 14, 15];
const READ_HERE = [false, 8, 9, 10, 11, 12, 13, 14, 15];
const SWITCHES = [false, true];

let state = 1;
function random(below) {
	state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
	return (state >>> 8) % below;
}

let words = '';
while (words.length < 1 << 20) {
	words += `player ${random(100)} is at (${random(50)}, 7); `;
}
words = words.slice(0, 1 << 20);
const noise = Buffer.from(Array.from({ length: 60000 }, () => random(256)));

// Alone, each of these is a wait for its echo; the last ones all go at once, and each is like the one before it.
const ALONE = ['', Buffer.alloc(0), 'a', 'Hello', 'Hello', Buffer.alloc(300), noise, words, Buffer.from(words)];
const AT_ONCE = Array.from({ length: 40 }, (_, tick) =>
	`{"tick":${tick},"name":"Ada","position":[${tick}.5,7.25],"team":"red","state":"runs"}`.repeat(3));

async function hear(heard, message) {
	while (heard.length === 0) {
		await once(heard.socket, 'heard');
	}
	const [data, isBinary] = heard.shift();
	assert.strictEqual(isBinary, typeof message !== 'string');
	assert.ok(data.equals(Buffer.from(message)), `${message.length} units did not come back as they were`);
}

async function talk(socket) {
	assert.strictEqual(socket.extensions, 'permessage-deflate');
	const heard = [];
	heard.socket = socket;
	socket.on('message', (data, isBinary) => {
		heard.push([data, isBinary]);
		socket.emit('heard');
	});
	socket.on('close', () => socket.emit('error', new Error('the connection has ended')));
	for (const message of ALONE) {
		socket.send(message);
		await hear(heard, message);
	}
	for (const message of AT_ONCE) {
		socket.send(message);
	}
	for (const message of AT_ONCE) {
		await hear(heard, message);
	}
	socket.removeAllListeners('close');
	socket.close();
	await once(socket, 'close');
}

// Sees that a server's answer has these parameters, each with its value.
function check(answer, agreed) {
	const [name, ...pairs] = answer.split(';').map((part) => part.trim());
	assert.strictEqual(name, 'permessage-deflate');
	const parameters = pairs.map((pair) => pair.split('=')).map(([name, bits]) => [name, bits ? Number(bits) : true]);
	assert.deepStrictEqual(Object.fromEntries(parameters), agreed);
}

function* combinations(serverWindows, clientWindows) {
	for (const serverNoContextTakeover of SWITCHES) {
		for (const clientNoContextTakeover of SWITCHES) {
			for (const serverMaxWindowBits of serverWindows) {
				for (const clientMaxWindowBits of clientWindows) {
					yield { serverNoContextTakeover, clientNoContextTakeover, serverMaxWindowBits, clientMaxWindowBits };
				}
			}
		}
	}
}

async function beClient(port) {
	for (const wanted of combinations(READ_HERE, [true, ...MADE_HERE])) {
		const perMessageDeflate = { ...wanted, threshold: 0 };
		// A `false` of this one is more than not to ask: it refuses the server's wish, which is legal, and ours has it.
		if (!wanted.clientNoContextTakeover) {
			delete perMessageDeflate.clientNoContextTakeover;
		}
		const answer = { server_no_context_takeover: true, client_no_context_takeover: true };
		if (wanted.serverMaxWindowBits) {
			answer.server_max_window_bits = wanted.serverMaxWindowBits;
		}
		const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate });
		const [[response]] = await Promise.all([once(socket, 'upgrade'), once(socket, 'open')]);
		check(response.headers['sec-websocket-extensions'], answer);
		await talk(socket);
		console.log('TALKED', ALONE.length + AT_ONCE.length, 'anew');
	}
}

async function beServer() {
	for (const wanted of combinations(MADE_HERE, READ_HERE)) {
		// Without a wish of its own it takes the client's.
		const perMessageDeflate = { threshold: 0 };
		const answer = { client_no_context_takeover: true };
		if (wanted.serverNoContextTakeover) {
			perMessageDeflate.serverNoContextTakeover = true;
			answer.server_no_context_takeover = true;
		}
		if (wanted.clientNoContextTakeover) {
			perMessageDeflate.clientNoContextTakeover = true;
		}
		if (wanted.serverMaxWindowBits) {
			perMessageDeflate.serverMaxWindowBits = wanted.serverMaxWindowBits;
			answer.server_max_window_bits = wanted.serverMaxWindowBits;
		}
		if (wanted.clientMaxWindowBits) {
			perMessageDeflate.clientMaxWindowBits = wanted.clientMaxWindowBits;
			answer.client_max_window_bits = wanted.clientMaxWindowBits;
		}
		const server = new WebSocket.Server({ host: '127.0.0.1', port: 0, perMessageDeflate });
		await once(server, 'listening');
		const events = Promise.all([once(server, 'headers'), once(server, 'connection')]);
		console.log('PORT', server.address().port);
		const [[lines], [socket]] = await events;
		check(lines.find((line) => line.startsWith('Sec-WebSocket-Extensions: ')).slice(26), answer);
		await talk(socket);
		server.close();
		await once(server, 'close');
		console.log('TALKED', ALONE.length + AT_ONCE.length, wanted.serverNoContextTakeover ? 'anew' : 'on');
	}
}

const [role, port] = process.argv.slice(2);
(role === 'client' ? beClient(port) : beServer()).then(() => console.log('DONE'));
