"""Backends that refuse, stall, lie or break, and what clients see of it."""

import json
import socket
import time

import client
from cases_protocol import is_error
from lab import wait_for
from setting import ask, body, said, stream, text_of
from tap import case, equal, holds, measured

FAULTS = "claude-faults"


def fault(lab, switches, **more):
    return ask(lab, body(f"[[demo: {switches}]] hi", model=FAULTS, **more))


@case("a refused connection is a 502 that names no host")
def _(lab):
    for streaming in (False, True):
        reply = ask(lab, body("hi", model="claude-refused",
                              stream=streaming))
        is_error(reply, 502, "api_error")
        holds("127.0.0.1" not in reply.body.decode(), reply.body)


@case("upstream statuses become Anthropic's")
def _(lab):
    for status, wanted, kind in (
            (400, 400, "invalid_request_error"),
            (422, 400, "invalid_request_error"),
            (401, 502, "api_error"), (403, 502, "api_error"),
            (404, 404, "not_found_error"),
            (429, 429, "rate_limit_error"),
            (503, 529, "overloaded_error"), (504, 504, "timeout_error")):
        for streaming in (False, True):
            reply = fault(lab, f"status={status} message='words of it'",
                          stream=streaming)
            is_error(reply, wanted, kind)
    reply = fault(lab, "status=500 message='words of it'")
    holds(reply.status in (500, 502), reply.status)
    equal(reply.json()["error"]["type"], "api_error")


@case("the upstream's words and its Retry-After reach the client")
def _(lab):
    reply = fault(lab, "status=400 message='temperature is too hot'")
    holds("temperature is too hot" in reply.json()["error"]["message"],
          reply.body)
    reply = fault(lab, "status=429 retry_after=7")
    equal(reply.headers["retry-after"], "7")
    reply = fault(lab, "status=401")
    equal(reply.headers["x-should-retry"], "false")


@case("an HTML error page stays outside")
def _(lab):
    reply = fault(lab, "status=500 type=text/html "
                       "body='<html>secret 10.0.0.1</html>'")
    holds(b"secret" not in reply.body, reply.body)


@case("a prompt that does not fit is called too long")
def _(lab):
    reply = fault(lab, "context=5", max_tokens=10)
    equal(reply.status, 400, reply.body)
    holds("prompt is too long" in reply.json()["error"]["message"],
          reply.body)


@case("max_tokens beyond the context is cut to what fits")
def _(lab):
    reply = fault(lab, "context=300", max_tokens=100000)
    equal(reply.status, 200, reply.body)
    equal(text_of(reply.json()), said("hi"))


@case("a backend that does not begin in time is a 504")
def _(lab):
    for streaming in (False, True):
        began = time.monotonic()
        reply = ask(lab, body("[[demo: first=60000 late_headers=yes]] hi",
                              model="claude-impatient"))
        took = time.monotonic() - began
        is_error(reply, 504, "timeout_error")
        holds(took < 15, f"it took {took:.1f} s")


@case("a stream that falls silent ends with a timeout error")
def _(lab):
    events = stream(lab, body("[[demo: chunks=10 hang=3]] hi",
                              model="claude-impatient")).rest()
    message = client.message_of(events)
    equal(message["error"]["type"], "timeout_error", events[-1])


@case("a cut stream ends with an error, never with a stop reason")
def _(lab):
    for switches in ("cut=4", "cut=4 reset=yes", "end=4 no_done=yes",
                     "error_frame=4"):
        events = stream(lab, body(f"[[demo: chunks=10 delay=20 {switches}]]",
                                  model=FAULTS)).rest()
        message = client.message_of(events)
        holds("error" in message, f"{switches}: {events}")
        equal(events[-1].name, "error", switches)
        equal(message["error"]["type"], "api_error", switches)
        deltas = [e for e in events if e.name == "content_block_delta"]
        holds(2 <= len(deltas) <= 4, f"{switches}: {len(deltas)} deltas")


@case("a stream that breaks before its first word is an HTTP error")
def _(lab):
    for switches in ("cut=0", "cut=0 reset=yes", "error_frame=0"):
        reply = ask(lab, body(f"[[demo: chunks=10 {switches}]]",
                              model=FAULTS, stream=True))
        holds(reply.status in (500, 502), f"{switches}: {reply.status}")
        equal(reply.json()["error"]["type"], "api_error", switches)


@case("garbage in a stream is skipped, the rest arrives")
def _(lab):
    events = stream(lab, body("[[demo: chunks=6 size=8 garbage=3]]",
                              model=FAULTS)).rest()
    message = client.message_of(events)
    if "error" not in message:
        equal(len(text_of(message)), 48)


