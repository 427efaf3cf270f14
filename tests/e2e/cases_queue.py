"""Requests that wait for a place: of their key, or of an account."""

import http.client
import json
import re
import signal
import threading

import client
from lab import wait_for
from setting import Admin, ask, body, stream, text_of
from tap import case, equal, holds

SLOW = "[[demo: chunks=400 size=8 delay=50]] go"
MODEL = "claude-queue"
ACCOUNTS = "/admin/azure-openai-accounts"


class Queue:
    """A key with one place and a queue, an account, and who is where."""

    def __init__(self, lab, size=5, ms=60000, concurrency=1, **account):
        self.lab = lab
        self.admin = Admin(lab)
        self.account = self.admin.account("queue", lab.demo.url, [MODEL],
                                          **account)
        self.key = self.admin.key(
            "queue", concurrencyLimit=concurrency,
            concurrentRequestQueueMaxSize=size,
            concurrentRequestQueueTimeoutMs=ms)
        self.headers = {"x-api-key": self.key["apiKey"]}
        self.replies = {}
        self.threads = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for thread in self.threads:
            thread.join(60)
        self.admin.good("DELETE", f"{ACCOUNTS}/{self.account['id']}")
        self.admin.good("DELETE", f"/admin/api-keys/{self.key['id']}")

    def await_listed(self, n):
        def listed():
            rows = self.admin.good("GET", "/admin/requests/live")["data"]
            mine = [row for row in rows["requests"]
                    if row["keyId"] == self.key["id"]]
            return mine if len(mine) == n else None

        return wait_for(listed, f"{n} requests of the key to be listed")

    def occupy(self):
        """A stream that takes the one place there is."""
        s = stream(self.lab, body(SLOW, model=MODEL), headers=self.headers)
        while s.next().name != "content_block_delta":
            pass
        return s

    def ask(self, text):
        return ask(self.lab, body(text, model=MODEL), headers=self.headers)

    def send(self, text):
        """Asks, on a thread; in self.replies in the end."""

        def run():
            self.replies[text] = self.ask(text)

        self.threads.append(threading.Thread(target=run))
        self.threads[-1].start()

    def join(self):
        for thread in self.threads:
            thread.join(60)
        return self.replies


@case("a burst over a key's limit is served in order; over the queue it is 429")
def _(lab):
    texts = [f"number {i}" for i in range(5)]
    with Queue(lab) as q:
        s = q.occupy()
        mark = lab.demo.mark()
        for i, text in enumerate(texts):
            q.send(text)
            rows = q.await_listed(i + 2)
            equal(rows[-1]["why"],
                  "waits: the concurrency limit of its key")
        reply = q.ask("one too many")
        equal(reply.status, 429, reply.body)
        equal(reply.json()["error"]["type"], "rate_limit_error")
        equal(reply.headers["retry-after"], "1")
        s.abort()
        for text, reply in q.join().items():
            equal(reply.status, 200, reply.body)
            holds(text in text_of(reply.json()), reply.body)
        asked = [row["body"]["messages"][-1]["content"]
                 for row in lab.demo.since(mark) if row["event"] == "request"]
        equal([str(text) for text in asked], texts, "the order upstream")
        rows = q.admin.good(
            "GET", f"/admin/request-details?keyId={q.key['id']}")["data"]
        waited = [row for row in rows["records"]
                  if re.match(r"after \d+ ms in the queue: ", row["why"])]
        equal(len(waited), 5, rows)


@case("who waits too long gets 429, and 529 for an account that is full")
def _(lab):
    with Queue(lab, ms=300) as q:
        s = q.occupy()
        reply = q.ask("hi")
        equal(reply.status, 429, reply.body)
        holds("none ended within" in reply.body.decode(), reply.body)
        equal(reply.headers["retry-after"], "1")
        s.abort()
    with Queue(lab, ms=300, concurrency=0, maxConcurrentTasks=1) as q:
        s = q.occupy()
        reply = q.ask("hi")
        equal(reply.status, 529, reply.body)
        equal(reply.json()["error"]["type"], "overloaded_error")
        equal(reply.headers["retry-after"], "5")
        s.abort()


@case("a full account's next request waits for it")
def _(lab):
    with Queue(lab, concurrency=0, maxConcurrentTasks=1) as q:
        s = q.occupy()
        q.send("hi")
        holds("queue (1 in flight)" in q.await_listed(2)[-1]["why"], "why")
        s.abort()
        equal(q.join()["hi"].status, 200, q.replies["hi"].body)


def leave_soon(lab, q):
    """A client that sends a request and does not wait for the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", lab.port)
    connection.request("POST", "/v1/messages",
                       json.dumps(body("left", model=MODEL)),
                       {**q.headers, "content-type": "application/json"})
    q.await_listed(2)
    connection.close()


@case("a client that leaves while it waits is forgotten at once",
      servers=("lighttpd", "apache"))
def _(lab):
    with Queue(lab, size=1) as q:
        s = q.occupy()
        mark = lab.demo.mark()
        leave_soon(lab, q)
        q.await_listed(1)
        q.send("next")
        q.await_listed(2)
        s.abort()
        equal(q.join()["next"].status, 200, q.replies["next"].body)
        asked = [row["body"]["messages"][-1]["content"]
                 for row in lab.demo.since(mark) if row["event"] == "request"]
        equal(asked, ["next"], "what went upstream")


@case("a responder that is killed leaves no row of who waited")
def _(lab):
    with Queue(lab) as q:
        s = q.occupy()
        q.send("hi")
        q.await_listed(2)
        lab.kill_responder(signal.SIGKILL)
        s.abort()
        holds(q.join()["hi"].status >= 500, q.replies["hi"].body)
        lab.restart_responder()
        q.admin = Admin(lab)
        rows = q.admin.good(
            "GET", f"/admin/request-details?keyId={q.key['id']}")["data"]
        equal([row["outcome"] for row in rows["records"]], ["interrupted"])
        equal(q.ask("again").status, 200)
