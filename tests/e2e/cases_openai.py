"""OpenAI's endpoints, passed through, and Messages to servers of their own
protocol."""

import json
import time

import client
from cases_faults import wait_aborted
from cases_sdk import run_sdk
from setting import OPUS, ask, body, said, stream, text_of
from tap import case, equal, holds, measured

NATIVE = "claude-native"
BROKEN = "[[demo: chunks=9 delay=20 error_frame=5 message=no]]"


def chat(text, model=OPUS, **more):
    return {"model": model, "messages": [{"role": "user", "content": text}],
            **more}


def post(lab, path, request, headers=None, timeout=60):
    return client.request(lab, "POST", path, request,
                          headers or {"authorization": f"Bearer {lab.key}"},
                          timeout)


def lines(lab, request, path="/v1/chat/completions"):
    """Status and lines with the time of their arrival."""
    connection, response = client.open_request(
        lab, "POST", path, {**request, "stream": True},
        {"authorization": f"Bearer {lab.key}"})
    found, rest = [], b""
    while piece := response.read1(65536):
        *whole, rest = (rest + piece).split(b"\n")
        found += [(time.monotonic(), line.decode()) for line in whole]
    connection.close()
    equal(rest, b"", "an unfinished line")
    return response, found


def chunks_of(found):
    return [json.loads(line[6:]) for _, line in found
            if line.startswith("data: {")]


def is_error(reply, status, code, kind="invalid_request_error"):
    equal(reply.status, status, reply.body)
    error = reply.json()["error"]
    equal((error["code"], error["type"], error["param"]), (code, kind, None),
          reply.body)
    holds(reply.headers["x-request-id"].startswith("req_"), "x-request-id")


@case("chat completions pass through")
def _(lab):
    mark = lab.demo.mark()
    reply = post(lab, "/v1/chat/completions", chat("hi", seed=2**53 + 1))
    equal(reply.status, 200, reply.body)
    answer = reply.json()
    equal(answer["choices"][0]["message"]["content"], said("hi"))
    equal(answer["model"], OPUS)
    sent = lab.demo.last_body(mark)
    equal(sent, chat("hi", model="demo-model", seed=2**53 + 1))


@case("a chat stream passes through as it comes")
def _(lab):
    mark = lab.demo.mark()
    response, found = lines(lab, chat("[[demo: delay=200 size=20]]as it comes"))
    equal(response.status, 200)
    holds(response.headers["content-type"].startswith("text/event-stream"),
          response.headers["content-type"])
    chunks = chunks_of(found)
    equal("".join(c["choices"][0]["delta"].get("content", "")
                  for c in chunks), said("as it comes"))
    holds(all(c["model"] == OPUS for c in chunks), found)
    equal(found[-2][1], "data: [DONE]")
    spread = found[-2][0] - found[0][0]
    holds(spread > 0.4, f"all within {spread:.2f} s")
    equal(lab.demo.last_body(mark)["stream_options"],
          {"include_usage": True})


@case("usage chunks are for those who asked")
def _(lab):
    _, found = lines(lab, chat("hi"))
    holds(all(c["choices"] for c in chunks_of(found)), found)
    _, found = lines(lab, chat("hi", stream_options={"include_usage": True}))
    last = chunks_of(found)[-1]
    equal(last["choices"], [])
    holds(last["usage"]["completion_tokens"] > 0, last)


@case("usage of what is passed on is accounted for")
def _(lab):
    key = lab.admin.key("openai usage")
    headers = {"authorization": f"Bearer {key['apiKey']}"}
    for path, request in (
            ("/v1/chat/completions", chat("[[demo: cached=2]]hi")),
            ("/v1/chat/completions", chat("hi", stream=True)),
            ("/v1/completions", {"model": OPUS, "prompt": "a b c"}),
            ("/v1/embeddings", {"model": OPUS, "input": "a b c d"}),
            ("/v1/responses", {"model": OPUS, "input": "a", "stream": True}),
            ("/v1/messages", body("hi", model=NATIVE, stream=True))):
        equal(post(lab, path, request, headers).status, 200, path)
    reply = client.request(lab, "GET", "/v1/usage", headers=headers)
    text = reply.body.decode()
    holds('"requests":6' in text.replace(" ", ""), text)


