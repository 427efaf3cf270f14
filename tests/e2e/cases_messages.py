"""/v1/messages: shapes, streams, tools, images, thinking, limits."""

import base64
import json
import statistics
import struct
import subprocess
import time
import zlib

import client
from setting import OPUS, ask, body, said, stream, text_of
from tap import case, equal, holds, measured

FILLER = "one relay passes on every word it gets "


@case("the guide's curl gets its answer")
def _(lab):
    out = subprocess.run(
        ["curl", "-s", "-X", "POST", f"{lab.url}/v1/messages",
         "-H", "Content-Type: application/json",
         "-H", f"x-api-key: {lab.key}",
         "-d", '''{
    "model": "claude-3-opus-20240229",
    "messages": [
      {"role": "user", "content": "你好"}
    ],
    "max_tokens": 1024
  }'''], check=True, stdout=subprocess.PIPE, timeout=60).stdout
    message = json.loads(out)
    equal(message["type"], "message")
    equal(message["role"], "assistant")
    equal(message["model"], OPUS)
    equal(message["content"], [{"type": "text", "text": said("你好")}])
    equal(message["stop_reason"], "end_turn")
    equal(message["stop_sequence"], None)
    holds(message["id"].startswith("msg_"), message["id"])
    equal(message["usage"]["output_tokens"], 8)
    holds(message["usage"]["input_tokens"] > 0, message["usage"])


@case("a stream has exactly the events it should have")
def _(lab):
    s = stream(lab, body("[[demo: chunks=3 size=8]] go"))
    equal(s.status, 200)
    equal(s.headers["content-type"], "text/event-stream; charset=utf-8")
    holds("no-cache" in s.headers["cache-control"], s.headers["cache-control"])
    holds(s.headers["request-id"].startswith("req_"), s.headers["request-id"])
    events = [e for e in s.rest() if e.name != "ping"]
    equal([e.name for e in events],
          ["message_start", "content_block_start", "content_block_delta",
           "content_block_delta", "content_block_delta",
           "content_block_stop", "message_delta", "message_stop"])
    start = events[0].data["message"]
    equal(start["model"], OPUS)
    equal(start["usage"]["output_tokens"], 0)
    equal(events[1].data["content_block"], {"type": "text", "text": ""})
    equal([e.data["delta"] for e in events[2:5]],
          [{"type": "text_delta", "text": FILLER[i:i + 8]}
           for i in (0, 8, 16)])
    equal(events[6].data["delta"],
          {"stop_reason": "end_turn", "stop_sequence": None})
    equal(set(events[6].data["usage"]) >=
          {"input_tokens", "output_tokens", "cache_read_input_tokens",
           "cache_creation_input_tokens"}, True, "usage")
    equal(events[7].data, {"type": "message_stop"})


@case("events arrive while the backend is still speaking")
def _(lab):
    s = stream(lab, body("[[demo: chunks=20 size=8 delay=100]] go"))
    events = s.rest()
    deltas = [e for e in events if e.name == "content_block_delta"]
    equal(len(deltas), 20, "deltas")
    client.message_of(events)
    total = deltas[-1].at - s.began
    first = deltas[0].at - s.began
    holds(first < total / 2, f"first event after {first:.3f} of {total:.3f} s")
    gaps = [b.at - a.at for a, b in zip(deltas, deltas[1:])]
    holds(sum(gap > 0.02 for gap in gaps) >= 10,
          f"events came in lumps: {[round(g, 3) for g in gaps]}")
    # The least delay is taken as zero: what remains is jitter.
    late = [e.at - deltas[0].at - 0.1 * i for i, e in enumerate(deltas)]
    late = sorted((x - min(late)) * 1000 for x in late)
    measured(f"[{lab.server}] stream of 100 ms steps: first event "
             f"{first * 1000:.0f} ms, lateness median "
             f"{statistics.median(late):.2f} ms, max {late[-1]:.2f} ms")


@case("non-ASCII text is never cut inside a character")
def _(lab):
    text = "Grüße, 世界! 🙂🙃 " * 20
    events = stream(lab, body("[[demo: size=1]]" + text)).rest()
    equal(text_of(client.message_of(events)), said(text.strip()))


