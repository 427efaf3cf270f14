"""API keys: made by the form and used, many at once, tags, trash, limits."""

from urllib.parse import quote

import client
import lab as labs
from case import PAGES, PROBE, ask, case, choose, page, wrong
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


def act(name, what):
    return f'[aria-label="{what}: {name}"]'


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
    fill(b, {"name": NAME, "description": PROBE, "tags": f"team\n{PROBE[:40]}",
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
        "description": PROBE, "tags": ["team", PROBE[:40]],
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