@case("an answer in one piece cut in the middle is a 502")
def _(lab):
    reply = fault(lab, "cut=1")
    holds(reply.status in (500, 502), f"{reply.status} {reply.body!r}")


@case("odd but complete streams are answers")
def _(lab):
    for switches in ("no_done=yes", "no_finish=yes", "no_role=yes",
                     "crlf=yes", "drip=yes", "json=yes", "pings=1",
                     "usage=finish", "usage=always", "per=100"):
        events = stream(lab, body(f"[[demo: {switches}]] hi",
                                  model=FAULTS)).rest()
        message = client.message_of(events)
        equal(message.get("error"), None, switches)
        equal(text_of(message), said("hi"), switches)
        equal(message["stop_reason"], "end_turn", switches)


@case("another account takes over before anything was said")
def _(lab):
    mark = lab.busy.mark()
    for streaming in (False, True):
        request = body("hi", model="claude-failover")
        if streaming:
            message = client.message_of(stream(lab, request).rest())
        else:
            reply = ask(lab, request)
            equal(reply.status, 200, reply.body)
            message = reply.json()
        equal(text_of(message), said("hi"))
    asked = [r for r in lab.busy.since(mark) if r["event"] == "request"]
    holds(asked, "the first choice was never asked")


@case("an account that keeps failing is left alone for a while")
def _(lab):
    for _ in range(6):
        equal(ask(lab, body("hi", model="claude-failover")).status, 200)
    mark = lab.busy.mark()
    equal(ask(lab, body("hi", model="claude-failover")).status, 200)
    asked = [r for r in lab.busy.since(mark) if r["event"] == "request"]
    equal(asked, [], "requests to a cooling account")


def wait_aborted(lab, mark, seconds):
    """Seconds until the backend saw the end of its stream, or None."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if any(r["event"] == "aborted" for r in lab.demo.since(mark)):
            return time.monotonic() - began
        time.sleep(0.02)
    return None


@case("a client that leaves a speaking stream frees the backend")
def _(lab):
    mark = lab.demo.mark()
    s = stream(lab, body("[[demo: chunks=600 size=8 delay=100]] go"))
    while s.next().name != "content_block_delta":
        pass
    s.abort()
    took = wait_aborted(lab, mark, 10)
    holds(took is not None and took < 2, f"freed after {took} s")
    measured(f"[{lab.server}] abort of a speaking stream: {took:.2f} s")


@case("a client that leaves a silent stream frees the backend")
def _(lab):
    mark = lab.demo.mark()
    s = stream(lab, body("[[demo: chunks=5 hang=3]] go"))
    while s.next().name != "content_block_delta":
        pass
    s.abort()
    took = wait_aborted(lab, mark, 20)
    holds(took is not None, "the backend's stream stays open")
    measured(f"[{lab.server}] abort of a silent stream: {took:.2f} s")
    holds(took < 2, f"freed after {took} s")


def leave_before_answer(lab, streamed):
    """No web server watches a client whose answer has not begun."""
    mark = lab.demo.mark()
    data = json.dumps(body("[[demo: first=60000 late_headers=yes]]",
                           stream=streamed)).encode()
    with socket.create_connection(("127.0.0.1", lab.port)) as s:
        s.sendall(b"POST /v1/messages HTTP/1.1\r\nhost: localhost\r\n"
                  b"content-type: application/json\r\n"
                  b"x-api-key: " + lab.key.encode() + b"\r\n"
                  b"content-length: %d\r\n\r\n" % len(data) + data)
        wait_for(lambda: any(r["event"] == "request"
                             for r in lab.demo.since(mark)), "the request")
    took = wait_aborted(lab, mark, 15)
    holds(took is not None, "the backend's stream stays open")
    kind = "a stream" if streamed else "a plain answer"
    measured(f"[{lab.server}] abort before {kind} began: {took:.2f} s")
    holds(took < 2, f"freed after {took} s")


@case("a client that leaves before its stream begins frees the backend")
def _(lab):
    leave_before_answer(lab, True)


@case("a client that leaves before its plain answer frees the backend")
def _(lab):
    leave_before_answer(lab, False)


@case("an account that leads back to the relay is no endless loop")
def _(lab):
    made = lab.admin.account("loop", lab.url, ["claude-loop"], apiKey=lab.key,
                             deploymentName="claude-loop")
    try:
        reply = ask(lab, body("hi", model="claude-loop"))
        is_error(reply, 400, "invalid_request_error")
        holds("leads back" in reply.json()["error"]["message"], reply.body)
    finally:
        lab.admin.good("DELETE",
                       f"/admin/azure-openai-accounts/{made['id']}")
