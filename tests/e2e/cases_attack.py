"""What hostile clients and backends try, through the real web server."""

import http.client
import os

import client
from setting import ask, body
from tap import case, equal, holds

SECRET = "gateway-secret-0815-xyz"


@case("a backend that quotes its key does not show it to clients")
def _(lab):
    lab.admin.account("quoting", lab.demo.url, ["claude-quoting"],
                      apiKey=SECRET, headers={"X-Tenant": "tenant-4711-name"})
    said = f"no entry for {SECRET} of tenant-4711-name here"
    for stream in (False, True):
        reply = ask(lab, body(f"[[demo: status=400 message=\"{said}\"]] x",
                              model="claude-quoting", stream=stream))
        equal(reply.status, 400, reply.body)
        message = reply.json()["error"]["message"]
        holds("no entry for" in message and "here" in message, message)
        holds("gateway" not in message and "4711" not in message, message)
    with open(f"{lab.dir}/log/llmrelay.log", "rb") as f:
        holds(SECRET.encode() not in f.read(), "the key is in the log")


@case("names cannot forge or colour lines of the log")
def _(lab):
    with open(f"{lab.dir}/log/llmrelay.log", "rb") as f:
        f.seek(0, os.SEEK_END)
        name = "x\n2026 info request\u009b31m\u2028y\u202e\x7f"
        lab.admin.call("POST", "/admin/login",
                       {"username": name, "password": "wrong-password"})
        ask(lab, body("hi", model=name))
        for line in f.read()[:-1].split(b"\n"):
            holds(line[:2] == b"20" and b" " in line, line)
            text = line.decode()
            holds(not any(ord(c) < 32 or 0x7f <= ord(c) < 0xa0 or
                          c in "\u2028\u2029\u202e" for c in text), line)


@case("a NUL does not shorten what an administrator sends")
def _(lab):
    reply = lab.admin.call("POST", "/admin/api-keys", {"name": "a\0b"})
    equal(reply.status, 400, reply.body)
    made = lab.admin.key("a\\u0000b")
    equal(made["name"], "a\\u0000b")


@case("large bodies of strangers are not kept")
def _(lab):
    pid = lab.responder_pids()[0]

    def resident():
        with open(f"/proc/{pid}/status", encoding="ascii") as f:
            return next(int(line.split()[1]) for line in f
                        if line.startswith("VmRSS:"))

    before = resident()
    waiting = []
    for _ in range(20):
        connection = http.client.HTTPConnection("127.0.0.1", lab.port,
                                                timeout=60)
        connection.putrequest("POST", "/v1/messages")
        connection.putheader("content-length", str(20_000_000))
        connection.putheader("x-api-key", "cr_" + "0" * 64)
        connection.endheaders()
        connection.send(b" " * 19_999_999)
        waiting.append(connection)
    grown = resident() - before
    holds(grown < 60_000, f"{grown} KB for bodies without a key")
    for connection in waiting:
        connection.send(b"x")
        reply = connection.getresponse()
        equal(reply.status, 401, reply.read())
        connection.close()
    equal(ask(lab, body("hi " + "x" * 1_000_000)).status, 200)
