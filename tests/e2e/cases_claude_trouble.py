"""Claude Code when keys, backends and windows fail it."""

import os
import signal
import time

from lab import wait_for
from model import LlamaCpp, NewVllm, Say, Vllm, text_of
from scene import MOST, Scene, roles
from tap import case, equal, holds, measured


def is_compaction(request):
    return "an <analysis> block followed by a <summary> block" in \
        request.last_user_text()


def with_summary(model, table):
    """The model's script: the table, but a summary where one is asked."""
    def answer(request):
        if is_compaction(request):
            return Say("<analysis>Files.</analysis>\n<summary>\nSUM-OF-IT: "
                       "the files were read.\n</summary>")
        if "SUM-OF-IT" in text_of(request.messages[1]):
            return Say("I go on after the summary.")
        return model.by_table(table, request)

    return answer


def read_until_full(lab, name, wire):
    """A task whose results outgrow the window; its run."""
    with Scene(lab, name, wire, context=60000) as scene:
        claude, model = scene.claude, scene.model
        for name in "abc":
            claude.write(name, f"{name} and more of it\n" * 3500)
        reads = [Say("", f"Now {name}.", [("Bash", {
            "command": f"head -c 29000 {name}", "description": "read"})])
            for name in "abcabcabc"]
        model.script = with_summary(model, {
            "TASK-BIG": reads + [Say("All fit.")]})
        run = claude.run("TASK-BIG: read all the files")
        bound = run.of_type("system", "compact_boundary")
        equal(len(bound), 1, run.text[-3000:])
        equal(bound[0]["compact_metadata"]["trigger"], "auto")
        refused = [x for x in claude.turns() if x.status == 400]
        holds(0 < len(refused) <= 4, f"{len(refused)} refusals")
        for x in refused:
            holds(b"prompt is too long: " in x.answer and
                  b"60000 maximum" in x.answer, x.answer)
        scene.check(run, complaints=("prompt is too long",))
        equal(run.result["result"], "I go on after the summary.")
        whole = [r for r in model.requests if r.ended == "whole"]
        holds(len(model.requests) - len(whole) <= 2 * len(refused) + 4,
              [(r.ended, r.prompt_tokens, r.body["max_tokens"])
               for r in model.requests])
        # Nobody is left with room for a few words.
        for r in whole:
            holds(r.body["max_tokens"] >= 1000 or
                  r.prompt_tokens + r.body["max_tokens"] > 59900,
                  f"{r.body['max_tokens']} behind {r.prompt_tokens}")


@case("Claude Code compacts by itself when the prompt is too long", MOST)
def _(lab):
    read_until_full(lab, "compact", Vllm)


@case("Claude Code compacts also where the prompt is not counted", MOST)
def _(lab):
    read_until_full(lab, "compact-least", NewVllm)


@case("Claude Code compacts in front of llama.cpp", MOST)
def _(lab):
    read_until_full(lab, "compact-llamacpp", LlamaCpp)


@case("Claude Code that knows the window compacts before it is full", MOST)
def _(lab):
    with Scene(lab, "compact-early", context=60000) as scene:
        scene.claude.write("a", "a and more of it\n" * 3500)
        scene.model.script = with_summary(scene.model, {"TASK-BIG": [
            Say("", "Read.", [("Bash", {"command": "head -c 29000 a",
                                        "description": "read"})])] * 9})
        run = scene.claude.run("TASK-BIG: read it again and again",
                               CLAUDE_CODE_MAX_CONTEXT_TOKENS="60000")
        scene.check(run, complaints=("Skill listing over budget",))
        equal(len(run.of_type("system", "compact_boundary")), 1)
        equal({x.status for x in scene.claude.turns()}, {200})
        equal(run.result["result"], "I go on after the summary.")


