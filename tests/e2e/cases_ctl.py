"""llmrelayctl beside a relay that is at work."""

import concurrent.futures
import json
import os
import signal
import subprocess
import time

import client
from lab import PASSWORD
from setting import ask, body, said, stream, text_of
from tap import case, equal, holds, measured


def ctl(lab, *words, status=0):
    """What it prints; run by whoever runs the tests."""
    done = subprocess.run([f"{lab.build}/llmrelayctl", "--config", lab.conf,
                           *words], stdin=subprocess.DEVNULL, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=False)
    equal(done.returncode, status, f"{words}: {done.stderr.decode()}")
    return done.stdout.decode()


def data(lab, *words, status=0):
    return json.loads(ctl(lab, *words, "--json", status=status))


@case("llmrelayctl's keys count for clients at once")
def _(lab):
    key = ctl(lab, "key", "create", "by ctl").strip()
    equal(ask(lab, body("hi"), headers={"x-api-key": key}).status, 200)
    ctl(lab, "key", "update", "by ctl", "--models", "nothing-else")
    reply = ask(lab, body("hi"), headers={"x-api-key": key})
    holds(reply.status in (403, 404), f"{reply.status} {reply.body!r}")
    ctl(lab, "key", "update", "by ctl", "--models", "", "--active", "no")
    equal(ask(lab, body("hi"), headers={"x-api-key": key}).status, 401)
    ctl(lab, "key", "update", "by ctl", "--active", "yes")
    equal(ask(lab, body("hi"), headers={"x-api-key": key}).status, 200)
    ctl(lab, "key", "delete", "by ctl")
    equal(ask(lab, body("hi"), headers={"x-api-key": key}).status, 401)


@case("llmrelayctl's accounts serve clients at once")
def _(lab):
    added = data(lab, "account", "add", "by ctl", "--endpoint", lab.demo.url,
                 "--model", "demo-model", "--serves", "claude-ctl")
    equal(added["test"]["ok"], True, added["test"])
    reply = ask(lab, body("hi", model="claude-ctl"))
    equal((reply.status, text_of(reply.json())), (200, said("hi")))
    rows = [row for row in data(lab, "routes")
            if row["model"] == "claude-ctl"]
    equal([(row["accountName"], row["sentModel"], row["status"])
           for row in rows], [("by ctl", "demo-model", "active")])
    ctl(lab, "account", "disable", "by ctl")
    holds(ask(lab, body("hi", model="claude-ctl")).status >= 400, "disabled")
    bad = data(lab, "status")["accountsNotOk"]
    holds("by ctl" in [account["name"] for account in bad], bad)
    ctl(lab, "account", "enable", "by ctl")
    equal(ask(lab, body("hi", model="claude-ctl")).status, 200)
    ctl(lab, "account", "delete", "by ctl")
    equal(ask(lab, body("hi", model="claude-ctl")).status, 404)


@case("llmrelayctl's administrators and tokens get in by the web server")
def _(lab):
    made = data(lab, "admin", "create", "by-ctl")
    login = {"username": "by-ctl", "password": made["password"]}
    equal(client.request(lab, "POST", "/admin/login", login).status, 200)
    ctl(lab, "admin", "delete", "by-ctl")
    reply = client.request(lab, "POST", "/admin/login", login)
    holds(reply.status in (401, 429), reply.status)
    token = ctl(lab, "token", "create", "e2e", "--expires", "1h").strip()

    def status(method, path, request=None):
        return client.request(lab, method, path, request,
                              {"x-admin-token": token}).status

    equal(status("GET", "/admin/dashboard"), 200)
    equal(status("POST", "/admin/tokens", {"name": "another"}), 403)
    equal(status("POST", "/admin/admins",
                 {"username": "x", "password": PASSWORD}), 403)
    ctl(lab, "token", "revoke", "e2e")
    equal(status("GET", "/admin/dashboard"), 401)


@case("llmrelayctl sees what is under way")
def _(lab):
    streams = [stream(lab, body("[[demo: chunks=20 size=8 delay=100]] go"))
               for _ in range(3)]
    for s in streams:
        while s.next().name != "content_block_delta":
            pass
    seen = data(lab, "status")
    equal(seen["running"], True)
    holds(seen["inFlight"] >= 3, seen)
    equal([seen["pid"]], lab.responder_pids())
    for s in streams:
        equal(s.rest()[-1].name, "message_stop")


@case("llmrelayctl's figures add up")
def _(lab):
    for _ in range(3):
        equal(ask(lab, body("count me")).status, 200)
    stats = data(lab, "stats")
    total = stats["total"]
    for field, name in (("requests", "requestsToday"),
                        ("inputTokens", "inputTokensToday"),
                        ("outputTokens", "outputTokensToday")):
        equal(sum(row[field] for row in stats["models"]), total[name],
              f"{field} by model")
    # Keys and accounts that were deleted are not listed.
    for rows in (stats["keys"], stats["accounts"]):
        part = sum(row["requests"] for row in rows)
        holds(0 < part <= total["requestsToday"], stats)
    holds("claude-3-opus-20240229" in [row["name"]
                                       for row in stats["models"]], stats)


@case("many llmrelayctl at once hinder nobody")
def _(lab):
    def both(i):
        if i % 2:
            return ask(lab, body("hi")).status
        return len(data(lab, "account", "list")) > 0

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        got = list(pool.map(both, range(64)))
    equal((got.count(200), got.count(True)), (32, 32))


@case("llmrelayctl works while no responder runs, and beside a new one")
def _(lab):
    pids = lab.responder_pids()
    for pid in pids:
        os.kill(pid, signal.SIGTERM)
    # While it ends, too.
    holds(len(data(lab, "account", "list")) > 0, "accounts")
    lab.await_end(pids)
    equal(data(lab, "status", status=3)["running"], False)
    key = ctl(lab, "key", "create", "meanwhile").strip()
    lab.restart_responder()
    equal(ask(lab, body("hi"), headers={"x-api-key": key}).status, 200)
    equal(data(lab, "status")["running"], True)
    ctl(lab, "key", "delete", "meanwhile")


@case("what llmrelayctl costs")
def _(lab):
    def took(*words):
        began = time.monotonic()
        for _ in range(10):
            ctl(lab, *words)
        return (time.monotonic() - began) * 100

    measured(f"admin list, running: {took('admin', 'list'):.0f} ms")
