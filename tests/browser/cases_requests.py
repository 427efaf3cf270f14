"""The ledger, what is in flight, and what failed."""

import json

import client
import lab as labs
from case import PAGES, PROBE, case, page, settled
from tap import equal, holds

PAGES += ["requests", "requests?view=live", "requests?view=errors"]

FIRST_ROW = "return document.querySelector('tbody tr')?.innerText ?? ''"
ROWS = "return document.querySelectorAll('tbody tr').length"


def ask(lab, model, text, **more):
    return client.request(
        lab, "POST", "/v1/messages", {"model": model, "max_tokens": 50,
        "messages": [{"role": "user", "content": text}], **more},
        headers={"x-api-key": lab.key})


def open_row(b, text):
    """The row with this text; its figures by their names."""
    b.wait("return [...document.querySelectorAll('tbody tr')].some(e => "
           "e.innerText.includes(arguments[0]))", text)
    b.run("[...document.querySelectorAll('tbody tr')].find(e => "
          "e.innerText.includes(arguments[0])).click()", text)
    b.find("dialog .facts")
    return b.run("return Object.fromEntries([...document.querySelectorAll("
                 "'dialog .facts dt')].map(e => [e.textContent, "
                 "e.nextElementSibling.textContent]))")


@case("the ledger shows a request with its true figures")
def _(b, lab):
    reply = ask(lab, "claude-ledger", "one two three [[demo: cached=2]]",
                stream=True)
    equal(reply.status, 200, reply.body)
    page(b, lab, "requests?model=claude-ledger")
    holds("claude-ledger" in b.run(FIRST_ROW), b.run(FIRST_ROW))
    shown = open_row(b, "claude-ledger")
    row = b.run_async(
        "const done = arguments[0]; fetch('/admin/request-details?limit=1&"
        "model=claude-ledger').then(r => r.json()).then(done)")[
            "data"]["records"][0]
    equal(row["inputTokens"] + row["cacheReadTokens"], 8)
    equal(shown["Input"], str(row["inputTokens"]))
    equal(shown["Cached"], "2")
    equal(shown["Output"], str(row["outputTokens"]))
    equal(shown["Key"], PROBE)
    equal(shown["Account"], PROBE)
    equal(shown["Sent as"], "demo")
    equal(shown["Stop reason"], "end_turn")
    equal(b.run("return document.querySelector('dialog code').textContent"),
          row["requestId"])
    holds(f"id={row['requestId']}" in b.run("return location.hash"),
          "the address does not name the request")
    b.post("/refresh")
    b.find("dialog .facts")
    b.click("dialog button[aria-label=Close]")
    b.wait("return !location.hash.includes('id=')")


@case("filters stand in the address and survive a reload; clearing them")
def _(b, lab):
    for model in ("claude-filter", "claude-other"):
        equal(ask(lab, model, "x").status, 200)
    page(b, lab, "requests")
    every = b.run(ROWS)
    b.type("input[name=model]", "claude-filter\ue007")
    b.wait("return location.hash.includes('model=claude-filter') && "
           "document.querySelectorAll('tbody tr').length === 1")
    key = b.wait("return [...document.querySelectorAll('select[name=keyId] "
                 "option')].find(e => e.text === arguments[0])?.value", PROBE)
    b.run("const s = document.querySelector('select[name=keyId]'); "
          "s.value = arguments[0]; s.dispatchEvent(new Event('change'))", key)
    b.wait("return location.hash.includes('keyId=' + arguments[0])", key)
    b.post("/refresh")
    settled(b)
    b.wait("return document.querySelectorAll('tbody tr').length === 1 && "
           "document.querySelector('input[name=model]').value === "
           "'claude-filter' && document.querySelector("
           "'select[name=keyId]').selectedOptions[0].text === arguments[0]",
           PROBE)
    holds("model=claude-filter" in b.run(
        "return document.querySelector('a[download]').href"), "CSV of all")
    b.run("[...document.querySelectorAll('main button')].find(e => "
          "e.textContent === 'Clear the filters').click()")
    b.wait("return document.querySelectorAll('tbody tr').length >= "
           "arguments[0] && location.hash === '#/requests'", every)
    page(b, lab, "requests?status=odd")
    b.wait_text("status must be like 429 or 4xx")


