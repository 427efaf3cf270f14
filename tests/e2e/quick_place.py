"""Where quickstart is tried: a tree, states and model servers of our own."""

import http.server
import itertools
import json
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import threading
import urllib.error
import urllib.request

from lab import wait_for
from tap import equal, holds

FOLDERS = ["bench", "cgi-bin", "docs", "etc", "htdocs", "man", "src",
           "tests"]


class Place:
    """A read-only copy of the tree and a folder for states."""

    server = "quickstart"

    def __init__(self, tree):
        self.dir = tempfile.mkdtemp(prefix="quick start ", dir="/tmp")
        # Without blanks, which Autotools refuse.
        self.builds = tempfile.mkdtemp(prefix="llmrelay-build.", dir="/tmp")
        os.chmod(self.dir, 0o755)
        os.chmod(self.builds, 0o755)
        self.tree = f"{self.dir}/the tree"
        self.env_vars = dict(os.environ, LLMRELAY_BUILD_ROOT=self.builds)
        self.states = set()
        self._copy(tree)

    def _copy(self, tree):
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

    @staticmethod
    def _close(path):
        os.chmod(path, stat.S_IMODE(os.stat(path).st_mode) & ~0o222)

    # ------------------------------------------------------------ running it

    def shell(self, line, good=True):
        """Runs a line that was printed; returns its output."""
        done = subprocess.run(
            ["sh", "-c", line], stdin=subprocess.DEVNULL, cwd="/", text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120,
            check=False)
        holds((done.returncode == 0) == good, f"{line}: {done.stdout}")
        return done.stdout

    def path(self, state, name=""):
        return f"{self.dir}/{state}/{name}".rstrip("/")

    def begin(self, state, *arguments):
        """Starts quickstart; its output goes to a pipe."""
        self.states.add(state)
        return subprocess.Popen(
            [f"{self.tree}/quickstart", "--state", self.path(state),
             *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, cwd="/", env=self.env_vars, text=True,
            errors="replace", preexec_fn=self._hears_ctrl_c)

    @staticmethod
    def _hears_ctrl_c():
        # Background jobs of scripts are born deaf.
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    def run(self, state, *arguments, good=True):
        """Runs quickstart; returns its output."""
        process = self.begin(state, *arguments)
        text = process.communicate(timeout=900)[0]
        holds((process.returncode == 0) == good,
              f"status {process.returncode}: {text[-3000:]}")
        return text

    def env(self, state):
        path = self.path(state, "quickstart.env")
        equal(stat.S_IMODE(os.stat(path).st_mode), 0o600, "mode")
        with open(path, encoding="utf-8") as f:
            return dict(line.rstrip("\n").split("=", 1) for line in f)

    def memory(self, state):
        """What the state remembers: its small files, byte for byte."""
        held = {}
        for name in ("choices", "backend", "quickstart.env"):
            with open(self.path(state, name), "rb") as f:
                held[name] = f.read()
        return held

    def program(self, state, name):
        with open(self.path(state, "build"), encoding="utf-8") as f:
            return f"{f.read().strip()}/main/{name}"

    # ------------------------------------------------------------ the end

    def left_over(self, state=""):
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as f:
                    line = f.read().replace(b"\0", b" ").decode(
                        errors="replace")
            except OSError:
                continue
            if self.path(state) in line and int(pid) != os.getpid():
                found.append(line)
        return found

    def remove(self):
        for state in self.states:
            stop = self.begin(state, "--stop")
            stop.communicate(timeout=120)
            files = self.path(state, "files")
            if os.path.islink(files):
                shutil.rmtree(os.readlink(files), ignore_errors=True)
            run = self.path(state, "run")
            if os.path.islink(run):
                shutil.rmtree(os.readlink(run), ignore_errors=True)
        for folder, _, _ in os.walk(self.tree):
            os.chmod(folder, 0o755)
        shutil.rmtree(self.dir, ignore_errors=True)
        shutil.rmtree(self.builds, ignore_errors=True)


class Backend:
    """llmrelay-demo as somebody's model server: with Backend(...) as url."""

    def __init__(self, place, *arguments, model="qwen3-32b"):
        port_file = tempfile.mktemp(prefix="port.", dir=place.dir)
        self.process = subprocess.Popen(
            [place.program("a state", "llmrelay-demo"), "--listen",
             "127.0.0.1:0", "--port-file", port_file, "--model", model,
             *arguments], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: os.path.exists(port_file) and
                 open(port_file, encoding="utf-8").read().strip(),
                 "the backend's port")
        with open(port_file, encoding="utf-8") as f:
            self.url = f"http://127.0.0.1:{f.read().strip()}"

    def __enter__(self):
        return self.url

    def __exit__(self, *why):
        self.process.terminate()
        self.process.wait()


GOOD = json.dumps({
    "id": "c", "object": "chat.completion", "model": "qwen3-32b",
    "choices": [{"index": 0, "finish_reason": "stop",
                 "message": {"role": "assistant", "content": "Hello."}}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1,
              "total_tokens": 2}}).encode()


def HANG(_):
    """For Fake: no answer ever."""


class Fake:
    """A model server whose nth chat is answered by chat(n): status, body and,
    when the body is only a part, its length; or None for silence."""

    def __init__(self, chat):
        self.over = threading.Event()
        over, counter = self.over, itertools.count(1)

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def answer(self, status, body, length=None):
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length",
                                 str(length or len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):
                self.answer(200, b'{"data": [{"id": "qwen3-32b", '
                            b'"max_model_len": 32768}]}')

            def do_POST(self):
                self.rfile.read(int(self.headers["content-length"]))
                said = chat(next(counter))
                if said:
                    self.answer(*said)
                else:
                    over.wait()

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                                      Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever,
                                       args=(0.05,), daemon=True)

    def __enter__(self):
        self.thread.start()
        return f"http://127.0.0.1:{self.server.server_port}"

    def __exit__(self, *why):
        self.over.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def message(env, **more):
    request = {"model": "claude-3-opus-20240229", "max_tokens": 64,
               "messages": [{"role": "user", "content": "你好"}], **more}
    call = urllib.request.Request(
        env["RELAY_URL"] + "/v1/messages", json.dumps(request).encode(),
        {"content-type": "application/json", "x-api-key": env["API_KEY"]})
    with urllib.request.urlopen(call, timeout=60) as reply:
        return reply.read()


