"""Clients that leave, at any moment and in every way."""

import json
import os
import socket
import threading

from lab import wait_for
from setting import ask, body
from tap import case, equal, holds, measured

SLOW = "[[demo: chunks=50 size=4 delay=20 first=300]] "


def wire(lab, request, headers=""):
    data = json.dumps(request).encode()
    return (f"POST /v1/messages HTTP/1.1\r\nHost: x\r\nx-api-key: "
            f"{lab.key}\r\ncontent-type: application/json\r\n{headers}"
            f"content-length: {len(data)}\r\n\r\n").encode() + data


class Client:
    """One connection that leaves somewhere."""

    def __init__(self, lab, random):
        self.lab = lab
        self.random = random

    def __call__(self):
        request = body(SLOW + "hi", model="claude-faults",
                       stream=self.random.random() < 0.8)
        data = wire(self.lab, request)
        with socket.create_connection(("127.0.0.1", self.lab.port)) as s:
            s.settimeout(10)
            self.random.choice([self.in_request, self.at_once, self.in_answer,
                                self.by_reset])(s, data)

    def in_request(self, s, data):
        s.sendall(data[:self.random.randrange(1, len(data))])

    def at_once(self, s, data):
        s.sendall(data)

    def in_answer(self, s, data):
        s.sendall(data)
        left = self.random.randrange(1, 2000)
        while left > 0 and (piece := s.recv(left)):
            left -= len(piece)

    def by_reset(self, s, data):
        s.sendall(data)
        s.recv(1)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                     b"\1\0\0\0\0\0\0\0")


def descriptors(lab):
    return sum(len(os.listdir(f"/proc/{pid}/fd"))
               for pid in lab.responder_pids())


def resident_kb(lab):
    total = 0
    for pid in lab.responder_pids():
        with open(f"/proc/{pid}/status", encoding="ascii") as f:
            total += sum(int(line.split()[1]) for line in f
                         if line.startswith("VmRSS:"))
    return total


def is_idle(lab):
    """Nothing is in flight: for the relay, for its accounts, for the key."""
    admin = lab.admin
    accounts = admin.good("GET", "/admin/azure-openai-accounts")["data"]
    keys = admin.good("GET", "/admin/api-keys")["data"]
    keys = keys.get("items", keys) if isinstance(keys, dict) else keys
    live = admin.good("GET", "/admin/requests/live")["data"]
    return not any(a["inFlight"] for a in accounts) and \
        not any(k["currentConcurrency"] for k in keys) and \
        not live["requests"]


def leave(lab, count):
    def worker(seed):
        run = Client(lab, type(lab.random)(seed))
        for _ in range(count // 16):
            try:
                run()
            except OSError:
                pass

    threads = [threading.Thread(target=worker,
                                args=(lab.random.randrange(1 << 32),))
               for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@case("clients that leave at random leave nothing behind")
def _(lab):
    count = 10000 if lab.long else 320
    leave(lab, 160)  # the caches of connections fill
    wait_for(lambda: is_idle(lab), "idleness", 20)
    before, memory = descriptors(lab), resident_kb(lab)
    leave(lab, count)
    wait_for(lambda: is_idle(lab), "idleness", 20)
    wait_for(lambda: descriptors(lab) <= before + 16, "descriptors", 20)
    equal(ask(lab, body("hi")).status, 200)
    grown = resident_kb(lab) - memory
    holds(grown < 8192, f"memory grew by {grown} KB")
    measured(f"{count} clients left: 0 in flight, descriptors {before} -> "
             f"{descriptors(lab)}, memory {memory} -> {memory + grown} KB")
