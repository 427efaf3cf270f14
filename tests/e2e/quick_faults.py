"""quickstart told something wrong, disturbed or failing: the relay that ran
goes on, and the state is as it was."""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.parse
from contextlib import contextmanager, suppress

from lab import free_port, wait_for
from quick_place import (GOOD, HANG, Backend, Fake, accounts, admin, alive,
                         is_message, runs)
from tap import Skip, case, equal, holds

STATE = "a state"
SMOKE = "tests/smoke/smoke.sh"


@contextmanager
def taken_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        yield s.getsockname()[1]


class Undisturbed:
    """The relay that runs is the same at the end, and so is the state."""

    def __init__(self, place):
        self.place = place

    def __enter__(self):
        self.memory = self.place.memory(STATE)
        self.env = self.place.env(STATE)
        self.accounts = accounts(self.env)
        runs(self.env)
        return self

    def __exit__(self, kind, *why):
        if kind is None:
            equal(self.place.memory(STATE), self.memory)
            runs(self.env)
            is_message(self.env)
            equal(accounts(self.env), self.accounts)


def refused(place, *arguments, words=(), seconds=15):
    began = time.monotonic()
    text = place.run(STATE, *arguments, good=False)
    for word in words:
        holds(word in text, f"no {word!r}: {text}")
    took = time.monotonic() - began
    holds(took < seconds, f"{arguments}: {took:.0f} s: {text}")
    return text


@case("options that cannot be are refused in words")
def _(place):
    for arguments, words in (
            (["--server", "iis"], "--server is"),
            (["--port", "99999"], "--port is"),
            (["--port", "0"], "--port is"),
            (["--wait", "soon"], "--wait is"),
            (["--backend", "localhost:8000"], "--backend is"),
            (["--model", "m"], "go with --backend"),
            (["--demo", "--no-demo"], "not both"),
            (["--frobnicate"], "unknown option"),
            (["--port"], "needs a value")):
        refused(place, *arguments, words=[words])
    holds("--backend-key" in place.run(STATE, "--help"), "help")


@case("folders of others are not taken for states")
def _(place):
    theirs = place.path("theirs")
    os.makedirs(f"{theirs}/etc")
    text = place.run("theirs", good=False)
    holds("is not empty, and not made by quickstart" in text, text)
    equal(os.listdir(theirs), ["etc"])
    if os.getuid() == 0:
        os.rmdir(f"{theirs}/etc")
        os.chown(theirs, 65534, 65534)
        text = place.run("theirs", good=False)
        holds("belongs to nobody" in text, text)


@case("packages that cannot be installed are named")
def _(place):
    if os.getuid() != 0:
        raise Skip("not root")
    tools = f"{place.dir}/tools"
    os.mkdir(tools)
    for name in set(os.listdir("/bin") + os.listdir("/usr/bin")) - {"jq"}:
        os.symlink(shutil.which(name) or "/nowhere", f"{tools}/{name}")
    os.unlink(f"{tools}/apt-get")
    with open(f"{tools}/apt-get", "w", encoding="utf-8") as f:
        f.write('#!/bin/sh\necho "no network for $*" >&2\nexit 100\n')
    os.chmod(f.name, 0o755)
    place.env_vars["PATH"], kept = tools, place.env_vars["PATH"]
    try:
        with Undisturbed(place):
            refused(place, words=[
                "Installing: jq", "no network for",
                "could not be installed: jq"])
    finally:
        place.env_vars["PATH"] = kept


@case("a taken port leaves the running relay alone")
def _(place):
    with Undisturbed(place), taken_port() as port:
        refused(place, "--port", str(port),
                words=[f"port {port} is taken", f"(process {os.getpid()})"])


@case("a backend out of reach leaves the running relay alone")
def _(place):
    with Undisturbed(place):
        refused(place, "--backend", f"http://127.0.0.1:{free_port()}",
                "--model", "m", words=["cannot be reached"])
        hosts = {"localhost"}
        with suppress(OSError):
            socket.gethostbyname(socket.gethostname())
            hosts.add(socket.gethostname())
        for host in hosts:
            refused(place, "--backend", f"http://{host}:{place.port}/v1",
                    words=["is this relay itself"])
        refused(place, "--backend", "http://no.such.host.invalid",
                words=["cannot be reached"])


