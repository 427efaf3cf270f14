"""API keys: made by the form and used, many at once, tags, trash, limits."""

from urllib.parse import quote

import client
import lab as labs
from case import (ESCAPE, PAGES, PROBE, act, ask, case, choose, findings, fits,
                  page, wrong)
from tap import equal, holds

PAGES += ["keys", "keys/new", "keys/batch", "keys/trash", "keys/tags"]
KEYS = "/admin/api-keys"
SUBMIT = "main form button[type=submit]"
NAME = "Anna's laptop"


def field(name):
    return f"main form [name={name}]"


def fill(b, values):
    """Types into the form; folded parts are opened."""
    b.run("document.querySelectorAll('details').forEach(e => e.open = true)")
    for name, text in values.items():
        b.type(field(name), text)


def sent(b, path, method="GET", body=None):
    """The whole answer to the one who is logged in."""
    return b.run_async(
        "const done = arguments[arguments.length - 1];"
        "fetch(arguments[0], {method: arguments[1], headers: {'Content-Type':"
        " 'application/json'}, body: arguments[2]}).then(r => r.json())"
        ".then(done)", path, method, body)


def the_key(b, name):
    items = ask(b, f"{KEYS}?named={quote(name)}")["items"]
    equal(len(items), 1)
    return items[0]


def message(lab, key, **more):
    return client.request(lab, "POST", "/v1/messages", {
        "model": "keys-model", "max_tokens": 20, "messages": [
            {"role": "user", "content": "one two three"}], **more},
        headers={"x-api-key": key, "user-agent": "lab/1"})


def names(b):
    return b.run("return [...document.querySelectorAll('.key-cell a[href*="
                 "\"/keys/\"]')].map(e => e.textContent)")


def made_text(b):
    return b.wait("return document.querySelector('#made pre')?.textContent")


def priced_account(b, lab):
    lab.keys_demo = labs.Demo(lab, "keys")
    made = b.run_async(
        "const done = arguments[arguments.length - 1]; fetch('/admin/"
        "openai-accounts', {method: 'POST', headers: {'Content-Type': "
        "'application/json'}, body: JSON.stringify({name: 'keys-account', "
        "baseApi: arguments[0], deploymentName: 'demo', accountType: "
        "'dedicated', pricing: {input: 1000, output: 1000}})})"
        ".then(r => r.json()).then(done)", lab.keys_demo.url)
    return made["data"]["id"]


@case("the form of a key says at its fields what is wrong")
def _(b, lab):
    page(b, lab, "keys")
    b.click("a[href='#/keys/new']")
    b.find(field("name"))
    b.click(SUBMIT)
    wrong(b, "name", "This is needed.")
    b.type(field("name"), "  ")
    b.click(SUBMIT)
    wrong(b, "name", "This is needed.")
    b.type(field("name"), NAME)
    fill(b, {"rateLimitRequests": "3"})
    b.run("document.querySelectorAll('details').forEach(e => e.open = false)")
    b.click(SUBMIT)
    wrong(b, "rateLimitWindow", "need a window, in minutes")
    fill(b, {"rateLimitWindow": "1440", "dailyCostLimit": "-1"})
    b.click(SUBMIT)
    wrong(b, "dailyCostLimit", "0")
    fill(b, {"dailyCostLimit": "5", "tags": "x" * 51})
    b.click(SUBMIT)
    wrong(b, "tags", "tags must hold strings of 1 to 50 bytes")
    b.type(field("tags"), "")
    choose(b, field("expirationMode"), "activation")
    b.find(field("activationDays"))
    b.click(SUBMIT)
    wrong(b, "activationDays", "needs how long the key lasts")
    equal(ask(b, f"{KEYS}?search=laptop")["pagination"]["total"], 0)


