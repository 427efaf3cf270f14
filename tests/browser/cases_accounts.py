"""The accounts: the guide's way by the form, bad input, pausing, deleting."""

import lab as labs
from case import (ENTER, ESCAPE, PAGES, PROBE, act, ask, case, choose, page,
                  send, wrong)
from tap import equal, holds

PAGES += ["accounts", "accounts/new"]
AZURE = "/admin/azure-openai-accounts"
SUBMIT = "main form button[type=submit]"
GUIDE = {
    "name": "Qwen3-32B",
    "description": "self-hosted Qwen3-32B",
    "deploymentName": "qwen3-32b",
    "apiKey": "sk-dummy-key-not-required",
    "supportedModels": "qwen3-32b\nclaude-3-opus-20240229",
}


def account(b, name):
    return next(one for one in ask(b, AZURE) if one["name"] == name)


def press(b, css):
    """A button of the list, which may be drawn anew at any moment."""
    b.wait("const e = document.querySelector(arguments[0]); e?.click();"
           "return !!e", css)


@case("the guide's account is added by the form, and its test is shown")
def _(b, lab):
    lab.guide = labs.Demo(lab, "guide", "--model", "qwen3-32b")
    page(b, lab, "accounts")
    b.click("a[href='#/accounts/new']")
    for name, text in {**GUIDE, "address": lab.guide.url}.items():
        b.type(f"main [name={name}]", text)
    b.click(SUBMIT)
    b.wait("return location.hash.startsWith('#/accounts/azure-openai/')")
    grade = b.find("#test [data-grade]")
    holds(grade and "a streamed answer came" in b.text(), b.text())
    holds("Azure OpenAI account created successfully" in b.text(), b.text())
    made = account(b, "Qwen3-32B")
    PAGES.append(f"accounts/azure-openai/{made['id']}")
    PAGES.append(f"accounts/azure-openai/{made['id']}/edit")
    equal({k: made[k] for k in (
        "description", "accountType", "azureEndpoint", "deploymentName",
        "apiKey", "supportedModels", "capabilities", "priority", "weight",
        "isActive", "schedulable", "timeouts", "pricing", "proxy", "headers",
        "extraBody", "protocol", "flavour", "maxConcurrentTasks")}, {
            "description": "self-hosted Qwen3-32B", "accountType": "shared",
            "azureEndpoint": lab.guide.url, "deploymentName": "qwen3-32b",
            "apiKey": "sk-…ired",
            "supportedModels": ["qwen3-32b", "claude-3-opus-20240229"],
            "capabilities": ["vision", "tools", "thinking"], "priority": 50,
            "weight": 1, "isActive": True, "schedulable": True, "timeouts": {
                "connectMs": 0, "firstByteMs": 0, "idleMs": 0, "totalMs": 0},
            "pricing": None, "proxy": None, "headers": {}, "extraBody": None,
            "protocol": "openai", "flavour": "auto",
            "maxConcurrentTasks": 0})


@case("the full test of an account says what works")
def _(b, lab):
    b.click("#test .primary")
    b.wait_text("Calls tools")
    b.wait("return document.querySelector('#test q')?.textContent"
           ".includes('llmrelay-demo')")
    holds("Models that the server lists: 1" in b.text(), b.text())


@case("a model that the server does not have is replaced by one of its list")
def _(b, lab):
    made = account(b, "Qwen3-32B")
    send(b, "PUT", f"{AZURE}/{made['id']}",
         {"deploymentName": "nobody-has-this"})
    page(b, lab, f"accounts/azure-openai/{made['id']}")
    b.post("/refresh")
    b.click("#test .primary")
    b.wait_text("The model is not in the server's list.")
    b.click(act("qwen3-32b", "Use this"))
    b.wait("return document.querySelector('#test .plain-list') && !document"
           ".querySelector('#test .plain-list button')")
    equal(account(b, "Qwen3-32B")["deploymentName"], "qwen3-32b")


@case("what is wrong in an account's form stands at its field")
def _(b, lab):
    page(b, lab, "accounts/new")
    b.click(SUBMIT)
    wrong(b, "name", "This is needed.")
    b.type("main [name=name]", "Bad")
    b.click(SUBMIT)
    wrong(b, "address", "This is needed.")
    b.type("main [name=address]", "ftp://server")
    b.click(SUBMIT)
    wrong(b, "deploymentName", "This is needed.")
    b.type("main [name=deploymentName]", "two words")
    b.click(SUBMIT)
    wrong(b, "deploymentName", "deploymentName must not hold spaces")
    b.type("main [name=deploymentName]", "m")
    b.click(SUBMIT)
    wrong(b, "address", "Expected: http://ip:port or https://domain")
    b.type("main [name=address]", "http://169.254.169.254")
    b.click(SUBMIT)
    wrong(b, "address", "This address is refused")
    b.type("main [name=address]", lab.guide.url)
    b.type("main [name=priority]", "101")
    b.click(SUBMIT)
    wrong(b, "priority", "100")
    b.type("main [name=priority]", "60")
    b.type("main [name=supportedModels]", "a*b")
    b.click(SUBMIT)
    wrong(b, "supportedModels", "with * only at the end")
    b.type("main [name=supportedModels]", "a")
    equal([one["name"] for one in ask(b, AZURE)], ["Qwen3-32B"])