@case("a tool call goes there and back")
def _(lab):
    tool = {"name": "get_weather", "description": "Weather of a city",
            "input_schema": {"type": "object", "properties": {
                "city": {"type": "string"}}, "required": ["city"]}}
    args = '{"city":"Köln","n":12345678901234567890,"f":1.50}'
    mark = lab.demo.mark()
    reply = ask(lab, body("call tool get_weather " + args, tools=[tool]))
    equal(reply.status, 200, reply.body)
    message = reply.json()
    equal(message["stop_reason"], "tool_use")
    use = message["content"][-1]
    equal(use["type"], "tool_use")
    equal(use["name"], "get_weather")
    holds(args.encode() in reply.body,
          f"arguments were rewritten: {reply.body!r}")
    sent = lab.demo.last_body(mark)
    equal(sent["tools"], [{"type": "function", "function": {
        "name": "get_weather", "description": "Weather of a city",
        "parameters": tool["input_schema"]}}])

    follow = body("call tool get_weather " + args, tools=[tool])
    follow["messages"] += [
        {"role": "assistant", "content": message["content"]},
        {"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": use["id"],
             "content": [{"type": "text", "text": "18 °C"}]}]}]
    mark = lab.demo.mark()
    reply = ask(lab, follow)
    equal(reply.status, 200, reply.body)
    equal(text_of(reply.json()),
          "The tool said: 18 °C\nThis answer comes from llmrelay-demo.")
    sent = lab.demo.last_body(mark)["messages"]
    equal(sent[-1], {"role": "tool", "tool_call_id": use["id"],
                     "content": "18 °C"})
    equal(sent[-2]["tool_calls"][0]["function"]["arguments"],
          json.dumps(use["input"], ensure_ascii=False))


@case("two tool calls stream one after the other")
def _(lab):
    tools = [{"name": name, "input_schema": {"type": "object"}}
             for name in ("first", "second")]
    for shape in ("normal", "whole", "no_index", "zero_index", "same_id"):
        events = stream(lab, body(
            f'[[demo: calls={shape} size=2]] call tool first {{"a":"ä"}} '
            'call tool second {"b":[1,2]}', tools=tools)).rest()
        message = client.message_of(events)
        uses = [b for b in message["content"] if b["type"] == "tool_use"]
        equal([(u["name"], u["input"]) for u in uses],
              [("first", {"a": "ä"}), ("second", {"b": [1, 2]})], shape)
        holds(uses[0]["id"] != uses[1]["id"], f"{shape}: equal ids")
        equal(message["stop_reason"], "tool_use", shape)


def png(width, height):
    def chunk(kind, data):
        return (struct.pack(">I", len(data)) + kind + data +
                struct.pack(">I", zlib.crc32(kind + data)))

    rows = zlib.compress((b"\0" + b"\x40\x80\xc0" * width) * height)
    return (b"\x89PNG\r\n\x1a\n" +
            chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2,
                                       0, 0, 0)) +
            chunk(b"IDAT", rows) + chunk(b"IEND", b""))


@case("an image reaches the model as it is")
def _(lab):
    data = base64.b64encode(png(8, 8)).decode()
    mark = lab.demo.mark()
    request = body("")
    request["messages"][0]["content"] = [
        {"type": "image", "source": {"type": "base64",
                                     "media_type": "image/png",
                                     "data": data}},
        {"type": "text", "text": "what is it?"}]
    reply = ask(lab, request)
    equal(reply.status, 200, reply.body)
    holds("I got 1 image" in text_of(reply.json()), reply.body)
    parts = lab.demo.last_body(mark)["messages"][-1]["content"]
    equal(parts[0], {"type": "image_url", "image_url": {
        "url": "data:image/png;base64," + data}})
    equal(parts[1], {"type": "text", "text": "what is it?"})


@case("thinking comes as thinking, signed, in both forms")
def _(lab):
    for form in ("reasoning_content", "reasoning", "tags"):
        request = body(f"[[demo: reasoning={form} size=3]]\n"
                       "think: let me see\nhello",
                       thinking={"type": "enabled", "budget_tokens": 4096})
        for message in (
                ask(lab, request).json(),
                client.message_of(stream(lab, request).rest())):
            kinds = [b["type"] for b in message["content"]]
            equal(kinds, ["thinking", "text"], form)
            equal(message["content"][0]["thinking"].strip(), "let me see",
                  form)
            holds(message["content"][0]["signature"], f"{form}: unsigned")
            equal(message["content"][1]["text"], said("hello"), form)


