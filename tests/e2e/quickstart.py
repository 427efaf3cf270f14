#!/usr/bin/env python3
"""quickstart as a new user meets it; prints TAP.

quickstart.py --tree TREE

The tree is copied without write permission into a folder with blanks in its
name; state and ports are of our own.
"""

import argparse
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
os.environ["PATH"] += ":/usr/sbin:/sbin"

# pylint: disable=wrong-import-position
import tap  # noqa: E402
from lab import free_port, wait_for  # noqa: E402
from tap import case, equal, holds  # noqa: E402

FOLDERS = ["bench", "cgi-bin", "docs", "etc", "htdocs", "man", "src",
           "tests"]


class Place:
    """A read-only copy of the tree and a folder for states."""

    server = "quickstart"

    def __init__(self, tree):
        self.dir = tempfile.mkdtemp(prefix="quick start ", dir="/tmp")
        self.tree = f"{self.dir}/the tree"
        os.mkdir(self.tree)
        for name in os.listdir(tree):
            path = f"{tree}/{name}"
            if name in FOLDERS:
                shutil.copytree(path, f"{self.tree}/{name}",
                                ignore=shutil.ignore_patterns(
                                    "node_modules", "__pycache__", "*.o"))
            elif os.path.isfile(path) and name not in (
                    "configure", "Makefile.in", "aclocal.m4", "config.h.in"):
                shutil.copy(path, self.tree)
        for folder, _, names in os.walk(self.tree):
            for name in names:
                self._close(f"{folder}/{name}")
            self._close(folder)
        self.states = set()

    @staticmethod
    def _close(path):
        os.chmod(path, stat.S_IMODE(os.stat(path).st_mode) & ~0o222)

    def run(self, state, *arguments, good=True):
        """Runs quickstart; returns its output."""
        self.states.add(state)
        done = subprocess.run(
            [f"{self.tree}/quickstart", "--state", f"{self.dir}/{state}",
             *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=900, cwd="/")
        text = done.stdout.decode(errors="replace")
        holds((done.returncode == 0) == good,
              f"status {done.returncode}: {text[-3000:]}")
        return text

    def env(self, state):
        path = f"{self.dir}/{state}/quickstart.env"
        equal(stat.S_IMODE(os.stat(path).st_mode), 0o600, "mode")
        with open(path, encoding="utf-8") as f:
            return dict(line.rstrip("\n").split("=", 1) for line in f)

    def left_over(self):
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as f:
                    line = f.read().replace(b"\0", b" ").decode(
                        errors="replace")
            except OSError:
                continue
            if self.dir in line and int(pid) != os.getpid():
                found.append(line)
        return found

    def remove(self):
        for state in self.states:
            subprocess.run([f"{self.tree}/quickstart", "--state",
                            f"{self.dir}/{state}", "--stop"],
                           stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, timeout=120)
            built = f"{self.dir}/{state}/build"
            if os.path.exists(built):
                with open(built, encoding="utf-8") as f:
                    shutil.rmtree(f.read().strip(), ignore_errors=True)
            files = f"{self.dir}/{state}/files"
            if os.path.islink(files):
                shutil.rmtree(os.readlink(files), ignore_errors=True)
        for folder, _, _ in os.walk(self.tree):
            os.chmod(folder, 0o755)
        shutil.rmtree(self.dir, ignore_errors=True)


def message(env, **more):
    request = {"model": "claude-3-opus-20240229", "max_tokens": 64,
               "messages": [{"role": "user", "content": "你好"}], **more}
    call = urllib.request.Request(
        env["RELAY_URL"] + "/v1/messages", json.dumps(request).encode(),
        {"content-type": "application/json", "x-api-key": env["API_KEY"]})
    with urllib.request.urlopen(call, timeout=60) as reply:
        return reply.read()


def alive(pid):
    try:
        os.kill(int(pid), 0)
    except (OSError, ValueError):
        return False
    return True


@case("the first run ends with a relay that answers")
def _(place):
    place.port = str(free_port())
    text = place.run("a state", "--port", place.port)
    env = place.env("a state")
    equal(sorted(env), ["ADMIN_PASSWORD", "ADMIN_USER", "API_KEY",
                        "RELAY_URL", "RESPONDER_PID", "SERVER_PID"])
    equal(env["RELAY_URL"], f"http://localhost:{place.port}")
    for name in ("RELAY_URL", "ADMIN_USER", "ADMIN_PASSWORD", "API_KEY"):
        holds(env[name] in text, f"{name} was not shown")
    holds("curl" in text, text)
    holds(len(env["ADMIN_PASSWORD"]) >= 16, env["ADMIN_PASSWORD"])
    holds(alive(env["RESPONDER_PID"]) and alive(env["SERVER_PID"]), env)
    reply = json.loads(message(env))
    equal(reply["type"], "message")
    holds(b"event: message_stop" in message(env, stream=True), "no stream")
    place.first = env


@case("nothing of it runs as root")
def _(place):
    if os.getuid() != 0:
        raise tap.Skip("not root")
    for name in ("RESPONDER_PID", "SERVER_PID"):
        holds(os.stat(f"/proc/{place.first[name]}").st_uid != 0, name)


@case("the login works, and the admin page is there when it is installed")
def _(place):
    env = place.first
    if os.path.exists(f"{place.tree}/htdocs/index.html"):
        with urllib.request.urlopen(env["RELAY_URL"] +
                                    "/admin-next/") as page:
            holds(b"<" in page.read(), "no page")
    call = urllib.request.Request(
        env["RELAY_URL"] + "/admin/login",
        json.dumps({"username": env["ADMIN_USER"],
                    "password": env["ADMIN_PASSWORD"]}).encode(),
        {"content-type": "application/json"})
    with urllib.request.urlopen(call) as reply:
        holds(json.load(reply)["token"], "no token")


@case("a responder that dies is started again")
def _(place):
    os.kill(int(place.first["RESPONDER_PID"]), signal.SIGKILL)

    def answers():
        try:
            return message(place.first)
        except (urllib.error.URLError, OSError):
            return None

    wait_for(answers, "an answer after the death", 30)


@case("status tells the truth, before and after stop")
def _(place):
    holds("healthy" in place.run("a state", "--status"), "status")
    place.run("a state", "--stop")
    place.run("a state", "--status", good=False)
    equal(place.left_over(), [], "processes")
    holds(not alive(place.first["SERVER_PID"]), "the server runs")


@case("run again it keeps password and key, under Apache too")
def _(place):
    for server in ("apache", "apache-cgi", "lighttpd"):
        place.run("a state", "--server", server)
        env = place.env("a state")
        for name in ("RELAY_URL", "ADMIN_USER", "ADMIN_PASSWORD",
                     "API_KEY"):
            equal(env[name], place.first[name], f"{server} {name}")
        equal(json.loads(message(env))["type"], "message")


@case("a backend given replaces the demo; given again it is updated")
def _(place):
    build = ""
    with open(f"{place.dir}/a state/build", encoding="utf-8") as f:
        build = f.read().strip()
    port_file = f"{place.dir}/port"
    backend = subprocess.Popen(
        [f"{build}/main/llmrelay-demo", "--listen", "127.0.0.1:0",
         "--port-file", port_file, "--model", "qwen3-32b"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: os.path.exists(port_file) and
                 open(port_file).read().strip(), "the backend's port")
        with open(port_file, encoding="utf-8") as f:
            url = f"http://127.0.0.1:{f.read().strip()}"
        for names in ([], ["claude-3-opus-20240229", "claude-x"]):
            more = [part for name in names for part in ("--as", name)]
            place.run("a state", "--backend", url, "--model", "qwen3-32b",
                      *more)
            env = place.env("a state")
            equal(json.loads(message(env))["type"], "message")
            equal(json.loads(message(env, model="qwen3-32b"))["type"],
                  "message")
            try:
                message(env, model="claude-other")
                known = True
            except urllib.error.HTTPError as error:
                equal(error.code, 404)
                known = False
            equal(known, not names, "claude-other is known")
        # Once more without --backend: it stays.
        place.run("a state")
        message(place.env("a state"), model="claude-x")
    finally:
        backend.terminate()
        backend.wait()


@case("what cannot work is said in words")
def _(place):
    taken = free_port()
    import socket
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(("127.0.0.1", taken))
        s.listen()
        text = place.run("b", "--port", str(taken), good=False)
        holds(f"port {taken} is taken" in text, text)
    text = place.run("b", "--port", str(free_port()), "--backend",
                     f"http://127.0.0.1:{taken}", "--model", "m", good=False)
    holds("cannot be reached" in text, text)
    text = place.run("b", "--server", "iis", good=False)
    holds("--server is" in text, text)
    text = place.run("b", "--port", "99999", good=False)
    holds("--port is" in text, text)
    equal([line for line in place.left_over() if "/b/" in line], [])


@case("without demo there is no model, but all else")
def _(place):
    text = place.run("c", "--port", str(free_port()), "--no-demo")
    if "Found a model server" in text:
        raise tap.Skip("a model server runs on this machine")
    holds("There is no model yet" in text, text)
    place.run("c", "--stop")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tree", required=True)
    parser.add_argument("--only")
    arguments = parser.parse_args()
    place = Place(os.path.abspath(arguments.tree))
    try:
        failed = tap.run_all(place, arguments.only)
    finally:
        place.remove()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
