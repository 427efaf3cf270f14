"""The guide's own way, by the pages alone: a model server, a key, a request, and
where it is seen."""

import client
import lab as labs
from case import ask, case, choose, page, send
from tap import equal, holds

SUBMIT = "main form button[type=submit]"
MODEL = "claude-3-opus-20240229"
NAME = "Qwen3-235B Local"


@case("the guide's way: an account, its test, a key, a request on the dashboard")
def _(b, lab):
    server = labs.Demo(lab, "guide-way", "--model", "qwen3-235b")
    page(b, lab, "accounts/new")
    choose(b, "main [name=platform]", "openai")
    for name, text in {
            "name": NAME, "description": "local Qwen3-235B",
            "address": f"{server.url}/v1", "apiKey": "sk-custom-key",
            "supportedModels": f"qwen3-235b\n{MODEL}",
            "priority": "60"}.items():
        b.type(f"main [name={name}]", text)
    b.click(SUBMIT)
    b.find("#test [data-grade=good]")
    page(b, lab, "keys/new")
    b.type("main form [name=name]", "guide")
    b.click(SUBMIT)
    key = b.wait("return document.querySelector('#made pre')?.textContent")
    reply = client.request(lab, "POST", "/v1/messages", {
        "model": MODEL, "max_tokens": 1024,
        "messages": [{"role": "user", "content": "你好"}]},
        headers={"x-api-key": key})
    equal(reply.status, 200, reply.body)
    holds("你好" in reply.json()["content"][0]["text"], reply.body)
    page(b, lab, "dashboard?by=account&span=24h")
    b.wait("return [...document.querySelectorAll('tbody tr')].some(r => "
           "r.textContent.startsWith(arguments[0]))", NAME)
    page(b, lab, "accounts?search=235B")
    b.wait("return document.querySelector('tbody td:nth-child(6) div')"
           ".textContent === '1'")
    b.click("tbody th a")
    b.click(".page-head .danger")
    b.click("dialog .danger")
    b.wait("return location.hash === '#/accounts'")
    made = ask(b, "/admin/api-keys?named=guide")["items"][0]["id"]
    send(b, "DELETE", f"/admin/api-keys/{made}")
    send(b, "DELETE", f"/admin/api-keys/{made}/permanent")
