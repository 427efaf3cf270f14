"""Many accounts at once: testing all, import, export, groups; the page of models."""

import json

import lab as labs
from case import PAGES, PROBE, act, ask, case, page, send
from cases_accounts import press
from tap import equal, holds

PAGES += ["accounts/groups", "accounts/import", "models",
          "models?try=claude-3-opus-20240229"]
AZURE = "/admin/azure-openai-accounts"
GUIDE = {"models": [
    {"name": "Qwen3-VL-235B", "deployment": "qwen3-vl-235b", "type": "vision",
     "mapping": "claude-3-opus-20240229"},
    {"name": "Qwen3-32B", "deployment": "qwen3-32b", "type": "chat",
     "mapping": "claude-3-sonnet-20240229"},
    {"name": "GLM-4.6-FP8", "deployment": "glm-4.6-fp8", "type": "chat",
     "mapping": "claude-3-haiku-20240307"},
    {"name": "Qwen3-Coder-480B", "deployment": "qwen3-coder-480b",
     "type": "code", "mapping": "claude-3-opus-20240229"}]}


def put(b, text):
    """Pasted, which is one event."""
    b.run("const a = document.querySelector('main textarea[name=text]');"
          "a.value = arguments[0]; a.dispatchEvent(new Event('input'))", text)


def results(b):
    return b.run("return [...document.querySelectorAll('main tbody tr')].map("
                 "r => [r.querySelector('th').firstChild.textContent, "
                 "r.querySelector('.result-cell').innerText])")


def badges(b):
    return [text.split("\n")[0] for _, text in results(b)]


@case("all accounts are tested, a few at a time, with what came of each")
def _(b, lab):
    page(b, lab, "accounts")
    b.click("[data-act=testall]")
    b.wait("return document.querySelector('dialog progress').value === 3")
    b.wait_text("3 of 3 tested")
    equal(sorted(b.run("return [...document.querySelectorAll("
                       "'dialog tbody th')].map("
                       "e => e.firstChild.textContent)")),
          [PROBE, "Bad", "Qwen3-32B"])
    equal(b.run("return document.querySelectorAll("
                "'dialog [data-grade]').length"), 3)
    b.click("dialog .actions-row .primary")
    b.wait("return !document.querySelector('dialog')")


@case("what cannot be imported is said before anything is sent")
def _(b, lab):
    page(b, lab, "accounts/import")
    put(b, "{")
    b.wait_text("This is not JSON")
    put(b, '{"models": []}')
    b.wait_text("no list “models” or “accounts”")
    put(b, json.dumps({"models": [
        7, {"endpoint": "http://x"}, {"name": "n", "deployment": "d"},
        {"name": PROBE, "endpoint": "http://x"},
        {"name": "t", "endpoint": "http://x", "deployment": "d",
         "type": "video"},
        {"name": "n", "endpoint": "http://x", "deployment": "d"}]}))
    equal([text.replace("wrong\n", "") for _, text in results(b)], [
        "This entry is no object.", "It has no name.",
        "It has no address (endpoint).", "It has no deployment.",
        "type must be one of vision, chat, code.",
        "An entry above has the same name."])
    holds(b.run("return document.querySelector('main .actions-row button')"
                ".disabled"), "it can be sent")


@case("what the API refuses stands at its entry, and nothing was imported")
def _(b, lab):
    before = len(ask(b, AZURE))
    put(b, json.dumps({"models": [
        {"name": "good", "endpoint": "http://x", "deployment": "d"},
        {"name": "bad", "endpoint": "ftp://x", "deployment": "d"}]}))
    b.click("main .actions-row .primary")
    b.wait_text("Nothing of this type was imported")
    equal(badges(b), ["new", "wrong"])
    holds("Expected: http://ip:port" in results(b)[1][1], results(b))
    equal(len(ask(b, AZURE)), before)


@case("the guide's file is imported, each account tested; twice changes it")
def _(b, lab):
    gone = labs.free_port()
    for i, model in enumerate(GUIDE["models"]):
        model["endpoint"] = (f"http://127.0.0.1:{gone}" if i == 3
                             else lab.guide.url)
    put(b, json.dumps(GUIDE))
    equal(badges(b), ["new", "changes the one that is there", "new", "new"])
    b.click("main .actions-row .primary")
    b.wait_text("3 accounts created, 1 changed.")
    b.wait("return document.querySelectorAll('main [data-grade]').length === 4")
    equal(b.run("return [...document.querySelectorAll('main [data-grade]')]"
                ".map(e => e.dataset.grade === 'bad')"),
          [False, False, False, True])
    made = {one["name"]: one for one in ask(b, AZURE)}
    equal(made["Qwen3-32B"]["supportedModels"], ["claude-3-sonnet-20240229"])
    equal(made["Qwen3-VL-235B"]["capabilities"],
          ["vision", "tools", "thinking"])
    equal(made["Qwen3-Coder-480B"]["capabilities"], ["tools", "thinking"])
    put(b, json.dumps(GUIDE))
    equal(badges(b), ["changes the one that is there"] * 4)


@case("a file that was chosen is read")
def _(b, lab):
    page(b, lab, "accounts/import")
    path = f"{lab.dir}/custom-models-config.json"
    with open(path, "w", encoding="utf-8") as f:
        json.dump(GUIDE, f)
    element = b.run("return document.querySelector('#import-file')")
    b.post(f"/element/{next(iter(element.values()))}/value", text=path)
    b.wait("return document.querySelectorAll('main tbody tr').length === 4")
    equal(badges(b), ["changes the one that is there"] * 4)
    holds("custom-models-config.json" in b.text(), "the file's name")