@case("a key is made by the form, shown once, and works within its limits")
def _(b, lab):
    account = priced_account(b, lab)
    page(b, lab, "keys")
    page(b, lab, "keys/new")
    fill(b, {"name": NAME, "description": PROBE, "tags": f"team\n{PROBE[:40]}\na, b",
             "concurrencyLimit": "4", "dailyCostLimit": "5",
             "rateLimitWindow": "1440", "rateLimitRequests": "2",
             "allowedModels": "keys-*", "allowedClients": "lab"})
    choose(b, field("binding"), f"openaiAccountId {account}")
    b.click(SUBMIT)
    key = made_text(b)
    equal(len(key), 67)
    holds(b.run("return document.activeElement.textContent") == "Copy",
          "the focus is not at the copy button")
    shown = the_key(b, NAME)
    equal({name: shown[name] for name in (
        "description", "tags", "concurrencyLimit", "dailyCostLimit",
        "rateLimitWindow", "rateLimitRequests", "tokenLimit",
        "allowedModels", "allowedClients", "openaiAccountId",
        "expirationMode", "expiresAt", "status")}, {
        "description": PROBE, "tags": ["team", PROBE[:40], "a, b"],
        "concurrencyLimit": 4, "dailyCostLimit": 5, "rateLimitWindow": 1440,
        "rateLimitRequests": 2, "tokenLimit": 0, "allowedModels": ["keys-*"],
        "allowedClients": ["lab"], "openaiAccountId": account,
        "expirationMode": "fixed", "expiresAt": None, "status": "active"})
    lab.anna, lab.anna_id = key, shown["id"]
    b.click("#made .primary")
    b.wait("return location.hash === '#/setup'")
    b.wait("return document.querySelector('#for-claude code')?.textContent"
           ".includes(arguments[0])", key)
    page(b, lab, "keys")
    holds(key not in b.run("return document.body.innerHTML"),
          "the key is shown again")


def row(b, name):
    """The text of a key's row in the list that is shown."""
    return b.wait("return [...document.querySelectorAll('tbody tr')].find(e =>"
                  " e.querySelector('.key-cell a')?.textContent === "
                  "arguments[0])?.innerText", name)


def bars(b):
    """What the bars on the page say: {limit: (figures, part)}."""
    return {one[0]: (one[1], one[2]) for one in b.run(
        "return [...document.querySelectorAll('main .limit')].map(e => ["
        "...[...e.querySelectorAll('span')].map(s => s.textContent), "
        "e.querySelector('progress').value])")}


def toasted(b, text):
    b.wait("return document.querySelector('.toasts')?.textContent"
           ".includes(arguments[0])", text)


def batch(b, lab, base, n, **more):
    """The keys by their names, made by the form."""
    page(b, lab, "keys")
    page(b, lab, "keys/batch")
    fill(b, {"baseName": base, "count": str(n), **more})
    b.click(SUBMIT)
    return dict(line.split("\t") for line in made_text(b).split("\n"))


@case("the bars of a key show what is used of its limits, and it ends there")
def _(b, lab):
    for _ in range(2):
        reply = message(lab, lab.anna)
        equal(reply.status, 200, reply.body)
    equal(message(lab, lab.anna).status, 429)
    key = the_key(b, NAME)
    equal(key["currentWindowRequests"], 2)
    tokens = key["usage"]["total"]["allTokens"]
    cost = key["totalCost"]
    holds(tokens > 0 and abs(cost - tokens / 1000) < 1e-9, key)
    page(b, lab, f"keys/{lab.anna_id}")
    shown = bars(b)
    equal(shown["Requests in this window"], ("2 of 2, 0 left", 1))
    equal(shown["Requests at a time"], ("0 of 4, 4 left", 0))
    text, part = shown["Cost a day"]
    holds(text.startswith(f"${cost:.{4 if cost < 0.1 else 2}f} of $5.00, $"),
          text)
    holds(abs(part - cost / 5) < 1e-6, part)
    page(b, lab, "keys?search=laptop")
    equal(bars(b)["Requests, 1 d"], ("2 / 2", 1))
    text = row(b, NAME)
    holds("2 requests" in text and f"{tokens} tokens" in text, text)


@case("the page of a key has its requests and figures, and files of them")
def _(b, lab):
    page(b, lab, f"keys/{lab.anna_id}?span=24h&what=tokens")
    b.wait("return [...document.querySelectorAll('main .opens tbody tr')]"
           ".length === 2")
    holds("keys-account" in b.text() and "keys-model" in b.text(), b.text())
    b.click("main .opens tbody button")
    b.find("dialog .facts")
    b.click("dialog button[aria-label=Close]")
    for n, head in enumerate(("hour", "requestId")):
        text = b.run_async(
            "const done = arguments[1]; fetch(document.querySelectorAll("
            "'main a[download]')[arguments[0]].href).then(r => r.text())"
            ".then(done)", n)
        holds(head in text.split("\n")[0], text[:200])
    b.click("main .choices [data-value='7d']")
    b.wait("return location.hash.includes('span=7d')")


