"""Counting tokens: by backends of each flavour, by estimate, in time."""

import threading
import time

import client
from setting import ask, body, said, text_of
from tap import case, equal, holds, measured

COUNT = "/v1/messages/count_tokens?beta=true"
FLAVOURS = ["vllm", "llamacpp", "tgi", "sglang"]
TOOLS = [{"name": "get_weather", "description": "Weather of a city",
          "input_schema": {"type": "object", "properties": {
              "city": {"type": "string"}}, "required": ["city"]}}]


def count(lab, request, model):
    request = {**request, "model": model}
    return ask(lab, request, COUNT)


def counted(lab, request, model, by):
    reply = count(lab, request, model)
    equal(reply.status, 200, reply.body)
    equal(reply.headers["x-llmrelay-count"], by, reply.body)
    equal(list(reply.json()), ["input_tokens"])
    return reply.json()["input_tokens"]


def usage(lab):
    reply = client.request(lab, "GET", "/v1/usage",
                           headers={"x-api-key": lab.key})
    equal(reply.status, 200, reply.body)
    return reply.json()["usage"]["total"]


def account(lab, name, flavour):
    lab.admin.account(name, lab.demo.url, [name], flavour=flavour)
    return name


@case("a backend's count is what the answer's usage says")
def _(lab):
    plain = body("one two three", system="You are four words.")
    tooled = body("What is the weather?", tools=TOOLS)
    talk = body("")
    talk["messages"] = [
        {"role": "user", "content": "first words"},
        {"role": "assistant", "content": [{"type": "text", "text": "a b"}]},
        {"role": "user", "content": [{"type": "text", "text": "你好 x"}]}]
    for flavour in FLAVOURS:
        model = account(lab, f"claude-count-{flavour}", flavour)
        for request in (plain, tooled, talk):
            mark = lab.demo.mark()
            n = counted(lab, request, model, "backend")
            asked = lab.demo.requests(mark)
            holds(not any(p.endswith("completions") for p in asked), asked)
            reply = ask(lab, {**request, "model": model})
            equal(n, reply.json()["usage"]["input_tokens"], flavour)


@case("a count without a tokenizer is an estimate")
def _(lab):
    for flavour in ("generic", "ollama", "openai"):
        model = account(lab, f"claude-guess-{flavour}", flavour)
        mark = lab.demo.mark()
        n = counted(lab, body("one two three"), model, "estimate")
        holds(5 <= n <= 30, n)
        equal(lab.demo.requests(mark), [], "requests of the backend")


@case("a tokenizer that is slow, mad or missing leaves the estimate")
def _(lab):
    for play in ("garbage", "404", "slow"):
        model = account(lab, f"claude-count-{play}", "vllm")
        request = body(f"[[demo: count={play}]] one two three")
        began = time.monotonic()
        holds(counted(lab, request, model, "estimate") > 0, play)
        took = time.monotonic() - began
        holds(took < 5, f"{play}: {took:.1f} s")
        holds(took > 2.5 or play != "slow", f"{play}: {took:.1f} s")
        # It is not asked again for a while, and still answers messages.
        mark = lab.demo.mark()
        counted(lab, body("other words"), model, "estimate")
        equal(lab.demo.requests(mark), [], "requests of the backend")
        message = ask(lab, body("hello", model)).json()
        equal(text_of(message), said("hello"))


@case("thirty slow counts at once hold nobody up")
def _(lab):
    model = account(lab, "claude-count-many", "tgi")
    replies = []

    def one():
        reply = count(lab, body("[[demo: count=slow]] words"), model)
        replies.append((reply.status, reply.headers["x-llmrelay-count"]))

    threads = [threading.Thread(target=one) for _ in range(30)]
    mark = lab.demo.mark()
    began = time.monotonic()
    for thread in threads:
        thread.start()
    while len(lab.demo.requests(mark)) < 10:
        holds(time.monotonic() - began < 10, "the counts are under way")
        time.sleep(0.02)
    asked = time.monotonic()
    equal(text_of(ask(lab, body("meanwhile")).json()), said("meanwhile"))
    took = time.monotonic() - asked
    for thread in threads:
        thread.join()
    equal(replies, [(200, "estimate")] * 30)
    total = time.monotonic() - began
    holds(took < 2, f"a message meanwhile: {took:.2f} s")
    measured(f"[{lab.server}] 30 slow counts: {total:.1f} s for all, a message "
             f"meanwhile {took * 1000:.0f} ms")


@case("counts need a key, take large bodies and are no rows of the ledger")
def _(lab):
    reply = client.request(lab, "POST", COUNT, body("x"),
                           {"x-api-key": "cr_wrong"})
    equal(reply.status, 401, reply.body)
    model = account(lab, "claude-count-large", "vllm")
    words = "word " * 200000
    before = usage(lab)
    equal(counted(lab, body(words), model, "backend"), 200003)
    equal(usage(lab), before, "usage of the key")