@case("an export holds no secret, and the import takes it back")
def _(b, lab):
    page(b, lab, "accounts")
    b.click("[data-act=export]")
    text = b.wait("return document.querySelector('dialog code')?.textContent")
    holds("sk-" not in text, text)
    file = json.loads(text)
    equal(sorted(one["platform"] for one in file["accounts"]),
          ["azure-openai"] * 4 + ["openai"] * 2)
    holds(b.run("return document.querySelector('dialog a[download]').href"
                ".startsWith('blob:')"), "there is no file to save")
    page(b, lab, "accounts/import")
    put(b, text)
    equal(set(badges(b)), {"changes the one that is there"})
    holds("kept as it is: apiKey" in b.text(), b.text())
    b.click("main .actions-row .primary")
    b.wait_text("0 accounts created, 6 changed.")
    b.wait("return document.querySelectorAll('main [data-grade]').length === 6")
    equal(next(one["apiKey"] for one in ask(b, AZURE)
               if one["name"] == "Qwen3-32B"), "sk-…ired")


@case("an account of another relay's group comes without it")
def _(b, lab):
    page(b, lab, "accounts/import")
    put(b, json.dumps({"accounts": [
        {"name": "far", "azureEndpoint": "http://127.0.0.1:9",
         "deploymentName": "m", "supportedModels": ["far-model"],
         "accountType": "group", "groupId": "far-one",
         "groupIds": ["far-one"]}]}))
    b.wait_text("its groups do not exist here")
    b.click("main .actions-row .primary")
    b.wait_text("1 accounts created, 0 changed.")
    made = next(one for one in ask(b, AZURE) if one["name"] == "far")
    equal([made["accountType"], made["groupIds"]], ["dedicated", []])


@case("a group is made with its accounts, changed, and deleted once empty")
def _(b, lab):
    page(b, lab, "accounts/groups")
    b.wait_text("No group yet.")
    b.click(".page-head .primary")
    b.click("dialog button[type=submit]")
    b.wait("return document.querySelector('dialog [aria-invalid]')?.name "
           "=== 'name'")
    b.type("dialog [name=name]", PROBE[:90])
    b.click("dialog .checks label:nth-child(2)")
    b.click("dialog button[type=submit]")
    b.wait("return document.querySelector('tbody td.number')?.textContent "
           "=== '1'")
    made = next(one for one in ask(b, "/admin/openai-accounts")
                if one["name"] == "Bad")
    equal([made["accountType"], len(made["groupIds"])], ["group", 1])
    b.click(".acts .danger")
    b.click("dialog .danger")
    b.wait("return document.querySelector('.toast.bad')?.textContent")
    b.click("tbody td.number a")
    b.wait("return location.hash.startsWith('#/accounts?group=')")
    b.wait("return document.querySelectorAll('tbody tr').length === 1")
    page(b, lab, "accounts/groups")
    b.click(".acts .button:not(.danger)")
    b.type("dialog [name=name]", "Research")
    b.click("dialog .checks label:nth-child(2)")
    b.click("dialog button[type=submit]")
    b.wait_text("Research")
    b.wait("return document.querySelector('tbody td.number').textContent "
           "=== '0'")
    press(b, act("Research", "Delete"))
    b.click("dialog .danger")
    b.wait_text("No group yet.")


def lines(b, css):
    return b.run("return [...document.querySelectorAll(`${arguments[0]} li`)]"
                 ".map(e => [e.dataset.part, e.querySelector('a')"
                 ".textContent])", css)


@case("models: each name with its accounts in order, and why one gets nothing")
def _(b, lab):
    page(b, lab, "models?search=claude-3-sonnet")
    equal(lines(b, "tbody"), [["shares", PROBE], ["out", "Qwen3-32B"]])
    holds("not scheduled" in b.text(), b.text())
    b.type("main [name=search]", "claude-3-haiku")
    b.wait("return document.querySelectorAll('tbody tr').length === 1")
    equal(b.run("return [...document.querySelectorAll('tbody li .badge')]"
                ".map(e => e.textContent).filter(s => s.endsWith('%'))"),
          ["50 %", "50 %"])
    b.type("main [name=try]", "claude-3-OPUS-20240229")
    b.wait("return document.querySelectorAll('#try li').length === 3")
    holds(["shares", "Qwen3-VL-235B"] in lines(b, "#try"), lines(b, "#try"))
    holds("no images" in b.text(), b.text())


@case("a long list shows its beginning until all of it is wanted")
def _(b, lab):
    made = send(b, "POST", f"{AZURE}/import", {"accounts": [
        {"name": f"row {n}", "azureEndpoint": "http://127.0.0.1:9",
         "deploymentName": "m"} for n in range(110)]})["data"]["accounts"]
    page(b, lab, "accounts?type=azure-openai")
    b.post("/refresh")
    b.wait_text("Show all 11")
    equal(b.run("return document.querySelectorAll('tbody tr').length"), 100)
    b.click(".table-box > .state button")
    b.wait("return document.querySelectorAll('tbody tr').length > 110")
    for one in made:
        send(b, "DELETE", f"{AZURE}/{one['id']}")


@case("the accounts of these cases go: the others have their own")
def _(b, lab):
    for name in [one["name"] for one in ask(b, AZURE)]:
        if name == "Qwen3-32B":
            continue
        page(b, lab, "accounts")
        press(b, act(name, "Delete"))
        b.click("dialog .danger")
        b.wait("return !document.querySelector(arguments[0])",
               act(name, "Delete"))
    equal([one["name"] for one in ask(b, AZURE)], ["Qwen3-32B"])
