"""Notices to an address of the administrators'."""

import contextlib
import json
import time

from cases_ctl import ctl, data
from lab import wait_for
from receiver import Receiver
from setting import ask, body
from tap import case, equal, holds


@contextlib.contextmanager
def hooked(lab, *answers, **more):
    """A receiver that gets notices, and the secret that they are signed with.
    """
    with Receiver(*answers) as receiver:
        made = lab.admin.good("PUT", "/admin/webhook", {
            "url": f"{receiver.url}/in?token=t0k3n", "newSecret": True,
            "active": True, **more})["data"]
        try:
            yield receiver, made["secret"]
        finally:
            lab.admin.good("PUT", "/admin/webhook",
                           {"url": None, "secret": None})


def state(lab):
    return lab.admin.good("GET", "/admin/webhook")["data"]["state"]


@case("a webhook is told of an account that goes and comes back")
def _(lab):
    refused = f"http://127.0.0.1:{lab.refusing.getsockname()[1]}"
    account = lab.admin.account("falls", refused, ["claude-falls"])
    try:
        with hooked(lab) as (receiver, secret):
            for _ in range(3):
                holds(ask(lab, body("hi", model="claude-falls")).status >= 500,
                      "it fails")
            notice = receiver.next()
            equal(notice.path, "/in?token=t0k3n")
            equal((notice.body["type"], notice.body["service"]),
                  ("accountAnomaly", "llmrelay"))
            equal(notice.headers["x-llmrelay-event"], "accountAnomaly")
            equal(notice.headers["x-llmrelay-delivery"], notice.body["id"])
            told = notice.body["data"]
            equal((told["accountId"], told["accountName"], told["status"]),
                  (account["id"], "falls", "cooling"))
            holds(told["reason"] and told["until"], told)
            holds(notice.is_signed(secret), "signature")
            holds(abs(int(notice.headers["x-llmrelay-timestamp"]) -
                      time.time()) < 60, "timestamp")
            lab.admin.good("POST", "/admin/azure-openai-accounts/"
                           f"{account['id']}/reset-status", {})
            notice = receiver.next()
            equal((notice.body["type"], notice.body["data"]),
                  ("accountRecovery", {"accountId": account["id"],
                                       "accountName": "falls",
                                       "status": "active"}))
            wait_for(lambda: state(lab)["queued"] == 0, "the end of the queue")
    finally:
        lab.admin.good("DELETE",
                       f"/admin/azure-openai-accounts/{account['id']}")


@case("a webhook is told of a limit once, and again after failures")
def _(lab):
    key = lab.admin.key("few", rateLimitWindow=60, rateLimitRequests=1)
    header = {"x-api-key": key["apiKey"]}
    with hooked(lab, 500, events=["quotaWarning"]) as (receiver, secret):
        before = state(lab)
        statuses = [ask(lab, body("hi"), headers=header).status
                    for _ in range(4)]
        equal(statuses, [200, 429, 429, 429])
        first, again = receiver.next(), receiver.next()
        equal(first.body, again.body, "the same notice")
        equal(first.body["type"], "quotaWarning")
        told = first.body["data"]
        equal((told["apiKeyId"], told["apiKeyName"], told["limit"]),
              (key["id"], "few", "rate_limit_requests"))
        holds(again.is_signed(secret), "signature")
        wait_for(lambda: state(lab)["queued"] == 0, "the end of the queue")
        now = state(lab)
        equal((now["sent"] - before["sent"], now["lastError"]["status"],
               now["lastError"]["type"]), (1, 500, "quotaWarning"))
        equal(now["lastError"]["message"], "status 500")
        holds(receiver.notices.empty(), "nothing else was sent")
        for text in (key["apiKey"], secret):
            holds(text.encode() not in first.raw, "no secret in it")


@case("a webhook is tested by a route and by llmrelayctl")
def _(lab):
    equal(lab.admin.call("POST", "/admin/webhook/test", {}).status, 409)
    with hooked(lab, 302, 404) as (receiver, secret):
        for status, message in ((302, "status 302: redirects are not "
                                      "followed"),
                                (404, "status 404"), (200, "it was taken")):
            result = lab.admin.good("POST", "/admin/webhook/test", {})["data"]
            equal((result["ok"], result["status"], result["message"]),
                  (status == 200, status, message))
            notice = receiver.next()
            equal((notice.path, notice.body["type"]),
                  ("/in?token=t0k3n", "test"))
            holds(notice.is_signed(secret), "signature")
        equal(ctl(lab, "webhook", "test"), "ok: it was taken\n")
        shown = data(lab, "webhook", "show")
        equal((shown["url"], shown["hasSecret"]),
              (f"{receiver.url}/in?***", True))
        holds(secret not in json.dumps(shown), "the secret stays")
    ctl(lab, "webhook", "set", receiver.url, "--events", "quotaWarning")
    equal(ctl(lab, "webhook", "test", status=1),
          "FAILED: the connection was refused\n")
    ctl(lab, "webhook", "delete")
    equal(ctl(lab, "webhook", "show"), "there is no webhook\n")


@case("a webhook's secret and address are in no log")
def _(lab):
    with hooked(lab) as (receiver, secret):
        lab.admin.good("POST", "/admin/webhook/test", {})
        receiver.next()
        with open(f"{lab.dir}/log/llmrelay.log", encoding="utf-8") as f:
            log = f.read()
        for text in (secret, "t0k3n"):
            holds(text not in log, text)