@case("completions, embeddings and responses pass through")
def _(lab):
    reply = post(lab, "/v1/completions", {"model": OPUS, "prompt": "hi"})
    equal(reply.json()["choices"][0]["text"], said("hi"))
    equal(reply.json()["model"], OPUS)
    reply = post(lab, "/azure/embeddings", {"model": OPUS, "input": ["a"]})
    equal(len(reply.json()["data"][0]["embedding"]), 8)
    equal(reply.json()["model"], OPUS)
    reply = post(lab, "/openai/v1/responses", {"model": OPUS, "input": "hi"})
    equal(reply.json()["output"][0]["content"][0]["text"], said("hi"))
    _, found = lines(lab, {"model": OPUS, "input": "hi"}, "/v1/responses")
    last = chunks_of(found)[-1]
    equal((last["type"], last["response"]["model"]),
          ("response.completed", OPUS))


@case("a megabyte of embeddings passes through")
def _(lab):
    reply = post(lab, "/v1/embeddings", {
        "model": OPUS, "input": [f"text {i}" for i in range(100)],
        "dimensions": 1000})
    holds(len(reply.body) > 1000000, len(reply.body))
    answer = reply.json()
    equal((len(answer["data"]), answer["model"]), (100, OPUS))


@case("mistakes of OpenAI's clients are told in their words")
def _(lab):
    path = "/v1/chat/completions"
    is_error(post(lab, path, chat("hi"), {"authorization": "Bearer cr_no"}),
             401, "invalid_api_key")
    is_error(client.request(lab, "POST", path, chat("hi")), 401,
             "invalid_api_key")
    is_error(post(lab, path, chat("hi", model="nobody-has")), 404,
             "model_not_found")
    is_error(post(lab, path, b"{\"model\": nope"), 400, None)
    is_error(post(lab, path, {"messages": []}), 400, None)
    is_error(post(lab, "/openai/v1/nothing", {}), 404, "unknown_url")
    reply = client.request(lab, "GET", path)
    is_error(reply, 405, "method_not_supported")
    equal(reply.headers["allow"], "POST")
    is_error(post(lab, path, b"x" * (33 * 1024 * 1024 + 1024)), 413,
             "request_too_large")


@case("a backend's refusal keeps status, words and retry-after")
def _(lab):
    for status in (400, 409, 422, 429, 500, 503):
        text = (f"[[demo: status={status} retry_after=7 "
                "message='as the backend says']]hi")
        reply = post(lab, "/v1/chat/completions",
                     chat(text, model="claude-faults"))
        equal(reply.status, status, reply.body)
        error = reply.json()["error"]
        equal((error["message"], error["code"]),
              ("as the backend says", status))
        equal(reply.headers["retry-after"], "7", status)
    reply = post(lab, "/v1/chat/completions",
                 chat("[[demo: status=401 message=key-123]]hi",
                      model="claude-faults"))
    equal(reply.status, 502, "the relay's own credentials")
    holds(b"key-123" not in reply.body, reply.body)


@case("chat completions fail over before anything is visible")
def _(lab):
    for request in (chat("hi", model="claude-failover"),
                    chat("hi", model="claude-failover", stream=True)):
        reply = post(lab, "/v1/chat/completions", request)
        equal(reply.status, 200, reply.body)


@case("a cut chat stream does not end well")
def _(lab):
    _, found = lines(lab, chat("[[demo: chunks=9 delay=20 cut=4]]"))
    last = chunks_of(found)[-1]
    holds("complete" in last["error"]["message"], last)
    holds("data: [DONE]" not in [line for _, line in found], found)
    _, found = lines(lab, chat(BROKEN))
    equal(chunks_of(found)[-1]["error"]["message"], "no")


@case("a silent chat stream is pinged with comments")
def _(lab):
    _, found = lines(lab, chat("[[demo: first=4000 late_headers=yes]]slow"))
    first = next(at for at, line in found if line.startswith("data: "))
    pings = [at for at, line in found if line == ": ping"]
    holds(len([at for at in pings if at < first - 0.5]) >= 2,
          f"{len(pings)} pings in 4 s of silence")
    equal("".join(c["choices"][0]["delta"].get("content", "")
                  for c in chunks_of(found)), said("slow"))