@case("Claude Code compacts when it is told to, and goes on", MOST)
def _(lab):
    with Scene(lab, "compacted", LlamaCpp) as scene:
        scene.model.script = with_summary(scene.model, {
            "TASK-ONE": [Say("One.")]})
        one = scene.claude.run("TASK-ONE: say one")
        session = one.result["session_id"]
        run = scene.claude.run("/compact", "--resume", session)
        bound = run.of_type("system", "compact_boundary")
        equal(len(bound), 1, run.text[-3000:])
        equal(bound[0]["compact_metadata"]["trigger"], "manual")
        two = scene.claude.run("TASK-TWO: say two", "--resume", session)
        scene.check(two)
        equal(two.result["result"], "I go on after the summary.")
        last = text_of(scene.model.requests[-1].messages[1])
        holds(last.index("SUM-OF-IT") < last.index("TASK-TWO"), last)


def get_over(lab, name, wire, words, **fault):
    """The stream has the fault, the whole answer has not."""
    with Scene(lab, name, wire) as scene:
        scene.model.script = lambda request: Say(
            "This is the whole answer.", gap=0.05, message=words, **fault) \
            if request.body.get("stream") else Say("This is whole.")
        run = scene.claude.run("Talk to me")
        equal(run.result["result"], "This is whole.")
        equal([x.body.get("stream", False)
               for x in scene.claude.turns()], [True, False])
        last = scene.claude.turns()[0].events()[-1]
        equal(last.name, "error")
        holds(words in last.data["error"]["message"], last)
        equal(sorted(row["outcome"] for row in scene.rows()),
              ["complete", "error"])
        equal([line for line in scene.claude.complaints() if
               "Error streaming, falling back" not in line], [])
        scene.sent()


@case("Claude Code gets over a stream that breaks in the middle", MOST)
def _(lab):
    get_over(lab, "cut", Vllm, "the upstream stream ended before the answer "
             "was complete", cut=4)


@case("Claude Code gets over an error in the middle of a stream", MOST)
def _(lab):
    get_over(lab, "failed", LlamaCpp, "CUDA out of memory", fail=4)


@case("Claude Code waits for a slow backend, pinged", MOST)
def _(lab):
    with Scene(lab, "slow") as scene:
        scene.model.script = {"TASK-SLOW": [
            Say("Slowly spoken.", "Hm.", wait=4, gap=0.3)]}
        run = scene.claude.run("TASK-SLOW: talk slowly")
        scene.check(run)
        equal(run.result["result"], "Slowly spoken.")
        turns = scene.claude.turns()
        equal(len(turns), 1)
        pings = [e for e in turns[0].events() if e.name == "ping"]
        holds(len(pings) >= 2, f"{len(pings)} pings")


@case("Claude Code with a wrong key ends quickly and says why", MOST)
def _(lab):
    with Scene(lab, "stranger") as scene:
        scene.claude.key = "cr_" + "0" * 64
        began = time.monotonic()
        run = scene.claude.run("Let me in", timeout=60)
        took = time.monotonic() - began
        equal(run.status, 1, run.text)
        equal(run.result["result"], "Failed to authenticate. API Error: 401 "
              "invalid bearer token")
        equal(scene.model.requests, [])
        equal([(x.status, x.answer_headers.get("x-should-retry"))
               for x in scene.claude.turns()], [(401, "false")])
        holds(took < 15, f"it took {took:.0f} s")
        measured(f"[{lab.server}] Claude Code with a wrong key: {took:.1f} s")


@case("Claude Code is told which model nobody serves", MOST)
def _(lab):
    with Scene(lab, "nobody") as scene:
        scene.claude.model = "claude-nobody-has"
        run = scene.claude.run("Anyone?")
        equal(run.status, 1, run.text)
        holds("claude-nobody-has" in run.result["result"], run.result)
        equal([x.status for x in scene.claude.turns()], [404, 404])


