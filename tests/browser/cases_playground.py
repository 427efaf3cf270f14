"""The playground: real requests through /v1/messages, from the browser."""

import base64
import os
import shutil
import subprocess

import client
import lab as labs
import tap
from case import ENTER, PAGES, PROBE, TAB, case, page
from tap import equal, holds

PAGES += ["playground"]

KEY = "main form input[type=password]"
SEND = "main form button[type=submit]"
CTRL = "\ue009"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY"
    "42YAAAAASUVORK5CYII=")
ANSWER = ("return document.querySelector('main section[aria-busy]')"
          "?.innerText ?? ''")
CODE = "return document.querySelector('main .snippet code').textContent"


def begin(b, lab, text, **fields):
    """The page as it is at first, with this message and these fields."""
    page(b, lab, "playground")
    b.click(".page-head .button")
    b.type(KEY, lab.key)
    b.run("document.querySelector(arguments[0]).dispatchEvent("
          "new Event('change'))", KEY)
    b.wait("return document.querySelector('main form [aria-pressed=true]')")
    put(b, **{"model": "claude-play", **fields})
    b.type(".turn textarea", text)


def put(b, **fields):
    for name, value in fields.items():
        b.run("const i = document.querySelector('main form').elements["
              "arguments[0]] ?? document.querySelector('main input[list]');"
              "i.closest('details')?.setAttribute('open', '');"
              "if (i.type === 'checkbox') i.checked = arguments[1];"
              "else i.value = arguments[1];"
              "i.dispatchEvent(new Event('input', {bubbles: true}))",
              name, value)


def ended(b, state):
    b.wait("return document.querySelector('main section[aria-busy=false] "
           "[data-part=state]')?.textContent === arguments[0]", state, seconds=20)
    return b.run(ANSWER)


def shown(b, name):
    """A figure of the answer."""
    return b.run("return [...document.querySelectorAll('main .facts dt')]"
                 ".find(e => e.textContent === arguments[0])"
                 "?.nextElementSibling.textContent", name)


@case("the playground streams: the answer grows while it comes")
def _(b, lab):
    begin(b, lab, "think: rhymes first\nsea " + PROBE +
          " [[demo: delay=30 size=4]]")
    b.click(SEND)
    b.wait("return document.querySelector('main section[aria-busy=true] "
           ".answer-text')?.textContent")
    text = ended(b, "done")
    holds("You said: sea " + PROBE in text, text)
    equal(b.run("return document.querySelector('main details.block')"
                ".innerText").split("\n")[0], "Thinking")
    equal(shown(b, "Stop reason"), "end_turn")
    equal(shown(b, "HTTP status"), "200")
    holds(shown(b, "First token").endswith("ms"), text)
    names = b.run("const d = [...document.querySelectorAll('main details')]"
                  ".at(-2); d.open = true; return d.innerText")
    names = b.wait("const d = document.querySelector('.events'); return "
                   "d.childElementCount && [...d.querySelectorAll('b')]"
                   ".map(e => e.textContent)")
    equal([names[0], names[-1]], ["message_start", "message_stop"])
    request_id = b.run("return [...document.querySelectorAll('main .facts "
                       "code')].find(e => e.textContent.startsWith('req_'))"
                       ".textContent")
    used = [shown(b, name) for name in ("Input", "Cached", "Output")]
    b.run("document.querySelector('main .facts a').click()")
    b.find("dialog .facts")
    equal(b.run("return document.querySelector('dialog code').textContent"),
          request_id)
    equal(b.run("const d = [...document.querySelectorAll('dialog dt')]; "
                "return ['Input', 'Cached', 'Output'].map(n => d.find(e => "
                "e.textContent === n).nextElementSibling.textContent)"), used)


@case("what was typed is there when one comes back, and the key is not stored")
def _(b, lab):
    begin(b, lab, "a draft")
    b.run("location.hash = '#/dashboard'")
    b.wait_text("Requests today")
    b.run("location.hash = '#/playground'")
    b.wait("return document.querySelector('.turn textarea')?.value === "
           "'a draft'")
    equal(b.run("return document.querySelector(arguments[0]).value", KEY),
          lab.key)
    equal(b.run("return JSON.stringify([{...localStorage}, "
                "{...sessionStorage}, document.cookie]).includes("
                "arguments[0])", lab.key[:12]), False)
    b.post("/refresh")
    b.find(KEY)
    equal(b.run("return document.querySelector(arguments[0]).value", KEY), "")


@case("a stream is stopped; the ledger says that the client left")
def _(b, lab):
    begin(b, lab, "[[demo: chunks=5000 delay=50]]", model="claude-stopped",
          max_tokens="9000")
    b.click(SEND)
    b.wait("return document.querySelector('main section[aria-busy=true] "
           ".answer-text')?.textContent")
    b.press([TAB, ENTER])  # the focus is on the answer
    ended(b, "stopped")
    labs.wait_for(lambda: b.run_async(
        "const done = arguments[0]; fetch('/admin/request-details?limit=1&"
        "model=claude-stopped').then(r => r.json()).then(r => "
        "done(r.data.records[0]?.outcome))") == "aborted", "the ledger's row")