@case("a key that the backend refuses leaves the running relay alone")
def _(place):
    with Undisturbed(place), Backend(place, "--api-key", "sk-1") as url:
        refused(place, "--backend", url,
                words=["401", "give it with --backend-key"])
        refused(place, "--backend", url, "--model", "qwen3-32b",
                "--backend-key", "sk-2",
                words=["401", "the right one with --backend-key"])


@case("another relay given as backend is called one")
def _(place):
    url = place.env(STATE)["RELAY_URL"]
    text = place.run("second", "--port", str(free_port()), "--backend", url,
                     good=False)
    for words in ("is an llmrelay, not a model server", "--backend-key"):
        holds(words in text, text)


@case("a model that the backend has not leaves the running relay alone")
def _(place):
    with Undisturbed(place), Backend(place) as url:
        refused(place, "--backend", url, "--model", "qwen4",
                words=["does not serve 'qwen4'", "its models: qwen3-32b"])


@case("what is no model server leaves the running relay alone")
def _(place):
    with Undisturbed(place), Backend(
            place, "--demo", 'status=599 body="<html>" type=text/html') as url:
        refused(place, "--backend", url, words=["status 599", "<html>"])


@case("a silent backend is waited for, aloud and not for ever")
def _(place):
    with Undisturbed(place), Fake(HANG) as url:
        refused(place, "--backend", url, "--wait", "6", words=[
            "Waiting for the answer of qwen3-32b, up to ",
            "did not come within "])


@case("a backend that breaks off its answer is not called another protocol")
def _(place):
    with Undisturbed(place), Fake(lambda n: (200, GOOD[:40], 4000)) as url:
        text = refused(place, "--backend", url, "--wait", "6", words=[
            "began to answer and broke off"])
        holds("OpenAI-compatible" not in text, text)


@case("Ctrl-C while it waits leaves the running relay alone")
def _(place):
    with Undisturbed(place), Fake(HANG) as url:
        process = place.begin(STATE, "--backend", url)
        for line in process.stdout:
            if line.startswith("Asking"):
                break
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=15)
        equal(process.returncode, 130)


@case("a changed password is asked for before anything is stopped")
def _(place):
    env = place.env(STATE)
    new = {**env, "ADMIN_PASSWORD": "another good password"}
    change(env, new)
    with Backend(place) as url:
        memory = place.memory(STATE)
        refused(place, "--backend", url,
                words=["was the password changed", "ADMIN_PASSWORD"])
        equal(place.memory(STATE), memory)
        is_message(env)
    change(new, env)


def change(old, new):
    admin(old, "POST", "/web/auth/change-password",
          {"currentPassword": old["ADMIN_PASSWORD"],
           "newPassword": new["ADMIN_PASSWORD"]})


@case("a start that fails late brings the old relay back")
def _(place):
    template = f"{place.tree}/etc/private/apache.conf.in"
    with open(template, encoding="utf-8") as f:
        good = f.read()
    os.chmod(template, 0o644)
    before = place.memory(STATE)
    env = place.env(STATE)
    had = accounts(env)
    other = str(free_port())
    try:
        with open(template, "w", encoding="utf-8") as f:
            f.write(good + "Nonsense on\n")
        with Backend(place) as url:
            refused(place, "--server", "apache", "--port", other,
                    "--backend", url,
                    words=["the web server did not start",
                           "The relay of before runs again"])
    finally:
        with open(template, "w", encoding="utf-8") as f:
            f.write(good)
    after = place.memory(STATE)
    for name in ("choices", "backend"):
        equal(after[name], before[name], name)
    now = place.env(STATE)
    for name in ("RELAY_URL", "ADMIN_PASSWORD", "API_KEY"):
        equal(now[name], env[name], name)
    runs(now)
    is_message(now)
    equal(accounts(now), had)


@case("a model that fails behind the relay brings the old one back")
def _(place):
    env = place.env(STATE)
    had = accounts(env)
    before = place.memory(STATE)
    # Good for the one who asks directly, bad after that.
    with Fake(lambda n: (200, b'{"choices": []}') if n == 1 else
              (400, b'{"error": {"message": "not today"}}')) as url:
        refused(place, "--backend", url, words=[
            "the model did not answer (status 400)", "not today",
            "The relay of before runs again"])
    equal(place.memory(STATE)["backend"], before["backend"])
    now = place.env(STATE)
    is_message(now)
    equal(accounts(now), had)


