#!/usr/bin/env python3
"""The administrators' pages in a real Chromium, against a relay of their own.

run.py --build BUILD [--npm FOLDER]: FOLDER has axe-core; without it the case
that needs it is skipped.
"""

import argparse
import os
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))

import client  # noqa: E402
import lab as labs  # noqa: E402
import tap  # noqa: E402
from tap import equal, holds  # noqa: E402
from webdriver import Browser  # noqa: E402

PROBE = "<img src=x onerror=\"document.title='taken'\">{{7*7}}'\"&amp;"
CASES = []
PAGES = ["dashboard", "setup", "key", "password", "sessions"]
TAB, ENTER, ESCAPE = "\ue004", "\ue007", "\ue00c"


def case(name):
    def add(function):
        CASES.append((name, function))
        return function
    return add


def page(b, lab, name):
    b.open(f"{lab.url}/admin-next/#/{name}")
    settled(b)


def settled(b):
    b.wait("return document.querySelector('main h1') && "
           "!document.querySelector('main [role=status]:not(.toasts)')")


@case("a browser is led to the pages, and a program is not")
def _(b, lab):
    for path in ("/", "/admin"):
        b.open(lab.url + path)
        b.wait("return location.pathname === '/admin-next/'")
    reply = client.request(lab, "GET", "/")
    equal(reply.status, 200)
    holds(b"ANTHROPIC_BASE_URL" in reply.body, reply.body)
    equal(client.request(lab, "GET", "/admin").status, 404)


@case("without a login every page of administrators leads to it")
def _(b, lab):
    page(b, lab, "sessions")
    b.wait("return location.hash.startsWith('#/login?')")
    b.find("input[name=username]")


@case("a wrong password is refused in words; a right one goes on to the page")
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


@case("what people wrote is text: nothing of it ran")
def _(b, lab):
    for name in PAGES:
        page(b, lab, name)
    holds("taken" not in b.run("return document.title"), "a probe ran")
    equal(b.run("return document.querySelectorAll('img[src=x], main b').length"),
          0)


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


@case("language and theme by their switches, and kept")
def _(b, lab):
    page(b, lab, "dashboard")
    b.run("const s = document.querySelector('.side select'); s.value = 'zh';"
          "s.dispatchEvent(new Event('change'))")
    b.wait_text("仪表盘")
    equal(b.run("return document.documentElement.lang"), "zh-CN")
    before = b.run("return document.documentElement.dataset.theme")
    b.click(".side-foot button[title]")
    b.wait("return document.documentElement.dataset.theme !== arguments[0]",
           before)
    page(b, lab, "sessions")
    b.post("/refresh")
    b.wait_text("会话与令牌")
    holds(b.run("return document.documentElement.dataset.theme") != before,
          "the theme was not kept")


@case("at 360 px no page is wider than the screen, and the menu opens")
def _(b, lab):
    b.size(360, 740)
    for name in PAGES:
        page(b, lab, name)
        holds(b.run("return document.documentElement.scrollWidth <= "
                    "innerWidth"), f"{name} is too wide")
    b.click(".menu-button")
    b.find(".nav a[href='#/dashboard']")
    b.size(1280, 900)


@case("axe-core has no serious finding, in both themes")
def _(b, lab):
    if not lab.axe:
        raise tap.Skip("axe-core is not there")
    with open(lab.axe, encoding="utf-8") as f:
        axe = f.read()
    found = []
    for theme in ("light", "dark"):
        b.run("localStorage.setItem('llmrelay.theme', arguments[0]); "
              "dispatchEvent(new Event('llmrelay-theme'))", theme)
        for name in PAGES:
            page(b, lab, name)
            b.run(axe + "; window.axe = axe;")
            found += [f"{theme} {name}: {line}" for line in b.run_async(
                "const done = arguments[0]; axe.run({resultTypes: "
                "['violations']}).then(r => done(r.violations.filter(v => "
                "['serious', 'critical'].includes(v.impact)).map(v => v.id + "
                "' ' + v.nodes[0].html)))")]
    equal(found, [])


@case("by keyboard alone: skip link, navigation, logging out")
def _(b, lab):
    page(b, lab, "dashboard")
    b.run("document.activeElement.blur()")
    b.press([TAB])
    holds(b.run("return document.activeElement.classList.contains('skip')"),
          "the first stop is not the skip link")
    b.press([ENTER])
    equal(b.run("return document.activeElement.id"), "main")
    b.run("document.querySelector(\".nav a[href='#/password']\").focus()")
    b.press([ENTER])
    b.wait("return location.hash === '#/password'")
    settled(b)
    b.run("document.querySelector('.side-foot .row button').focus()")
    b.press([ENTER])
    b.wait("return location.hash.startsWith('#/login')")


@case("the policy was never broken and no script failed")
def _(b, lab):
    bad = [row["message"] for row in b.seen + b.logs()
           if row["level"] == "SEVERE" and "status of 40" not in row["message"]]
    equal([m for m in bad if "lib/chart.js" not in m], [])


def fill(lab):
    """An account and a key whose texts are probes."""
    token = client.request(lab, "POST", "/web/auth/login", {
        "username": "admin", "password": labs.PASSWORD}).json()["token"]
    head = {"Authorization": f"Bearer {token}"}
    demo = labs.Demo(lab, "demo")
    reply = client.request(lab, "POST", "/admin/openai-accounts", {
        "name": PROBE, "description": PROBE, "baseApi": demo.url,
        "deploymentName": "demo"}, headers=head)
    equal(reply.status, 200, reply.body)
    reply = client.request(lab, "POST", "/admin/api-keys", {
        "name": PROBE, "description": PROBE, "tags": [PROBE[:40]],
        "dailyCostLimit": 1.5}, headers=head)
    equal(reply.status, 200, reply.body)
    lab.key = reply.json()["data"]["apiKey"]


def lay_pages(lab):
    shutil.rmtree(f"{lab.dir}/htdocs")
    shutil.copytree(f"{TREE}/htdocs", f"{lab.dir}/htdocs",
                    dirs_exist_ok=True)
    chart = "/usr/share/javascript/chart.js/chart.min.js"
    if os.path.exists(chart):
        os.makedirs(f"{lab.dir}/htdocs/lib", exist_ok=True)
        shutil.copy(chart, f"{lab.dir}/htdocs/lib/chart.js")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--npm")
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    lab = labs.Lab(given.build, "lighttpd")
    lab.axe = given.npm and f"{given.npm}/node_modules/axe-core/axe.min.js"
    browser = None
    failed = number = 0
    try:
        lay_pages(lab)
        lab.start()
        fill(lab)
        browser = Browser()
        browser.seen = []
        for number, (name, function) in enumerate(CASES, 1):
            try:
                function(browser, lab)
                print(f"ok {number} - {name}", flush=True)
            except tap.Skip as why:
                print(f"ok {number} - {name} # SKIP {why}", flush=True)
            except Exception as why:  # the others still run
                failed += 1
                print(f"not ok {number} - {name}", flush=True)
                for line in repr(why)[:2000].split("\\n"):
                    print(f"#   {line}", flush=True)
        print(f"1..{number}")
    finally:
        if browser:
            browser.stop()
        trouble = lab.stop()
        lab.remove()
    for line in trouble:
        print(f"# {line}")
    sys.exit(bool(failed or trouble))


main()