@case("mistakes in folded parts of the form unfold them")
def _(b, lab):
    b.run("document.querySelectorAll('details').forEach("
          "one => { one.open = true; })")
    b.type("main [name=headers]", "no colon here")
    b.type("main [name=extraBody]", "{")
    b.type("main [name=proxy]", "gopher://x:1")
    b.run("document.querySelectorAll('details').forEach("
          "one => { one.open = false; })")
    b.click(SUBMIT)
    wrong(b, "headers", "“Name: value”")
    b.type("main [name=headers]", "Host: x\nX-Title: relay")
    b.click(SUBMIT)
    wrong(b, "extraBody", "This is not JSON.")
    b.type("main [name=extraBody]", '{"model": "x"}')
    b.click(SUBMIT)
    wrong(b, "headers", "headers must not set Host")
    b.type("main [name=headers]", "X-Title: relay")
    b.click(SUBMIT)
    wrong(b, "extraBody", "extraBody must not set model")
    b.type("main [name=extraBody]", '{"top_k": 20}')
    b.click(SUBMIT)
    wrong(b, "proxy", "proxy.type must be one of")
    b.type("main [name=proxy]", "")
    equal(len(ask(b, AZURE)), 1)


@case("a type shows its own fields")
def _(b, lab):
    shown = ("return document.querySelector(\"main [name='apiVersion']\")"
             ".checkVisibility()")
    holds(b.run(shown), "apiVersion is missing")
    choose(b, "main [name=platform]", "openai")
    holds(not b.run(shown), "apiVersion is for Azure only")
    b.type("main [name=deploymentName]", "")
    b.click(SUBMIT)
    b.wait("return location.hash.startsWith('#/accounts/openai/')")
    made = next(one for one in ask(b, "/admin/openai-accounts")
                if one["name"] == "Bad")
    equal(made["headers"], {"X-Title": "relay"})
    equal(made["extraBody"], {"top_k": 20})
    equal([made["priority"], made["baseApi"], made["deploymentName"]],
          [60, lab.guide.url, ""])


@case("an account is changed by its form, and only what was changed")
def _(b, lab):
    before = account(b, "Qwen3-32B")
    page(b, lab, f"accounts/azure-openai/{before['id']}/edit")
    b.type("main [name=supportedModels]", "claude-* = qwen3-32b\nqwen3-32b")
    b.type("main [name=priority]", "70")
    b.click("main [name=capabilities][value=vision]")
    b.run("document.querySelectorAll('details').forEach("
          "one => { one.open = true; })")
    b.type("main [name='timeouts.firstByteMs']", "1.5")
    b.type("main [name='pricing.output']", "2.5")
    b.type("main [name=proxy]", "http://me:a%20secret%40word@127.0.0.1:3128")
    choose(b, "main [name='options.images']", "data")
    b.click(SUBMIT)
    b.wait(f"return location.hash === '#/accounts/azure-openai/"
           f"{before['id']}'")
    after = account(b, "Qwen3-32B")
    equal(after["supportedModels"], {"claude-*": "qwen3-32b", "qwen3-32b": ""})
    equal(after["capabilities"], ["tools", "thinking"])
    equal(after["timeouts"]["firstByteMs"], 1500)
    equal(after["pricing"], {"input": 0, "output": 2.5, "cacheRead": 0,
                             "cacheWrite": 0})
    equal(after["proxy"], {"type": "http", "host": "127.0.0.1", "port": 3128,
                           "username": "me", "password": "…"})
    equal(after["options"]["images"], "data")
    equal([after["priority"], after["apiKey"]], [70, "sk-…ired"])


@case("a proxy's masked password comes through a change of its port")
def _(b, lab):
    made = account(b, "Qwen3-32B")
    page(b, lab, f"accounts/azure-openai/{made['id']}/edit")
    b.run("document.querySelectorAll('details').forEach("
          "one => { one.open = true; })")
    equal(b.run("return document.querySelector('main [name=proxy]').value"),
          "http://me:…@127.0.0.1:3128")
    b.type("main [name=proxy]", "")
    b.click(SUBMIT)
    b.wait_text("Names served")
    equal(account(b, "Qwen3-32B")["proxy"], None)


