"""Claude Code in front of the relay in front of a scripted model."""

import claude_code
import client
import legal
from lab import wait_for
from model import Model, Vllm
from tap import Skip, equal, holds

MOST = ("lighttpd",)


class Scene:
    """A model with its account and key, and Claude Code in front of it."""

    def __init__(self, lab, name, wire=Vllm, model_name=None, **more):
        if not lab.claude:
            raise Skip("Claude Code is not installed (see runtests)")
        self.lab, self.model = lab, Model(wire, **more)
        self.name = model_name or f"claude-of-{name}"
        lab.admin.account(f"claude code: {name}", self.model.url, [self.name],
                          deploymentName="scripted")
        key = lab.admin.key(f"claude code: {name}")
        self.key_id = key["id"]
        self.claude = claude_code.Claude(lab, lab.claude, name, self.name,
                                         key["apiKey"])
        self.model.requests.clear()  # the test of the account
        self.model.counts.clear()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.claude.recorder.stop()
        self.model.stop()

    def sent(self):
        """Bodies that went upstream, each of them checked."""
        return [legal.check(r.raw) for r in self.model.requests]

    def check(self, run=None, complaints=()):
        """What holds for every scene: legal bodies upstream, legal events
        downstream, a ledger that agrees with both."""
        self.sent()
        for exchange in self.claude.turns():
            if exchange.status == 200 and exchange.body.get("stream"):
                client.message_of(exchange.events())
        self.check_ledger()
        found = [line for line in self.claude.complaints()
                 if not any(words in line for words in complaints)]
        equal(found, [], "complaints in the debug log")
        if run:
            equal(run.status, 0, run.text[-3000:] + run.errors)
            equal(run.result["is_error"], False, run.result)

    def rows(self):
        return self.lab.admin.good(
            "GET", f"/admin/request-details?keyId={self.key_id}&limit=200")[
                "data"]["records"]

    def check_ledger(self):
        """A row for each request that was passed on, by its id; the tokens
        are the model's."""
        asked = {x.request_id: x for x in self.claude.turns()}
        whole = sorted((r.prompt_tokens, r.completion_tokens)
                       for r in self.model.requests if r.ended == "whole")

        def settled():
            rows = {row["requestId"]: row for row in self.rows()}
            good = sorted((row["inputTokens"] + row["cacheReadTokens"],
                           row["outputTokens"]) for row in rows.values()
                          if row["outcome"] == "complete")
            return rows if good == whole else None

        rows = wait_for(settled, f"the ledger's rows {self.rows()} to be "
                        f"{whole}")
        equal(set(rows) - set(asked), set(), "rows of nobody's request")
        for id_, row in rows.items():
            equal((row["status"], row["stream"], row["model"]),
                  (asked[id_].status, asked[id_].body.get("stream", False), self.name),
                  id_)

    def check_usage(self, run):
        """Claude Code counted what the model reported."""
        whole = [r for r in self.model.requests if r.ended == "whole"]
        used = run.result["modelUsage"][self.name]
        equal((used["inputTokens"] + used["cacheReadInputTokens"],
               used["outputTokens"]),
              (sum(r.prompt_tokens for r in whole),
               sum(r.completion_tokens for r in whole)), "usage")

    def check_prefixes(self, requests=None):
        """Each turn begins with the bytes of the turn before."""
        requests = requests or self.model.requests
        for before, after in zip(requests, requests[1:]):
            begin = legal.stable_prefix(before.raw)
            holds(after.raw.startswith(begin),
                  f"request {after.number} does not begin as "
                  f"{before.number} does: " + difference(begin, after.raw))


def difference(a, b):
    at = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), len(b))
    return f"byte {at}: {a[at - 60:at + 60]!r} / {b[at - 60:at + 60]!r}"


def roles(body):
    return [m["role"] for m in body["messages"]]