@case("stop sequences and max_tokens end an answer and say so")
def _(lab):
    request = body("hello STOP world", stop_sequences=["STOP"])
    for message in (ask(lab, request).json(),
                    client.message_of(stream(lab, request).rest())):
        equal(message["stop_reason"], "stop_sequence")
        equal(message["stop_sequence"], "STOP")
        equal(text_of(message), "You said: hello ")
    request = body("hello world", max_tokens=3)
    for message in (ask(lab, request).json(),
                    client.message_of(stream(lab, request).rest())):
        equal(message["stop_reason"], "max_tokens")
        equal(message["usage"]["output_tokens"], 3)


@case("usage is the backend's, cached part apart")
def _(lab):
    plain = ask(lab, body("[[demo: cached=0]] one two three")).json()["usage"]
    equal(plain["output_tokens"], 10)
    request = body("[[demo: cached=2]] one two three")
    for message in (ask(lab, request).json(),
                    client.message_of(stream(lab, request).rest())):
        usage = message["usage"]
        equal(usage["cache_read_input_tokens"], 2)
        equal(usage["input_tokens"], plain["input_tokens"] - 2)
        equal(usage["output_tokens"], 10)
        equal(usage["cache_creation_input_tokens"], 0)


@case("a stream without usage still counts something")
def _(lab):
    message = client.message_of(
        stream(lab, body("[[demo: usage=none]] one two three")).rest())
    holds(message["usage"]["output_tokens"] > 0, message["usage"])
    holds(message["usage"]["input_tokens"] > 0, message["usage"])


@case("count_tokens answers without a generation")
def _(lab):
    mark = lab.demo.mark()
    request = body("How many tokens are these words?")
    del request["max_tokens"]
    reply = ask(lab, request, "/v1/messages/count_tokens?beta=true")
    equal(reply.status, 200, reply.body)
    equal(list(reply.json()), ["input_tokens"])
    holds(0 < reply.json()["input_tokens"] < 100, reply.body)
    asked = [row["path"] for row in lab.demo.since(mark)
             if row["event"] == "request"]
    holds(not any(p.endswith("completions") for p in asked), asked)


@case("the list of models serves both kinds of clients")
def _(lab):
    reply = client.request(lab, "GET", "/v1/models?limit=1000", headers={
        "x-api-key": lab.key, "anthropic-version": "2023-06-01"})
    equal(reply.status, 200, reply.body)
    entries = {m["id"]: m for m in reply.json()["data"]}
    holds(OPUS in entries, list(entries))
    equal(entries[OPUS]["type"], "model")
    equal(reply.json()["has_more"], False)
    reply = client.request(lab, "GET", "/v1/models",
                           headers={"authorization": f"Bearer {lab.key}"})
    equal(reply.json()["object"], "list")
    holds(any(m["id"] == OPUS and m["object"] == "model"
              for m in reply.json()["data"]), reply.body)
    reply = client.request(lab, "GET", f"/v1/models/{OPUS}",
                           headers={"x-api-key": lab.key})
    equal((reply.status, reply.json()["id"]), (200, OPUS))


@case("a silent stream is opened early and pinged")
def _(lab):
    s = stream(lab, body("[[demo: first=4000 late_headers=yes]] slow"))
    events = s.rest()
    pings = [e for e in events if e.name == "ping"]
    first_delta = next(e for e in events if e.name == "content_block_delta")
    before = [p for p in pings if p.at < first_delta.at - 0.5]
    holds(len(before) >= 2, f"{len(before)} pings in 4 s of silence")
    equal(text_of(client.message_of(events)), said("slow"))


@case("200 streams at once do not mix")
def _(lab):
    import concurrent.futures

    def one(i):
        text = f"stream number {i} " * 3
        s = stream(lab, body(f"[[demo: size=4 delay=5]]{text}"))
        return text_of(client.message_of(s.rest())) == said(text.strip())

    began = time.monotonic()
    count = 60 if lab.server == "apache-cgi" else 200
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        good = list(pool.map(one, range(count)))
    equal(good.count(False), 0, "wrong streams")
    measured(f"[{lab.server}] {count} streams at once: "
             f"{time.monotonic() - began:.1f} s")
