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


def hold(url, key, count, seconds, names):
    """names: {pid: name}.  How many streams were open and what they cost."""
    before = {pid: rss_kb(pid) for pid in names}
    st = Streams(url, key, "chunks=100000 delay=1000 size=20")
    begin = time.monotonic()
    for i in range(count):
        st.open_one()
        if i % 100 == 99:
            st.pump(0.05)
    while len(st.started) < count and time.monotonic() - begin < 120:
        st.pump(0.2)
    opened_s = time.monotonic() - begin
    cpu = {pid: cpu_s(pid) for pid in names}
    events = st.events
    st.pump(seconds)
    events = st.events - events
    processes = [{
        "name": name, "rss_kb": rss_kb(pid),
        "kb_a_stream": (rss_kb(pid) - before[pid]) / count,
        "cpu_s": cpu_s(pid) - cpu[pid],
        "cpu_per_million": (cpu_s(pid) - cpu[pid]) / max(events, 1) * 1e6,
    } for pid, name in names.items()]
    for s in st.socks:
        s.close()
    return {"wanted": count, "open": st.heads, "closed": st.closed,
            "opened_s": opened_s, "events": events, "seconds": seconds,
            "processes": processes}


def main():
    url, key = sys.argv[1], sys.argv[2]
    count, seconds = int(sys.argv[3]), float(sys.argv[4])
    names = {int(p.split("=")[0]): p.split("=")[-1] for p in sys.argv[5:]}
    found = hold(url, key, count, seconds, names)
    print(f"{found['open']} of {count} streams open after "
          f"{found['opened_s']:.1f} s, {found['closed']} closed")
    print(f"{found['events']} events in {seconds:.0f} s")
    for p in found["processes"]:
        print(f"{p['name']}: {p['rss_kb'] / 1024:.1f} MB resident, "
              f"{p['kb_a_stream']:.1f} KB a stream, {p['cpu_s']:.2f} s CPU, "
              f"{p['cpu_per_million']:.1f} s per million events")


if __name__ == "__main__":
    main()
