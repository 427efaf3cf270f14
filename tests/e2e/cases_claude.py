"""What Claude's own clients ask for beside messages."""

import signal

import client
from cases_protocol import is_error
from setting import ask, body, said, stream, text_of
from tap import case, equal, holds


@case("a base URL answers probes; telemetry is taken and forgotten")
def _(lab):
    for path in ("/", "/v1", "/api", "/claude", "/api/v1/"):
        for method in ("HEAD", "GET"):
            reply = client.request(lab, method, path)
            equal(reply.status, 200, f"{method} {path}")
    reply = client.request(lab, "POST", "/api/event_logging/batch",
                           {"events": []})
    equal((reply.status, reply.json()), (200, {}))
    reply = client.request(lab, "HEAD", "/v1/models",
                           headers={"x-api-key": lab.key})
    equal((reply.status, reply.body), (200, b""))


@case("a key learns what it has used")
def _(lab):
    headers = {"authorization": f"Bearer {lab.key}"}
    before = client.request(lab, "GET", "/v1/usage", headers=headers).json()
    equal(ask(lab, body("hi")).status, 200)
    after = client.request(lab, "GET", "/api/v1/usage",
                           headers=headers).json()
    equal(after["usage"]["total"]["requests"],
          before["usage"]["total"]["requests"] + 1)
    holds(after["usage"]["daily"]["outputTokens"] > 0, after)
    me = client.request(lab, "GET", "/v1/me", headers=headers).json()
    equal((me["type"], me["display_name"]), ("user", "e2e"))
    info = client.request(lab, "GET", "/claude/v1/key-info",
                          headers=headers).json()["keyInfo"]
    equal(f"user_{info['id']}", me["id"])
    equal(info["usage"]["total"]["requests"],
          after["usage"]["total"]["requests"])
    is_error(client.request(lab, "GET", "/v1/usage"), 401,
             "authentication_error", "x-api-key header is required")


@case("a refused key is told not to try again")
def _(lab):
    for name, value, message in (
            ("x-api-key", "cr_" + "0" * 64, "invalid x-api-key"),
            ("authorization", "Bearer cr_" + "0" * 64,
             "invalid bearer token")):
        reply = client.request(lab, "POST", "/v1/messages", body("hi"),
                               {name: value})
        is_error(reply, 401, "authentication_error", message)
        equal(reply.headers["x-should-retry"], "false")


@case("a message thread is kept, also when the responder is killed")
def _(lab):
    tool = {"name": "get_weather", "input_schema": {"type": "object"}}
    reply = ask(lab, body("one", system="Be brief.", tools=[tool],
                          thread={"type": "create"}))
    equal(reply.status, 200, reply.body)
    last = reply.json()["id"]

    def go_on(text, **more):
        return body(text, thread={"type": "continue",
                                  "previous_message_id": last}, **more)

    events = stream(lab, go_on("two")).rest()
    message = client.message_of(events)
    equal(text_of(message), said("two"))
    last = message["id"]
    lab.kill_responder(signal.SIGKILL)
    lab.restart_responder()
    mark = lab.demo.mark()
    reply = ask(lab, go_on("three"))
    equal(reply.status, 200, reply.body)
    sent = lab.demo.last_body(mark)
    equal(sent["messages"], [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "one"},
        {"role": "assistant", "content": said("one")},
        {"role": "user", "content": "two"},
        {"role": "assistant", "content": said("two")},
        {"role": "user", "content": "three"}])
    equal(sent["tools"][0]["function"]["name"], "get_weather")
    reply = ask(lab, go_on("late"))
    is_error(reply, 404, "not_found_error")
    equal(reply.json()["error"]["details"]["error_code"], "thread_not_found")