@case("errors in words: before the answer and within it")
def _(b, lab):
    begin(b, lab, "[[demo: status=400 message='no <b>way</b>']]")
    b.run("document.querySelector('.turn textarea').focus()")
    b.post("/actions", actions=[{"type": "key", "id": "keys", "actions": [
        {"type": "keyDown", "value": CTRL}, {"type": "keyDown", "value": ENTER},
        {"type": "keyUp", "value": ENTER}, {"type": "keyUp", "value": CTRL}]}])
    text = ended(b, "failed")
    holds("400 invalid_request_error" in text and "no <b>way</b>" in text and
          "The client has to change it." in text, text)
    holds(shown(b, "Request id").startswith("req_"), text)
    begin(b, lab, "[[demo: error_frame=3 delay=20 message=tired]]")
    b.click(SEND)
    text = ended(b, "failed")
    holds("tired" in text or "api_error" in text, text)
    begin(b, lab, "x")
    b.type(KEY, "cr_wrong")
    b.click(SEND)
    text = ended(b, "failed")
    holds("401 authentication_error" in text, text)
    begin(b, lab, "x", max_tokens="")
    b.click(SEND)
    b.wait_text("This is needed.")
    begin(b, lab, "x", tools="{no json")
    b.click(SEND)
    b.wait_text("This is not JSON.")


@case("tools, and the conversation goes on with what they said")
def _(b, lab):
    begin(b, lab, 'call tool look {"at": "<b>"}',
          tools='[{"name": "look", "input_schema": {"type": "object"}}]')
    b.click(SEND)
    text = ended(b, "done")
    holds("Tool call look" in text and '"at": "<b>"' in text, text)
    equal(shown(b, "Stop reason"), "tool_use")
    b.run("[...document.querySelectorAll('main section[aria-busy] button')]"
          ".find(e => e.textContent.startsWith('Go on')).click()")
    b.run("const a = [...document.querySelectorAll('.turn textarea')].at(-1);"
          "a.value = a.value.replace('…', 'a lamp'); "
          "a.dispatchEvent(new Event('input', {bubbles: true}))")
    b.click(SEND)
    b.wait_text("The tool said: a lamp")


@case("an image, a plain answer, and the same request with curl")
def _(b, lab):
    begin(b, lab, "look", stream=False)
    path = f"{lab.dir}/run/dot.png"
    with open(path, "wb") as f:
        f.write(PNG)
    b.post(f"/element/{b.find('main input[type=file]')}/value", text=path)
    b.find("img.preview")
    b.run("[...document.querySelectorAll('main form button')].find(e => "
          "e.textContent === 'Remove the image').click()")
    b.run("const data = new DataTransfer(); data.items.add(new File("
          "[Uint8Array.from(atob(arguments[0]), c => c.charCodeAt(0))], "
          "'dot.png', {type: 'image/png'})); document.querySelector("
          "'.turn textarea').dispatchEvent(new ClipboardEvent('paste', "
          "{bubbles: true, clipboardData: data}))",
          base64.b64encode(PNG).decode())
    b.find("img.preview")
    b.click(SEND)
    text = ended(b, "done")
    holds("1 image" in text, text)
    b.run("document.querySelector('main .snippet').closest('details')"
          ".open = true")
    command = b.run(CODE)
    holds(lab.key not in command and '"media_type": "image/png"' in command,
          command)
    os.unlink(path)
    if not shutil.which("curl"):
        raise tap.Skip("curl is not there")
    done = subprocess.run(["sh", "-c", command], check=True, timeout=60,
                          env={**os.environ, "KEY": lab.key},
                          capture_output=True)
    holds(b"1 image" in done.stdout, done.stdout)


@case("a key for a day is made in the playground and works")
def _(b, lab):
    b.post("/refresh")
    page(b, lab, "playground")
    b.run("[...document.querySelectorAll('main form button')].find(e => "
          "e.textContent === 'Make a key for a day').click()")
    b.wait("return document.querySelector('main form [aria-pressed=true]')")
    put(b, model="claude-play")
    b.type(".turn textarea", "hello")
    b.click(SEND)
    holds("You said: hello" in ended(b, "done"), b.run(ANSWER))
    made = b.run("return document.querySelector(arguments[0]).value", KEY)
    equal(client.request(lab, "GET", "/v1/models",
                         headers={"x-api-key": made}).status, 200)


@case("a key that was just made and a model of the list are tried at once")
def _(b, lab):
    page(b, lab, "keys/new")
    b.type("main input[name=name]", "to try")
    b.click("main form button[type=submit]")
    b.find("#made")
    made = b.run("return document.querySelector('#made code').textContent")
    b.run("[...document.querySelectorAll('#made button')].find(e => "
          "e.textContent === 'Try it in the playground').click()")
    b.wait("return document.querySelector(arguments[0])?.value === "
           "arguments[1]", KEY, made)
    b.wait("return document.querySelector('main form [aria-pressed=true]')")
    holds(made not in b.run("return location.href"), "the key is in the address")
    page(b, lab, "playground?model=claude-of-the-list")
    equal(b.run("return document.querySelector('main input[list]').value"),
          "claude-of-the-list")