@case("a key whose requests have no price: that is said, not that it cost 0")
def _(b, lab):
    equal(message(lab, lab.key, model="claude-unpriced").status, 200)
    key = the_key(b, PROBE)
    equal(key["usage"]["total"]["unpriced"], key["usage"]["total"]["requests"])
    page(b, lab, f"keys/{key['id']}")
    b.wait_text(f"{key['usage']['total']['requests']} requests had no price")
    page(b, lab, "keys?search=onerror")
    holds("no price" in row(b, PROBE), b.text())


@case("a key is turned off and on, and refused meanwhile")
def _(b, lab):
    page(b, lab, "keys?search=laptop")
    b.click(act(NAME, "Turn off"))
    b.click("dialog .danger")
    toasted(b, f"{NAME} is off")
    equal(message(lab, lab.anna).status, 401)
    b.click(act(NAME, "Turn on"))
    toasted(b, f"{NAME} is on")
    b.find(act(NAME, "Turn off"))
    b.wait("return document.activeElement.getAttribute('aria-label') === "
           "arguments[0]", f"Turn off: {NAME}")
    equal(message(lab, lab.anna).status, 429)


@case("a key is changed by its form: only what was changed is sent")
def _(b, lab):
    page(b, lab, f"keys/{lab.anna_id}/edit")
    equal(b.run("return document.querySelector('[name=tags]').value"),
          f"team\n{PROBE[:40]}\na, b")
    b.run("window.sent = []; const old = window.fetch; window.fetch = "
          "(url, init) => { if (init?.method === 'PUT') window.sent.push("
          "JSON.parse(init.body)); return old(url, init); }")
    fill(b, {"rateLimitRequests": "50", "tags": "team", "totalCostLimit": "9"})
    b.click(SUBMIT)
    b.wait("return location.hash === arguments[0]", f"#/keys/{lab.anna_id}")
    equal(b.run("return window.sent"), [{
        "tags": ["team"], "rateLimitRequests": 50, "totalCostLimit": 9}])
    equal(message(lab, lab.anna).status, 200)
    page(b, lab, f"keys/{lab.anna_id}/edit")
    fill(b, {"totalCostLimit": ""})
    b.click(SUBMIT)
    b.wait("return location.hash === arguments[0]", f"#/keys/{lab.anna_id}")
    equal(the_key(b, NAME)["totalCostLimit"], 0)


@case("the end of a key: a date, never, and from its first use")
def _(b, lab):
    page(b, lab, f"keys/{lab.anna_id}")
    b.click(act(NAME, "Expiry"))
    b.run("[...document.querySelectorAll('dialog .chip')].find(e => "
          "e.textContent === '+30 days').click()")
    b.click("dialog button[type=submit]")
    toasted(b, "It ends:")
    b.wait("return !document.querySelector('dialog')")
    days = b.run("return (new Date(arguments[0]) - Date.now()) / 86400000",
                 the_key(b, NAME)["expiresAt"])
    holds(29.9 < days < 30.1, days)
    b.click(act(NAME, "Expiry"))
    b.type("dialog [name=expiresAt]", "")
    b.run("document.querySelector('dialog [name=expiresAt]').value = "
          "'2001-01-01T00:00'")
    b.click("dialog button[type=submit]")
    b.wait_text("expired")
    equal(message(lab, lab.anna).status, 401)
    b.click(act(NAME, "Expiry"))
    b.run("[...document.querySelectorAll('dialog .chip')].find(e => "
          "e.textContent === 'never').click()")
    b.click("dialog button[type=submit]")
    b.wait("return !document.querySelector('dialog')")
    equal(the_key(b, NAME)["expiresAt"], None)
    page(b, lab, "keys/new")
    fill(b, {"name": "waits"})
    choose(b, field("expirationMode"), "activation")
    fill(b, {"activationDays": "36"})
    choose(b, field("activationUnit"), "hours")
    b.click(SUBMIT)
    made_text(b)
    equal(the_key(b, "waits")["status"], "waiting")
    page(b, lab, "keys?status=waiting")
    holds("36 h after its first use" in row(b, "waits"), b.text())
    b.click(act("waits", "Expiry"))
    b.run("[...document.querySelectorAll('dialog button')].find(e => "
          "e.textContent === 'Start its time now').click()")
    b.wait_text("No key is like that.")
    key = the_key(b, "waits")
    equal(key["status"], "active")
    holds(key["expiresAt"], key)


