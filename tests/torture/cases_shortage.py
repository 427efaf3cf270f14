"""When the machine runs out: descriptors, room on the disk."""

import os
import signal
import subprocess
import threading
import time

from lab import wait_for
from setting import Admin, ask, body
from tap import Skip, case, equal, measured
from cases_abort import SLOW, is_idle
from traffic import BROKEN


def kind_of(reply):
    """The error's type; "page" for one of the web server itself."""
    if reply.status == 200:
        return "message"
    if b"<html>" in reply.body:
        return "page"
    return reply.json()["error"]["type"]


def statuses(lab, count, request):
    """What that many clients at once got: {(status, error type): how often}."""
    seen = {}
    lock = threading.Lock()

    def worker():
        try:
            reply = ask(lab, request)
            kind = (reply.status, kind_of(reply))
        except BROKEN as why:
            kind = (0, repr(why)[:60])
        with lock:
            seen[kind] = seen.get(kind, 0) + 1

    threads = [threading.Thread(target=worker) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return seen


def start_with_descriptors(lab, limit):
    lab.responder = lab.spawn(
        "responder", "sh", "-c", f"ulimit -n {limit}; exec \"$0\" \"$@\"",
        f"{lab.dir}/cgi-bin/llmrelay.fcgi", "--config", lab.conf)
    lab.wait_healthy()


@case("without descriptors requests are refused in words, then all is well")
def _(lab):
    limit = 240
    lab.kill_responder(signal.SIGTERM)
    start_with_descriptors(lab, limit)
    pids = lab.responder_pids()
    try:
        seen = statuses(lab, 300, body(SLOW + "hi", model="claude-faults"))
        measured(f"{limit} descriptors for 300 clients: {seen}")
        equal(set(seen), {(200, "message"), (529, "overloaded_error")})
        lab.admin = Admin(lab)
        wait_for(lambda: is_idle(lab), "idleness", 20)
        equal(ask(lab, body("hi")).status, 200)
        equal(lab.responder_pids(), pids, "the same process")
    finally:
        lab.kill_responder(signal.SIGTERM)
        lab.restart_responder()
        lab.admin = Admin(lab)


class SmallDisk:
    """The state on a file system of its own, of this size."""

    def __init__(self, lab, megabytes):
        self.lab = lab
        self.size = megabytes
        self.state = f"{lab.dir}/db"
        self.filler = f"{self.state}/filler"

    def __enter__(self):
        self.lab.kill_responder(signal.SIGTERM)
        copy = f"{self.lab.dir}/db.before"
        os.rename(self.state, copy)
        os.mkdir(self.state)
        if subprocess.run(["mount", "-t", "tmpfs", "-o",
                           f"size={self.size}m", "tmpfs", self.state],
                          check=False).returncode:
            os.rmdir(self.state)
            os.rename(copy, self.state)
            self.lab.restart_responder()
            raise Skip("no file system can be mounted here")
        subprocess.run(["cp", "-a", f"{copy}/.", self.state], check=True)
        subprocess.run(["chown", "--reference", copy, self.state], check=True)
        os.chmod(self.state, 0o700)
        self.lab.restart_responder()
        return self

    def fill(self):
        with open(self.filler, "wb", buffering=0) as f:
            try:
                while True:
                    f.write(b"\0" * 65536)
            except OSError:
                pass

    def make_room(self):
        os.remove(self.filler)

    def __exit__(self, *_):
        self.lab.kill_responder(signal.SIGTERM)
        subprocess.run(["umount", "-l", self.state], check=True)
        os.rmdir(self.state)
        os.rename(f"{self.lab.dir}/db.before", self.state)
        self.lab.restart_responder()
        self.lab.admin = Admin(self.lab)


@case("with a full disk: refused in words, nothing corrupt, well by itself")
def _(lab):
    if os.getuid():
        raise Skip("only root can mount a small disk")
    with SmallDisk(lab, 48) as disk:
        admin = Admin(lab)
        key = admin.key("full")
        lab_key, lab.key = lab.key, key["apiKey"]
        try:
            equal(ask(lab, body("before")).status, 200)
            pids = lab.responder_pids()
            disk.fill()
            seen = {}
            end = time.monotonic() + 20
            while time.monotonic() < end and all(k[0] == 200 for k in seen):
                for kind, n in statuses(lab, 16, body("full")).items():
                    seen[kind] = seen.get(kind, 0) + n
            measured(f"disk full: {seen}")
            measured(f"same process: {pids == lab.responder_pids()}")
            disk.make_room()
            wait_for(lambda: ask(lab, body("after")).status == 200,
                     "an answer once there is room", 30)
            answered = sum(n for kind, n in seen.items() if kind[0] == 200)
            admin = Admin(lab)
            path = f"/admin/api-keys/{key['id']}"
            # What had to wait is tried again each second.
            wait_for(lambda: admin.good("GET", path)["data"]["usage"]["total"][
                "requests"] >= answered + 2, "every answer on record")
        finally:
            lab.key = lab_key
