"""Logging in, the dashboard, tokens, the pages for clients."""

import os

import client
import lab as labs
from case import ESCAPE, PAGES, PROBE, case, page
from tap import equal, holds

PAGES += ["dashboard", "setup", "key", "password", "sessions"]


@case("a browser is led to the pages, and a program is not")
def _(b, lab):
    for path in ("/", "/admin"):
        b.open(lab.url + path)
        b.wait("return location.pathname === '/admin-next/'")
    reply = client.request(lab, "GET", "/")
    equal(reply.status, 200)
    holds(b"ANTHROPIC_BASE_URL" in reply.body, reply.body)
    equal(client.request(lab, "GET", "/admin").status, 404)


@case("without a login every page of administrators leads to it", always=True)
def _(b, lab):
    page(b, lab, "sessions")
    b.wait("return location.hash.startsWith('#/login?')")
    b.find("input[name=username]")


@case("a wrong password is refused in words; a right one goes on to the page",
      always=True)
def _(b, lab):
    b.type("input[name=username]", "admin")
    b.type("input[name=password]", "wrong")
    b.click("main button[type=submit]")
    b.wait_text("Invalid username or password")
    b.type("input[name=password]", "")
    b.click("main button[type=submit]")
    b.wait_text("This is needed.")
    b.type("input[name=password]", labs.PASSWORD)
    b.click("main button[type=submit]")
    b.wait("return location.hash === '#/sessions'")
    b.find("tbody tr")


@case("nothing of the session is where scripts can read it")
def _(b, lab):
    equal(b.run("return document.cookie"), "")
    equal(b.run("return [...Object.keys(localStorage), "
                "...Object.keys(sessionStorage)]"
                ".filter(k => !k.startsWith('llmrelay.'))"), [])


@case("the dashboard shows a request that was sent")
def _(b, lab):
    reply = client.request(
        lab, "POST", "/v1/messages", {"model": "claude-probe<b>",
        "max_tokens": 20, "messages": [{"role": "user", "content": "Hi"}]},
        headers={"x-api-key": lab.key})
    equal(reply.status, 200, reply.body)
    shows = not os.path.exists(f"{lab.dir}/htdocs/lib/chart.js")
    for by in ("model", "key", "account"):
        for span in ("1h", "24h", "7d", "30d"):
            page(b, lab, f"dashboard?by={by}&span={span}")
            wanted = {"model": "claude-probe<b>", "key": PROBE,
                      "account": PROBE}[by]
            b.wait("return [...document.querySelectorAll('tbody th')]"
                   ".some(e => e.textContent === arguments[0])", wanted)
            b.wait("return arguments[0] || window.Chart?.getChart("
                   "document.querySelector('canvas'))?.data.datasets.length",
                   shows)


@case("a token is made, shown once, and ended")
def _(b, lab):
    page(b, lab, "sessions")
    b.click(".page-head .primary")
    b.type("dialog input[name=name]", "two words")
    b.click("dialog button[type=submit]")
    b.wait("return document.querySelector('dialog [aria-invalid] ~ .wrong')"
           "?.textContent.includes('name must')")
    b.type("dialog input[name=name]", "backup")
    b.click("dialog button[type=submit]")
    token = b.wait("return document.querySelector('dialog code')?.textContent")
    reply = client.request(lab, "GET", "/admin/session",
                           headers={"x-admin-token": token})
    equal(reply.status, 200)
    b.press([ESCAPE])
    b.wait("return !document.querySelector('dialog')")
    b.click("button[aria-label='End backup']")
    b.click("dialog .danger")
    b.wait("return !document.querySelector(\"[aria-label='End backup']\")")
    equal(client.request(lab, "GET", "/admin/session",
                         headers={"x-admin-token": token}).status, 401)


@case("the client set-up page names this relay, the key and its models")
def _(b, lab):
    page(b, lab, "setup")
    b.type("main input[name=key]", lab.key)
    b.click("main button[type=submit]")
    b.wait_text("Choose one")
    code = b.run("return document.querySelector('#for-claude code').textContent")
    holds(f"ANTHROPIC_BASE_URL='{lab.url}'" in code and lab.key in code, code)
    holds("MAX_CONTEXT" not in code, code)
    b.type("main input[name=window]", "32768")
    b.wait("return document.querySelector('#for-claude code').textContent"
           ".includes('CLAUDE_CODE_MAX_CONTEXT_TOKENS=32768\\n')")


@case("key statistics: of a key, and in words for a wrong one")
def _(b, lab):
    page(b, lab, "key")
    b.type("main input[name=key]", "cr_wrong00000000")
    b.click("main button[type=submit]")
    b.find(".wrong:not(:empty), .notice.bad")
    b.type("main input[name=key]", lab.key)
    b.click("main button[type=submit]")
    b.find("main .facts")
    equal(b.run("return document.querySelector('main section h2').textContent"),
          PROBE)
    holds("$1.50" in b.text(), b.text())