@case("many keys are made at once, shown once, and kept as a file")
def _(b, lab):
    page(b, lab, "keys/batch")
    fill(b, {"baseName": "=seat", "count": "501"})
    b.click(SUBMIT)
    wrong(b, "count", "500")
    keys = batch(b, lab, "=seat", 25, tags="lab", dailyCostLimit="3")
    equal(sorted(keys), sorted(f"=seat_{n}" for n in range(1, 26)))
    b.run("URL.createObjectURL = blob => { window.kept = blob; "
          "return 'blob:x'; }; HTMLAnchorElement.prototype.click = () => {}")
    b.run("[...document.querySelectorAll('#made button')].find(e => "
          "e.textContent === 'Download as CSV').click()")
    text = b.run_async("window.kept.text().then(arguments[0])")
    lines = text.split("\r\n")
    equal(len(lines), 27)
    equal(lines[1], f'"\'=seat_1","{keys["=seat_1"]}"')
    equal(message(lab, keys["=seat_25"], model="claude-x").status, 200)
    b.post("/refresh")


@case("the list is paged, sorted, searched and filtered, and its address kept")
def _(b, lab):
    page(b, lab, "keys?tag=lab")
    equal(len(names(b)), 20)
    b.wait_text("1–20 of 25")
    b.click("[data-step='Next page']")
    b.wait_text("21–25 of 25")
    holds("page=2" in b.run("return location.hash"), "the page")
    b.post("/refresh")
    b.wait_text("21–25 of 25")
    b.click("button.sort[data-key=name]")
    b.wait("return location.hash.includes('sort=name&order=asc')")
    b.wait_text("1–20 of 25")
    equal(names(b)[:3], ["=seat_1", "=seat_10", "=seat_11"])
    equal(b.run("return document.activeElement.dataset.key"), "name")
    b.type("main [name=search]", "SEAT_25")
    b.wait("return document.querySelectorAll('tbody tr').length === 1")
    equal(names(b), ["=seat_25"])
    b.post("/refresh")
    b.wait("return document.querySelectorAll('tbody tr').length === 1")
    equal(b.run("return document.querySelector('[name=search]').value"),
          "SEAT_25")
    text = b.run_async(
        "const done = arguments[0]; fetch(document.querySelector('main "
        "a[download]').href).then(r => r.text()).then(done)")
    equal([line.split(",")[1] for line in text.split("\r\n")[1:-1]],
          ['"\'=seat_25"'])
    choose(b, "main [name=status]", "inactive")
    b.wait_text("No key is like that.")
    b.click(".state .button")
    b.wait("return document.querySelectorAll('tbody tr').length > 5")
    equal(b.run("return location.hash"), "#/keys?sort=name&order=asc")
    page(b, lab, "keys?tag=lab&page=99&size=20")
    b.wait_text("21–25 of 25")


@case("chosen keys are changed, turned off and deleted together")
def _(b, lab):
    page(b, lab, "keys?tag=lab&size=20")
    b.find("tbody tr")
    b.click("#keys-all")
    b.wait_text("20 chosen")
    b.run("[...document.querySelectorAll('.bulk button')].find(e => "
          "e.textContent === 'Choose all 25 that match').click()")
    b.wait_text("25 chosen")
    b.run("[...document.querySelectorAll('.bulk button')].find(e => "
          "e.textContent === 'Edit').click()")
    b.find("dialog form")
    b.click("dialog button[type=submit]")
    b.wait_text("Nothing is filled in")
    choose(b, "dialog [name=tagOperation]", "add")
    b.type("dialog [name=tags]", "autumn")
    b.type("dialog [name=concurrencyLimit]", "7")
    b.click("dialog button[type=submit]")
    toasted(b, "25 of 25 keys are changed")
    key = the_key(b, "=seat_7")
    equal((key["tags"], key["concurrencyLimit"], key["dailyCostLimit"]),
          (["lab", "autumn"], 7, 3))
    page(b, lab, "keys?tag=autumn")
    for n in (1, 2):
        b.wait("return document.querySelectorAll('tbody tr').length === 20")
        b.run("document.querySelectorAll('.key-cell input')[arguments[0]]"
              ".click()", n)
    b.wait_text("2 chosen")
    chosen = names(b)[1:3]
    b.run("[...document.querySelectorAll('.bulk button')].find(e => "
          "e.textContent === 'Turn off').click()")
    b.click("dialog .danger")
    toasted(b, "2 of 2 keys are changed")
    page(b, lab, "keys?tag=autumn&status=inactive")
    b.wait("return document.querySelectorAll('tbody tr').length === 2")
    equal(sorted(names(b)), sorted(chosen))
    b.click("#keys-all")
    b.run("document.querySelector('.bulk .danger').click()")
    b.click("dialog .danger")
    b.wait_text("No key is like that.")
    lab.deleted = chosen