@case("Claude Code waits as long as Retry-After tells it", MOST)
def _(lab):
    with Scene(lab, "patience") as scene:
        left = [Say(status=429, message="slow down", retry_after=1),
                Say(status=503, message="no room")]
        scene.model.script = lambda request: left.pop(0) if left else Say(
            "After two refusals.")
        run = scene.claude.run("Try")
        scene.check(run, complaints=("rate_limit_error", "overloaded_error"))
        equal(run.result["result"], "After two refusals.")
        waits = [(e["error_status"], e["retry_delay_ms"])
                 for e in run.of_type("system", "api_retry")]
        holds(waits and waits[0][0] == 429 and 900 <= waits[0][1] < 2500,
              waits)


@case("Claude Code falls back to another model after three 529", MOST)
def _(lab):
    with Scene(lab, "overloaded") as scene:
        lab.admin.account("claude code: another", scene.model.url,
                          ["claude-of-another"], deploymentName="another")
        scene.model.requests.clear()
        scene.model.script = lambda request: Say("Here I am.") \
            if request.body["model"] == "another" else \
            Say(status=503, message="no room")
        run = scene.claude.run("Anyone?", "--fallback-model",
                               "claude-of-another")
        equal(run.result["result"], "Here I am.")
        equal([x.status for x in scene.claude.turns()], [529, 529, 529, 200])
        equal([r.body["model"] for r in scene.model.requests],
              ["scripted"] * 3 + ["another"])
        scene.sent()


@case("Claude Code goes on after max_tokens and after an empty answer", MOST)
def _(lab):
    with Scene(lab, "length") as scene:
        left = [Say("", "I only think."),
                Say("This is the first half", finish="length")]
        scene.model.script = lambda request: left.pop(0) if left else Say(
            "and this the second.")
        run = scene.claude.run("Talk at length")
        scene.check(run)
        holds(run.result["result"].endswith("and this the second."),
              run.result)
        whole = [r for r in scene.model.requests if r.ended == "whole"]
        equal(len(whole), 3)
        # What it adds to the question is added at the end.
        holds(whole[1].cached_tokens > 0.95 * whole[1].prompt_tokens,
              f"{whole[1].cached_tokens} of {whole[1].prompt_tokens} cached")
        # It asks for 128000 to go on: more than the window has left.
        holds(whole[-1].body["max_tokens"] + whole[-1].prompt_tokens <=
              scene.model.context, whole[-1].body["max_tokens"])


@case("Claude Code hears that there is no web search here", MOST)
def _(lab):
    with Scene(lab, "no search") as scene:
        scene.model.script = {"TASK-WEB": [
            Say("", "", [("WebSearch", {"query": "llmrelay"})]),
            Say("No search here.")]}
        lab.reconfigure("search_url", "")
        try:
            run = scene.claude.run("TASK-WEB: search", "--allowedTools",
                                   "WebSearch")
        finally:
            lab.reconfigure("search_url", lab.searcher.url)
        scene.check(run, complaints=("web_search_20250305", "HTTP 400",
                                     "tool=WebSearch"))
        equal(run.result["result"], "No search here.")
        result = run.blocks("user", "tool_result")[0]
        holds("not available on this gateway" in str(result["content"]),
              result)


@case("Claude Code that is killed frees the backend", MOST + ("apache",))
def _(lab):
    with Scene(lab, "killed") as scene:
        scene.model.script = {"TASK-LONG": [Say("word " * 4000, gap=0.05)]}
        process = scene.claude.start("TASK-LONG: never stop")
        try:
            wait_for(lambda: scene.model.requests and any(
                b"text_delta" in pair.down
                for pair in scene.claude.recorder.pairs), "the first words")
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
        began = time.monotonic()
        request = scene.model.requests[0]
        wait_for(lambda: request.ended, "the end upstream", 10)
        equal(request.ended, "left")
        measured(f"[{lab.server}] Claude Code killed: the backend was free "
                 f"after {time.monotonic() - began:.2f} s")
        wait_for(lambda: [row["outcome"] for row in scene.rows()] ==
                 ["aborted"], "the ledger's row")
        equal(roles(request.body), ["system", "user"])
