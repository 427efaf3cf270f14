#!/usr/bin/env python3
"""Hold many slow streams open at once and say what they cost.

usage: open_streams.py URL KEY STREAMS SECONDS PID[=NAME]...

Opens STREAMS streams at URL/v1/messages (the demo backend paces them: one event
a second), holds them for SECONDS, then reports for each process its resident
memory (before, with the streams, the difference per stream) and the CPU time that
it spent per million events that clients received.
"""
import json
import os
import selectors
import socket
import sys
import time
from urllib.parse import urlsplit

TICK = os.sysconf("SC_CLK_TCK")


def rss_kb(pid):
    with open(f"/proc/{pid}/status") as f:
        return next(int(l.split()[1]) for l in f if l.startswith("VmRSS"))


def cpu_s(pid):
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


class Streams:
    def __init__(self, url, key, words):
        u = urlsplit(url)
        self.addr = (u.hostname, u.port or 80)
        body = json.dumps({
            "model": "claude-bench", "max_tokens": 100000, "stream": True,
            "messages": [{"role": "user", "content": f"[[demo: {words}]] go"}]})
        self.request = (f"POST /v1/messages HTTP/1.1\r\nHost: bench\r\n"
                        f"x-api-key: {key}\r\nContent-Length: {len(body)}\r\n"
                        f"\r\n{body}").encode()
        self.sel = selectors.DefaultSelector()
        self.socks, self.heads, self.events, self.closed = [], 0, 0, 0
        self.started = {}

    def open_one(self):
        s = socket.create_connection(self.addr)
        s.sendall(self.request)
        s.setblocking(False)
        self.sel.register(s, selectors.EVENT_READ)
        self.socks.append(s)

    def pump(self, seconds):
        end = time.monotonic() + seconds
        while True:
            left = end - time.monotonic()
            if left <= 0:
                return
            for key, _ in self.sel.select(left):
                self.read(key.fileobj)

    def read(self, s):
        try:
            data = s.recv(65536)
        except BlockingIOError:
            return
        if not data:
            self.sel.unregister(s)
            self.closed += 1
            return
        if s not in self.started:
            self.started[s] = data[9:12]
            self.heads += data[9:12] == b"200"
        self.events += data.count(b"event: content_block_delta")


def main():
    url, key, count, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    procs = [(p.split("=")[0], p.split("=")[-1]) for p in sys.argv[5:]]
    before = {p: rss_kb(p) for p, _ in procs}
    st = Streams(url, key, "chunks=100000 delay=1000 size=20")
    begin = time.monotonic()
    for i in range(count):
        st.open_one()
        if i % 100 == 99:
            st.pump(0.05)
    while len(st.started) < count and time.monotonic() - begin < 120:
        st.pump(0.2)
    print(f"{st.heads} of {count} streams open after "
          f"{time.monotonic() - begin:.1f} s, {st.closed} closed")
    cpu = {p: cpu_s(p) for p, _ in procs}
    events = st.events
    st.pump(seconds)
    events = st.events - events
    print(f"{events} events in {seconds:.0f} s, {st.closed} closed")
    for p, name in procs:
        held = rss_kb(p)
        used = cpu_s(p) - cpu[p]
        print(f"{name}: {held / 1024:.1f} MB resident, "
              f"{(held - before[p]) / count:.1f} KB a stream, "
              f"{used:.2f} s CPU, {used / max(events, 1) * 1e6:.1f} s per "
              f"million events")


main()
