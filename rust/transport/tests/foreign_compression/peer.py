"""One end of a conversation by Python's `websockets`, with every combination of parameters of permessage-deflate, one after
the other: `peer.py client PORT` connects to that port, `peer.py server` says each time which port it listens on. What it
says, the other end has to echo.
"""

import itertools
import random
import sys
import threading

from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory, ServerPerMessageDeflateFactory
from websockets.sync.client import connect
from websockets.sync.server import serve

# What may be left out, or be any window. zlib cannot make a stream for a window of 8, but it can read one.
MADE_HERE = [None, *range(9, 16)]
READ_HERE = [None, *range(8, 16)]

RANDOM = random.Random(1)
WORDS = " ".join(f"player {RANDOM.randrange(100)} is at ({RANDOM.randrange(50)}, 7);" for _ in range(50_000))[: 1 << 20]
NOISE = RANDOM.randbytes(60_000)

# Alone, each of these is a wait for its echo; the last ones all go at once, and each is like the one before it.
ALONE = ["", b"", "a", "Hello", "Hello", b"\0" * 300, NOISE, WORDS, WORDS.encode()]
AT_ONCE = [f'{{"tick":{tick},"name":"Ada","position":[{tick}.5,7.25],"team":"red","state":"runs"}}' * 3 for tick in range(40)]


def talk(peer, expected):
    (agreed,) = peer.protocol.extensions
    found = (
        agreed.local_no_context_takeover,
        agreed.remote_no_context_takeover,
        agreed.local_max_window_bits,
        agreed.remote_max_window_bits,
    )
    assert found == expected, f"agreed on {found} and not on {expected}"
    for message in ALONE:
        peer.send(message)
        assert peer.recv() == message, f"{len(message)} units did not come back as they were"
    for message in AT_ONCE:
        peer.send(message)
    for message in AT_ONCE:
        assert peer.recv() == message, "one of many did not come back as it was"
    peer.close()


def be_client(port):
    switches = [False, True]
    for server_anew, client_anew, server_bits, client_bits in itertools.product(
        switches, switches, READ_HERE, [True, *MADE_HERE]
    ):
        offer = ClientPerMessageDeflateFactory(server_anew, client_anew, server_bits, client_bits)
        window = 15 if client_bits in (None, True) else client_bits
        with connect(f"ws://127.0.0.1:{port}", extensions=[offer], compression=None, max_size=None) as peer:
            talk(peer, (True, True, window, server_bits or 15))
        print("TALKED", len(ALONE) + len(AT_ONCE), "anew", flush=True)


def be_server():
    switches = [False, True]
    for server_anew, client_anew, server_bits, client_bits in itertools.product(
        switches, switches, MADE_HERE, READ_HERE
    ):
        choice = ServerPerMessageDeflateFactory(server_anew, client_anew, server_bits, client_bits)
        faults = []
        is_over = threading.Event()

        def handle(peer):
            try:
                talk(peer, (server_anew, True, server_bits or 15, client_bits or 15))
            except BaseException as fault:
                faults.append(fault)
            is_over.set()

        with serve(handle, "127.0.0.1", 0, extensions=[choice], compression=None, max_size=None) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            print("PORT", server.socket.getsockname()[1], flush=True)
            is_over.wait()
            server.shutdown()
            thread.join()
        if faults:
            raise faults[0]
        print("TALKED", len(ALONE) + len(AT_ONCE), "anew" if server_anew else "on", flush=True)


if sys.argv[1] == "client":
    be_client(sys.argv[2])
else:
    be_server()
print("DONE", flush=True)