@case("an account is duplicated, without its secrets")
def _(b, lab):
    made = account(b, "Qwen3-32B")
    page(b, lab, f"accounts/azure-openai/{made['id']}")
    b.click("a[href*='copy=']")
    b.wait("return document.querySelector('main [name=name]')?.value === "
           "'Qwen3-32B (2)'")
    equal(b.run("return document.querySelector('main [name=apiKey]').value"),
          "")
    b.click(SUBMIT)
    b.wait_text("Azure OpenAI account created")
    twin = account(b, "Qwen3-32B (2)")
    for name in ("azureEndpoint", "deploymentName", "supportedModels",
                 "capabilities", "priority", "timeouts", "pricing",
                 "options"):
        equal(twin[name], made[name])
    equal(twin["apiKey"], "")
    b.click(".page-head .danger")
    b.click("dialog .danger")
    b.wait("return location.hash === '#/accounts'")
    equal(len(ask(b, AZURE)), 1)


@case("what a server says of itself is text")
def _(b, lab):
    hostile = labs.Demo(lab, "hostile", "--model", PROBE)
    page(b, lab, "accounts/new?type=openai")
    b.type("main [name=name]", PROBE)
    b.type("main [name=address]", hostile.url)
    b.click(SUBMIT)
    b.wait("return document.querySelector('#test details')")
    b.run("document.querySelector('#test details').open = true")
    b.wait("return [...document.querySelectorAll('#test li code')]"
           ".some(e => e.textContent === arguments[0])", PROBE)
    equal(b.run("return document.querySelectorAll('img[src=x]').length"), 0)
    holds("taken" not in b.run("return document.title"), "a probe ran")
    b.click(".page-head .danger")
    b.click("dialog .danger")
    b.wait("return location.hash === '#/accounts'")


@case("accounts are found by search, type and status, kept in the address")
def _(b, lab):
    rows = ("return [...document.querySelectorAll('tbody th a')]"
            ".map(a => a.textContent)")
    page(b, lab, "accounts")
    equal(b.run(rows), [PROBE, "Bad", "Qwen3-32B"])
    b.type("main [name=search]", "CLAUDE-")
    b.wait("return document.querySelectorAll('tbody tr').length === 1")
    b.post("/refresh")
    b.wait("return document.querySelectorAll('tbody tr').length === 1")
    equal(b.run(rows), ["Qwen3-32B"])
    choose(b, "main [aria-label=Type]", "openai")
    b.wait_text("No account matches these filters.")
    equal(b.run("return location.hash"), "#/accounts?search=CLAUDE-&type=openai")


@case("an account is paused and works again")
def _(b, lab):
    page(b, lab, "accounts")
    press(b, act("Qwen3-32B", "Pause"))
    b.find(act("Qwen3-32B", "Resume"))
    equal(account(b, "Qwen3-32B")["status"], "inactive")
    choose(b, "main [aria-label=Status]", "off")
    press(b, act("Qwen3-32B", "Resume"))
    b.wait_text("No account matches these filters.")
    equal(account(b, "Qwen3-32B")["status"], "active")


@case("by keyboard: the list keeps the focus when it is drawn anew")
def _(b, lab):
    page(b, lab, "accounts")
    for now, then in (("Pause", "Resume"), ("Resume", "Pause")):
        b.run("document.querySelector(arguments[0]).focus()",
              act("Qwen3-32B", now))
        b.press([ENTER])
        b.wait("return document.activeElement.matches(arguments[0])",
               act("Qwen3-32B", then))


@case("a server that is not there: the test says so, a reset ends the pause")
def _(b, lab):
    port = labs.free_port()
    page(b, lab, "accounts/new?type=openai")
    b.type("main [name=name]", "gone")
    b.type("main [name=address]", f"http://127.0.0.1:{port}")
    b.type("main [name=deploymentName]", "m")
    b.click(SUBMIT)
    b.find("#test [data-grade=bad]")
    holds("Nothing listens at this address." in b.text(), b.text())
    holds(f"curl -sS http://127.0.0.1:{port}/v1/models" in b.text(), b.text())
    page(b, lab, "accounts")
    for n in (1, 2):
        press(b, act("gone", "Test"))
        b.find("dialog [data-grade=bad]")
        b.press([ESCAPE])
        b.wait("return !document.querySelector('dialog')")
    b.find("tbody .badge.bad")
    b.find("[data-until]")
    press(b, act("gone", "Reset"))
    b.find(act("gone", "Pause"))


@case("an account is deleted once that was confirmed")
def _(b, lab):
    press(b, act("gone", "Delete"))
    b.click("dialog .actions-row .button:not(.danger)")
    b.wait("return !document.querySelector('dialog')")
    press(b, act("gone", "Delete"))
    b.click("dialog .danger")
    b.wait("return ![...document.querySelectorAll('tbody th a')]"
           ".some(a => a.textContent === 'gone')")
    equal([one["name"] for one in ask(b, "/admin/openai-accounts")],
          [PROBE, "Bad"])


@case("an account that is not to be scheduled keeps its page and stays idle")
def _(b, lab):
    made = account(b, "Qwen3-32B")
    page(b, lab, f"accounts/azure-openai/{made['id']}")
    b.click("[data-act=schedule]")
    b.wait_text("is not picked for requests any more")
    b.wait("return document.querySelector('.status-line').textContent"
           "=== 'not scheduled'")
    equal(account(b, "Qwen3-32B")["schedulable"], False)