def is_message(env, **more):
    equal(json.loads(message(env, **more))["type"], "message")


def admin(env, method, path, body=None, token=None):
    """One request as an administrator; logs in without a token."""
    if token is None:
        token = admin(env, "POST", "/admin/login",
                      {"username": env["ADMIN_USER"],
                       "password": env["ADMIN_PASSWORD"]}, "")["token"]
    call = urllib.request.Request(
        env["RELAY_URL"] + path, method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"content-type": "application/json",
                 "authorization": f"Bearer {token}"})
    with urllib.request.urlopen(call, timeout=60) as reply:
        return json.load(reply)


def accounts(env):
    """The accounts: (name, address, model, priority) of each."""
    data = admin(env, "GET", "/admin/azure-openai-accounts")["data"]
    return sorted((a["name"], a["azureEndpoint"], a["deploymentName"],
                   a["priority"]) for a in data)


def alive(pid):
    try:
        with open(f"/proc/{int(pid)}/stat", encoding="utf-8") as f:
            return f.read().rpartition(")")[2].split()[0] != "Z"
    except (OSError, ValueError):
        return False


def runs(env):
    holds(alive(env["RESPONDER_PID"]) and alive(env["SERVER_PID"]), env)


def listeners(port):
    """Addresses on which somebody listens at the port, in hexadecimal."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with open(table, encoding="ascii") as f:
            for row in f.read().splitlines()[1:]:
                address, number = row.split()[1].split(":")
                if int(number, 16) == int(port) and row.split()[3] == "0A":
                    found.add(address)
    return found
