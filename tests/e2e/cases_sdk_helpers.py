"""The Anthropic SDKs' helpers, retries and errors against a scripted model."""

import re

import legal
from cases_sdk import run_sdk
from lab import wait_for
from model import LlamaCpp, Model, Say, Vllm
from tap import case, equal, holds

PACKAGES = {"0.x": "anthropic-0", "1.x": "anthropic-1"}


def scripted(lab, name, wire=Vllm):
    model = Model(wire)
    public = f"claude-sdk-{name}"
    lab.admin.account(f"sdk: {name}", model.url, [public],
                      deploymentName="scripted")
    model.requests.clear()  # the test of the account
    return model, public


def refusing(model):
    """`REFUSE 503 429/1 ...` in a text: so it is refused, then answered."""
    def answer(request):
        text = request.last_user_text()
        wanted = re.findall(r" (\d{3})(?:/(\d+))?(?= |$)", text)
        n = len([r for r in model.requests
                 if r.last_user_text() == text]) - 1
        if n >= len(wanted):
            return Say(f"After {n} refusals.")
        status, retry_after = wanted[n]
        return Say(status=int(status), message="words of the backend",
                   retry_after=retry_after or None)

    return answer


def attempts(model, words):
    return len([r for r in model.requests if words in r.last_user_text()])


HELPERS = {
    "HELPERS": [Say("Grüße 🌍!", "Think of it.",
                    [("look", {"of": "a \"b\" \\ ü"})])],
    "PLAIN": [Say("Just words.")],
    "RUNNER": [
        Say("", "Both.", [("left", {"of": "one"}), ("right", {"of": "bad"})]),
        Say("Once more.", "", [("left", {"of": "three"})]),
        Say("Both sides are done.")],
    "SCHEMA": [Say('{"answer": 42}')],
    "ABORT: stream": [Say("word " * 2000, gap=0.05)],
    "ABORT: plain": [Say("Too late.", wait=60)],
}


def check_helpers(lab, generation, wire):
    model, public = scripted(lab, f"helpers-{generation}", wire)
    try:
        model.script = HELPERS
        run_sdk(lab, PACKAGES[generation], script="helpers", MODEL=public)
        bodies = [legal.check(r.raw) for r in model.requests]
        # Both calls of the runner came back, the failure as such.
        for stream in ("false", "true"):
            turns = [b for b in bodies if f"RUNNER: go, {stream}" in
                     str(b["messages"])]
            equal(len(turns), 3, "turns of the runner")
            results = [m["content"] for m in turns[1]["messages"]
                       if m["role"] == "tool"]
            equal(results[0], "L one")
            holds("cannot do it" in results[1] and
                  results[1].startswith("Error"), results)
        schema = next(b for b in bodies if "response_format" in b)
        equal(schema["response_format"]["json_schema"]["schema"]["required"],
              ["answer"])
        left = [r for r in model.requests if "ABORT" in r.last_user_text()]
        equal(len(left), 2)
        wait_for(lambda: all(r.ended == "left" for r in left),
                 "the ends upstream of what was left", 15)
    finally:
        model.stop()


def check_refusals(lab, generation):
    model, public = scripted(lab, f"refusals-{generation}")
    try:
        model.script = refusing(model)
        narrow = lab.admin.key(f"narrow {generation}",
                               restrictedModels=[public],
                               enableModelRestriction=True)
        run_sdk(lab, PACKAGES[generation], script="refusals", MODEL=public,
                NARROW_KEY=narrow["apiKey"])
        for words, wanted in (
                (" plain", 3), (" streamed", 3), (" patiently", 2),
                (" to the end", 2), ("400 for good", 1),
                ("401 for good", 1)):
            equal(attempts(model, words), wanted, f"attempts at {words!r}")
    finally:
        model.stop()


@case("the SDK 0.x: helpers of streams, tools and schemas, aborts")
def _(lab):
    check_helpers(lab, "0.x", Vllm)


@case("the SDK 1.x: helpers of streams, tools and schemas, aborts")
def _(lab):
    check_helpers(lab, "1.x", LlamaCpp)


@case("the SDK 0.x: a class for every error, retries as told",
      ("lighttpd",))
def _(lab):
    check_refusals(lab, "0.x")


@case("the SDK 1.x: a class for every error, retries as told",
      ("lighttpd",))
def _(lab):
    check_refusals(lab, "1.x")