@case("an OpenAI client that leaves frees the backend")
def _(lab):
    for text in ("[[demo: chunks=600 size=8 delay=100]]",
                 "[[demo: chunks=5 hang=3]]"):
        mark = lab.demo.mark()
        connection, response = client.open_request(
            lab, "POST", "/v1/chat/completions", chat(text, stream=True),
            {"authorization": f"Bearer {lab.key}"})
        holds(response.readline().startswith(b"data: "), "a first chunk")
        response.close()
        connection.close()
        took = wait_aborted(lab, mark, 15)
        holds(took is not None and took < 2, f"freed after {took} s")
        measured(f"[{lab.server}] abort of a chat stream: {took:.2f} s")


@case("Messages go as they are to servers that speak them")
def _(lab):
    mark = lab.demo.mark()
    request = body("hi", model=NATIVE, some_new_field={"n": 2**60},
                   system=[{"type": "text", "text": "Be brief.",
                            "cache_control": {"type": "ephemeral"}}])
    reply = ask(lab, request)
    equal(reply.status, 200, reply.body)
    equal((text_of(reply.json()), reply.json()["model"]),
          (said("hi"), NATIVE))
    row = next(r for r in lab.demo.since(mark) if r["event"] == "request")
    equal((row["path"], row["body"]),
          ("/v1/messages", {**request, "model": "demo-model"}))
    s = stream(lab, body("call tool get_weather {\"city\": \"Rom\"}",
                         model=NATIVE, tools=[{
                             "name": "get_weather",
                             "input_schema": {"type": "object"}}]))
    message = client.message_of(s.rest())
    equal(message["content"][-1]["input"], {"city": "Rom"})
    equal((message["model"], message["stop_reason"]), (NATIVE, "tool_use"))


@case("accounts of servers that speak Messages are tested in their words")
def _(lab):
    account = lab.admin.account("native, tested", lab.demo.url,
                                ["claude-native-tested"], protocol="anthropic")
    holds(account["test"]["ok"], account["test"])
    path = f"/admin/azure-openai-accounts/{account['id']}"
    equal(lab.admin.good("GET", path)["data"]["protocol"], "anthropic")
    lab.admin.good("DELETE", path)


@case("faults of servers that speak Messages are told as they are")
def _(lab):
    reply = ask(lab, body("[[demo: status=429 retry_after=7 message=slow]]",
                          model=NATIVE))
    equal((reply.status, reply.json()["error"]["type"],
           reply.headers["retry-after"]), (429, "rate_limit_error", "7"))
    events = stream(lab, body("[[demo: chunks=9 delay=20 cut=5]]",
                              model=NATIVE)).rest()
    equal(events[-1].name, "error")
    holds("complete" in events[-1].data["error"]["message"], events[-1])
    events = stream(lab, body(BROKEN, model=NATIVE)).rest()
    equal(events[-1].data["error"]["message"], "no")
    events = stream(lab, body("[[demo: first=4000 late_headers=yes]]slow",
                              model=NATIVE)).rest()
    holds([e.name for e in events[:2]] == ["ping", "ping"], events[:3])
    equal(text_of(client.message_of(events)), said("slow"))


@case("the protocols fail over to each other")
def _(lab):
    for model in ("claude-to-native", "claude-from-native"):
        reply = ask(lab, body("hi", model=model))
        equal((reply.status, text_of(reply.json())), (200, said("hi")), model)
        s = stream(lab, body("hi", model=model))
        equal(text_of(client.message_of(s.rest())), said("hi"), model)


@case("a server that speaks Messages alone serves no chat completions")
def _(lab):
    is_error(post(lab, "/v1/chat/completions", chat("hi", model=NATIVE)),
             404, "model_not_found")


@case("the OpenAI SDK: chat, streams, embeddings, responses, errors")
def _(lab):
    run_sdk(lab, "openai", script="openai", MODEL="claude-sonnet-4-5")
