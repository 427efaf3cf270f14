"""Draining, sudden death, and what is on record afterwards."""

import concurrent.futures
import http.client
import json
import os
import signal
import threading
import time

import client
from lab import wait_for
from setting import Admin, ask, body, said, stream, text_of
from tap import case, equal, holds, measured


@case("the responder leaves no core file and gains no rights")
def _(lab):
    for pid in lab.responder_pids():
        with open(f"/proc/{pid}/limits", encoding="ascii") as f:
            core = next(line for line in f if line.startswith("Max core"))
        equal(core.split()[4:6], ["0", "0"])
        with open(f"/proc/{pid}/status", encoding="utf-8") as f:
            holds("NoNewPrivs:\t1\n" in f.read(), "it may gain rights")


@case("SIGTERM lets open streams finish and refuses no completed one")
def _(lab):
    s = stream(lab, body("[[demo: chunks=20 size=8 delay=100]] go"))
    while s.next().name != "content_block_delta":
        pass
    pids = lab.responder_pids()
    holds(pids, "no responder is running")
    for pid in pids:
        os.kill(pid, signal.SIGTERM)
    rest = s.rest()
    equal(rest[-1].name, "message_stop")
    equal(sum(e.name == "content_block_delta" for e in rest), 19)
    lab.await_end(pids)
    if lab.responder:
        equal(lab.responder.wait(10), 0, "exit status")
    lab.restart_responder()
    equal(ask(lab, body("hi")).status, 200)


@case("what backends taught is known after a restart")
def _(lab):
    made = lab.admin.account("teacher", lab.demo.url, ["claude-teacher"])
    path = f"/admin/azure-openai-accounts/{made['id']}"
    text = "Tell me of the sea and of the ships upon it. " * 20
    for _ in range(6):
        equal(ask(lab, body(text, model="claude-teacher")).status, 200)
    before = lab.admin.good("GET", path)["data"]["learned"]
    pids = lab.responder_pids()
    for pid in pids:
        os.kill(pid, signal.SIGTERM)
    lab.await_end(pids)
    lab.restart_responder()
    admin = Admin(lab)
    equal(admin.good("GET", path)["data"]["learned"], before)
    holds(before["tokenSamples"] >= 5, before)
    admin.good("DELETE", path)


def requests_of(lab, key_id):
    """Requests on record for a key."""
    admin = Admin(lab)
    data = admin.good("GET", f"/admin/api-keys/{key_id}")["data"]
    return data["usage"]["total"]["requests"]


@case("kill -9 loses no completed request")
def _(lab):
    key = lab.admin.key("killed")
    headers = {"x-api-key": key["apiKey"]}
    done = []
    stop = threading.Event()

    def worker(streaming):
        while not stop.is_set():
            try:
                if streaming:
                    s = client.Stream(
                        lab, "/v1/messages",
                        body("[[demo: size=4]] hi", stream=True), headers)
                    if s.status == 200 and s.rest()[-1].name == \
                            "message_stop":
                        done.append(1)
                else:
                    reply = client.request(lab, "POST", "/v1/messages",
                                           body("hi"), headers)
                    if reply.status == 200 and reply.json()["stop_reason"]:
                        done.append(1)
            except (OSError, http.client.HTTPException, AssertionError,
                    IndexError, json.JSONDecodeError):
                pass

    threads = [threading.Thread(target=worker, args=(i % 2,))
               for i in range(8)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(3):
            before = len(done)
            wait_for(lambda: len(done) > before + 40, "traffic", 60)
            lab.kill_responder(signal.SIGKILL)
            began = time.monotonic()
            lab.restart_responder()
            measured(f"[{lab.server}] healthy again after kill -9: "
                     f"{time.monotonic() - began:.2f} s")
        before = len(done)
        wait_for(lambda: len(done) > before + 40, "traffic", 60)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    recorded = requests_of(lab, key["id"])
    holds(recorded >= len(done),
          f"{len(done)} completed, {recorded} on record")
    measured(f"[{lab.server}] {len(done)} completed over three kills, "
             f"{recorded} on record")


@case("logins and keys survive a restart")
def _(lab):
    token = lab.admin.token
    lab.kill_responder(signal.SIGTERM)
    lab.restart_responder()
    reply = client.request(lab, "GET", "/admin/api-keys",
                           headers={"authorization": f"Bearer {token}"})
    equal(reply.status, 200, reply.body)
    equal(text_of(ask(lab, body("hi")).json()), said("hi"))


@case("usage on record equals what clients were told")
def _(lab):
    key = lab.admin.key("counted")
    headers = {"x-api-key": key["apiKey"]}
    tokens = {"input_tokens": 0, "output_tokens": 0}
    for i in range(6):
        request = body("one two three " * (i + 1))
        if i % 2:
            message = client.message_of(
                stream(lab, request, headers=headers).rest())
        else:
            message = ask(lab, request, headers=headers).json()
        for name in tokens:
            tokens[name] += message["usage"][name]
    total = lab.admin.good(
        "GET", f"/admin/api-keys/{key['id']}")["data"]["usage"]["total"]
    equal((total["requests"], total["inputTokens"], total["outputTokens"]),
          (6, tokens["input_tokens"], tokens["output_tokens"]))


@case("twenty requests at once start one responder", ["apache-cgi"])
def _(lab):
    lab.kill_responder(signal.SIGTERM)
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        replies = list(pool.map(lambda _: ask(lab, body("hi")).status,
                                range(20)))
    equal(replies, [200] * 20)
    equal(len(lab.responder_pids()), 1, "responders")