@case("the trash: a key comes back and works, another is gone for good")
def _(b, lab):
    b.click("main a[href='#/keys/trash']")
    back, gone = lab.deleted
    b.click(act(back, "Restore"))
    toasted(b, f"{back} is back")
    equal(the_key(b, back)["isActive"], False)
    b.click(act(gone, "Remove for good"))
    b.click("dialog .danger")
    b.wait_text("The trash is empty.")
    equal(ask(b, f"{KEYS}?named={quote(gone)}")["items"], [])
    page(b, lab, "keys?search=waits")
    b.click(act("waits", "Delete"))
    b.click("dialog .danger")
    b.wait_text("No key is like that.")
    page(b, lab, "keys/trash")
    b.find(act("waits", "Restore"))
    b.click(".page-head .danger")
    b.click("dialog .danger")
    b.wait_text("The trash is empty.")


@case("tags are counted, renamed and taken off all their keys")
def _(b, lab):
    page(b, lab, "keys/tags")
    b.click(act("autumn", "Rename"))
    b.type("dialog [name=tags]", "winter")
    b.click("dialog button[type=submit]")
    b.find(act("winter", "Rename"))
    b.wait("return !document.querySelector('[aria-label=\"Rename: autumn\"]')")
    equal(ask(b, f"{KEYS}?tag=winter")["pagination"]["total"], 24)
    b.click(act("winter", "Take away"))
    b.click("dialog .danger")
    b.wait("return !document.querySelector('[aria-label=\"Rename: winter\"]')")
    equal(ask(b, f"{KEYS}?tag=winter")["pagination"]["total"], 0)
    equal(ask(b, f"{KEYS}?tag=lab")["pagination"]["total"], 24)


@case("what fails for some of many keys is said, and a key that is gone, too")
def _(b, lab):
    page(b, lab, "keys?tag=lab&size=50")
    b.find("tbody tr")
    b.click("#keys-all")
    first = names(b)[0]
    client_id = the_key(b, first)["id"]
    sent(b, f"{KEYS}/{client_id}", "DELETE", "{}")
    b.run("[...document.querySelectorAll('.bulk button')].find(e => "
          "e.textContent === 'Turn on').click()")
    b.wait_text("23 of 24 keys are changed")
    holds("API key not found" in b.text(), b.text())
    page(b, lab, f"keys/{client_id}")
    b.find(".state.error")
    holds("There is no such key" in b.text(), b.text())


@case("the pages of one key are among those that all cases look at")
def _(b, lab):
    key = the_key(b, PROBE)
    PAGES.extend([f"keys/{key['id']}", f"keys/{key['id']}/edit",
                  f"keys/{lab.anna_id}"])
    b.size(360, 740)
    for name, button in (("keys", "Expiry"), (f"keys/{key['id']}", "Delete")):
        page(b, lab, name)
        b.run("[...document.querySelectorAll('main button')].find(e => "
              "e.getAttribute('aria-label')?.startsWith(arguments[0]) && "
              "e.checkVisibility()).click()", button)
        b.find("dialog")
        holds(fits(b), f"{name}: the dialog is too wide")
        if lab.axe:
            equal(findings(b, lab), [])
        b.click("dialog button[aria-label=Close]")
    b.size(1280, 900)
    page(b, lab, "keys?tag=lab")
    b.find("tbody tr")
    b.click("#keys-all")
    b.run("[...document.querySelectorAll('.bulk button')].find(e => "
          "e.textContent === 'Edit').click()")
    b.find("dialog form")
    if lab.axe:
        equal(findings(b, lab), [])
    b.press([ESCAPE])
    b.wait("return !document.querySelector('dialog')")