@case("older ones by the button, and back")
def _(b, lab):
    for _ in range(51):
        equal(ask(lab, "claude-many", "x").status, 200)
    page(b, lab, "requests?model=claude-many")
    equal(b.run(ROWS), 50)
    b.run("[...document.querySelectorAll('main a.button')].find(e => "
          "e.textContent === 'Older').click()")
    b.wait("return document.querySelectorAll('tbody tr').length === 1")
    b.wait_text("There are no older ones.")
    b.post("/back")
    b.wait("return document.querySelectorAll('tbody tr').length === 50")


@case("a failed request with its reason, in the ledger and among the errors")
def _(b, lab):
    equal(ask(lab, "claude-broken", "[[demo: status=400 "
              "message='bad <i>luck</i>']]").status, 400)
    page(b, lab, "requests?model=claude-broken")
    shown = open_row(b, "claude-broken")
    equal(shown["Status"], "error 400")
    b.wait_text("The client has to change it.")
    holds("bad <i>luck</i>" in b.run(
        "return document.querySelector('dialog .notice').textContent"),
        b.text())
    page(b, lab, "requests?view=errors&model=claude-broken")
    b.wait_text("1 of 1 requests failed: 100\u00a0%.")
    equal(b.run("return document.querySelector('tbody code').textContent"),
          "invalid_request_error")
    b.run("[...document.querySelectorAll('main a.button')].find(e => "
          "e.textContent === 'All of them').click()")
    b.wait("return location.hash.includes('error=invalid_request_error') && "
           "document.querySelector('h2')?.textContent === 'Ledger'")
    b.wait("return document.querySelectorAll('tbody tr').length === 1")
    equal(ask(lab, "claude-fine", "x").status, 200)
    page(b, lab, "requests?view=errors&model=claude-fine")
    b.wait_text("None of the 1 requests of this time failed.")


@case("what is in flight is listed until it ends")
def _(b, lab):
    page(b, lab, "requests?view=live")
    b.wait_text("Nothing is in flight.")
    stream = client.Stream(
        lab, "/v1/messages", {"model": "claude-slow", "max_tokens": 9000,
        "stream": True, "messages": [{"role": "user", "content":
        "[[demo: chunks=5000 delay=100]]"}]}, {"x-api-key": lab.key})
    stream.next()
    b.wait("return document.querySelector('tbody')?.innerText.includes("
           "'claude-slow')")
    holds(PROBE in b.text() and "1 in flight" in b.text(), b.text())
    b.run("document.querySelector('tbody button').focus()")
    age = b.run("return document.querySelector('tbody th').textContent")
    b.wait("return document.querySelector('tbody th').textContent !== "
           "arguments[0] && document.activeElement.closest('tbody')", age)
    stream.connection.close()
    stream.response.close()
    b.wait_text("Nothing is in flight.", seconds=20)


@case("the detail tells which account failed before and why each was taken")
def _(b, lab):
    broken = labs.Demo(lab, "broken", "--demo", "status=500")
    steady = labs.Demo(lab, "steady")
    made = [b.run_async(
        "const [body, done] = arguments; fetch('/admin/openai-accounts', "
        "{method: 'POST', headers: {'content-type': 'application/json'}, body}"
        ").then(r => r.json()).then(r => done(r.data.id))", json.dumps({
            "name": name, "baseApi": url, "deploymentName": "x",
            "priority": priority, "supportedModels": ["claude-why"]}))
        for name, url, priority in (("first (old)", broken.url, 90),
                                    ("second", steady.url, 80))]
    equal(ask(lab, "claude-why", "x").status, 200)
    page(b, lab, "requests?model=claude-why")
    equal(open_row(b, "claude-why")["Account"], "second")
    failed, why = b.run("return [...document.querySelectorAll('dialog h3')]"
                        ".slice(2).map(e => e.parentElement.innerText)")
    holds("first (old) – failed (500)" in failed, failed)
    lines = why.split("\n")
    equal(lines[1], "first (old) – it has the highest priority")
    holds(lines[2].startswith("lower priority: ") and
          lines[2].endswith(", second"), why)
    holds("second – it has the highest priority" in lines and
          "failed this request: first (old)" in lines, why)
    for one in made:
        b.run_async(
            "const [id, done] = arguments; fetch('/admin/openai-accounts/' + "
            "id, {method: 'DELETE'}).then(() => done())", one)
