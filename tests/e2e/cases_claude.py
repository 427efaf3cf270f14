"""What Claude's own clients ask for beside messages."""

import signal

import client
from cases_protocol import is_error
from model import Say
from scene import MOST, Scene
from searcher import FOUND
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


SEARCH = {"type": "web_search_20250305", "name": "web_search", "max_uses": 8}


def search_of(message):
    """The first two blocks, checked; returns the second one's content."""
    use, result = message["content"][:2]
    equal((use["type"], use["name"]), ("server_tool_use", "web_search"))
    holds(use["id"].startswith("srvtoolu_"), use["id"])
    equal(result["type"], "web_search_tool_result")
    equal(result["tool_use_id"], use["id"])
    return result["content"]


@case("a request with web_search alone is searched for and answered")
def _(lab):
    request = body("Perform a web search for the query: Wetter in Köln",
                   tools=[SEARCH],
                   tool_choice={"type": "tool", "name": "web_search"})
    mark = lab.demo.mark()
    message = ask(lab, request).json()
    content = search_of(message)
    equal([(r["title"], r["url"], r["page_age"]) for r in content],
          [(FOUND[0]["title"], FOUND[0]["url"], "2026-11-23"),
           (FOUND[1]["title"], FOUND[1]["url"], None)])
    equal(lab.searcher.queries[-1], "Wetter in Köln")
    equal(message["usage"]["server_tool_use"]["web_search_requests"], 1)
    equal(message["stop_reason"], "end_turn")
    sent = lab.demo.last_body(mark)
    holds("tools" not in sent and "tool_choice" not in sent, sent)
    holds(FOUND[0]["content"] in sent["messages"][-1]["content"], sent)
    reply = client.request(
        lab, "POST", "/v1/messages/count_tokens",
        {name: request[name] for name in ("model", "messages", "tools")},
        {"x-api-key": lab.key})
    equal(reply.status, 200, reply.body)
    streamed = client.message_of(stream(lab, request).rest())
    equal(search_of(streamed), content)
    equal(streamed["content"][0]["input"], {"query": "Wetter in Köln"})
    equal(text_of(streamed), text_of(message))
    # The demo says again what it was told: all addresses.
    for answer in (message, streamed):
        equal([c["url"] for c in answer["content"][2]["citations"]],
              [r["url"] for r in FOUND])
    # It comes back in the history of the next turn.
    request["messages"] += [
        {"role": "assistant", "content": streamed["content"]},
        {"role": "user", "content": "and tomorrow?"}]
    del request["tools"], request["tool_choice"]
    mark = lab.demo.mark()
    equal(ask(lab, request).status, 200)
    holds(FOUND[0]["url"] in
          lab.demo.last_body(mark)["messages"][-2]["content"], "history")


@case("a search that fails is told to both sides")
def _(lab):
    lab.searcher.status = 503
    try:
        message = ask(lab, body("what?", tools=[SEARCH])).json()
    finally:
        lab.searcher.status = 200
    equal(search_of(message), {"type": "web_search_tool_result_error",
                               "error_code": "unavailable"})
    holds("server_tool_use" not in message["usage"], message["usage"])
    holds("The web search failed (unavailable)" in text_of(message), message)
    reply = ask(lab, body("hi", tools=[
        SEARCH, {"name": "f", "input_schema": {"type": "object"}}]))
    equal(text_of(reply.json()), said("hi"))


@case("Claude Code searches the web and reads what was found", MOST)
def _(lab):
    with Scene(lab, "search") as scene:
        lab.searcher.queries.clear()
        scene.model.script = {
            "TASK-SEARCH": [
                Say("I look it up.", "", [("WebSearch",
                                           {"query": "Wetter in Köln"})]),
                Say("It is warm.")],
            "Perform a web search for the query: Wetter in Köln":
                [Say("It is 18 °C [Weather of Köln](https://example.org/).")]}
        run = scene.claude.run("TASK-SEARCH: how is the weather?",
                               "--allowedTools", "WebSearch")
        scene.check(run)
        equal(run.result["result"], "It is warm.")
        equal(lab.searcher.queries, ["Wetter in Köln"])
        result = str(run.blocks("user", "tool_result"))
        for words in ("Weather of Köln", "https://example.org/köln",
                      "It is 18 °C"):
            holds(words in result, result)