@case("a start that was killed is cleaned up by the next one")
def _(place):
    with Fake(lambda n: (200, b'{"choices": []}') if n == 1 else None) as url:
        process = place.begin(STATE, "--backend", url, "--wait", "60")
        for line in process.stdout:
            if line.startswith("Asking the model through"):
                break
        process.kill()
        process.communicate()
        holds(os.path.isdir(place.path(STATE, "before")), "no files kept")
    place.run(STATE)
    holds(not os.path.exists(place.path(STATE, "before")), "left over")
    env = place.env(STATE)
    is_message(env)
    equal([account[0] for account in accounts(env)], ["quickstart"])


@case("a model that is being loaded is waited for")
def _(place):
    with Fake(lambda n: (503, b'{"error": {"message": "Loading model"}}')
              if n < 3 else (200, GOOD)) as url:
        text = place.run(STATE, "--backend", url)
        for words in ("export ANTHROPIC_MODEL=qwen3-32b\n",
                      "export CLAUDE_CODE_MAX_CONTEXT_TOKENS=32768\n"):
            holds(words in text, f"no {words!r}: {text}")
        is_message(place.env(STATE))
        place.run(STATE, "--demo")


def open_stream(env):
    """A request that stays open: the client's side of it."""
    address = urllib.parse.urlsplit(env["RELAY_URL"])
    client = http.client.HTTPConnection("127.0.0.1", address.port)
    client.request("POST", "/v1/messages", (
        '{"model": "claude-3-opus-20240229", "max_tokens": 64, "stream": true,'
        '"messages": [{"role": "user", "content": "[[demo: hang=1]]"}]}'),
        {"content-type": "application/json", "x-api-key": env["API_KEY"]})
    client.getresponse().read(1)
    return client


def stop_early(place, again):
    """--stop with an open request; again(process) ends the patience."""
    env = place.env(STATE)
    client = open_stream(env)
    process = place.begin(STATE, "--stop")
    line = process.stdout.readline()
    holds("Waiting for open requests: 1, up to 20 s" in line, line)
    began = time.monotonic()
    again(process)
    text = process.communicate(timeout=15)[0]
    equal(process.returncode, 0)
    holds("Stopped" in text, text)
    holds(time.monotonic() - began < 8, "it went on waiting")
    holds(not alive(env["RESPONDER_PID"]), "the responder runs")
    wait_for(lambda: not place.left_over(STATE), "the end of all")
    client.close()


@case("--stop says what it waits for; --stop again ends at once")
def _(place):
    stop_early(place, lambda process: place.run(STATE, "--stop"))
    place.run(STATE)


@case("so does Ctrl-C")
def _(place):
    stop_early(place, lambda process: process.send_signal(signal.SIGINT))
    place.run(STATE)


@case("two at work on one state do not mix")
def _(place):
    with Undisturbed(place), Fake(HANG) as url:
        process = place.begin(STATE, "--backend", url)
        for line in process.stdout:
            if line.startswith("Asking"):
                break
        for arguments in ([], ["--stop"]):
            refused(place, *arguments, words=[
                f"another quickstart (process {process.pid})"])
        process.terminate()
        process.communicate(timeout=15)


@case("the smoke test passes, and stops at what makes the rest pointless")
def _(place):
    env = place.env(STATE)
    closed = f"http://127.0.0.1:{free_port()}"
    with Backend(place) as backend:
        for arguments, good, words in (
                ([env["RELAY_URL"], env["API_KEY"]], True, "all is well"),
                ([closed, env["API_KEY"]], False, "cannot be reached"),
                (["not a url", "k"], False, "usage"),
                ([backend + "/x", "k"], False, "no llmrelay"),
                ([env["RELAY_URL"], "cr_wrong"], False, "refuses the key")):
            done = subprocess.run(
                [f"{place.tree}/{SMOKE}", *arguments], text=True,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
            equal(done.returncode == 0, good, done.stdout)
            holds(words in done.stdout, f"{words}: {done.stdout}")
            if not good:
                holds(done.stdout.count("FAILED") <= 1, done.stdout)
