"""The page Settings: settings, administrators, audit log, self-test."""

import client
import lab as labs
from case import ESCAPE, PAGES, PROBE, case, page, settled
from receiver import Receiver
from tap import equal, holds

PAGES += ["settings", "settings/prices", "settings/webhook",
          "settings/admins", "settings/audit", "settings/selftest"]
ROWS = "return document.querySelectorAll('tbody tr').length"


def row(b, text):
    """The text of the row that begins with this."""
    return b.wait(
        "return [...document.querySelectorAll('tbody tr')].find(e => "
        "e.firstChild.textContent.startsWith(arguments[0]))?.innerText", text)


def press_button(b, text, inside="main"):
    b.run("[...document.querySelectorAll(arguments[1] + ' button')].find(e => "
          "e.textContent === arguments[0]).click()", text, inside)


def set_in_file(lab, name, value):
    """A line of the configuration file; value None takes it away."""
    with open(lab.conf, encoding="utf-8") as f:
        lines = [line for line in f.read().splitlines()
                 if line.split("=")[0].strip() != name]
    if value is not None:
        lines.append(f"{name} = {value}")
    with open(lab.conf, "w", encoding="utf-8") as f:
        f.write("\n".join(lines) + "\n")


@case("settings: all of them with value, help and when a change counts")
def _(b, lab):
    page(b, lab, "settings")
    reply = b.run_async("const done = arguments[0]; fetch('/admin/settings')"
                        ".then(r => r.json()).then(done)")["data"]
    equal(b.run(ROWS), len(reply["settings"]))
    holds(lab.conf in b.text(), "the file is named")
    text = row(b, "log_level")
    for part in ("debug", "changed", "Default: info", "error, warn, info, debug",
                 "after a reload"):
        holds(part in text, f"{part}: {text}")
    holds("after a restart" in row(b, "workers"), row(b, "workers"))
    holds("32 MB" in row(b, "max_body_bytes"), row(b, "max_body_bytes"))
    b.type("input[type=search]", "idle")
    b.wait("return document.querySelectorAll('tbody tr').length === 2")
    b.post("/refresh")
    b.wait("return document.querySelectorAll('tbody tr').length === 2")
    b.type("input[type=search]", "no such thing")
    b.wait_text("No setting is like that.")


@case("settings: a reload takes over what the file says, or every mistake")
def _(b, lab):
    page(b, lab, "settings")
    press_button(b, "Reload")
    b.wait_text("nothing has changed")
    set_in_file(lab, "search_results", 7)
    set_in_file(lab, "loops", 3)
    press_button(b, "Reload")
    b.wait_text("These count from now on: search_results")
    b.wait_text("count after a restart only: loops")
    b.wait("return [...document.querySelectorAll('tbody tr')].some(e => "
           "e.innerText.includes('search_results') && "
           "e.children[1].textContent.startsWith('7'))")
    set_in_file(lab, "session_hours", "many")
    set_in_file(lab, "no_such_setting", 1)
    press_button(b, "Reload")
    b.wait_text("The file has mistakes")
    text = b.run("return document.querySelector('.notice.bad').innerText")
    holds("session_hours" in text and "no_such_setting" in text, text)
    for name in ("session_hours", "no_such_setting", "loops",
                 "search_results"):
        set_in_file(lab, name, None)
    # A login lasts as long as the new value says.
    set_in_file(lab, "session_hours", 3)
    press_button(b, "Reload")
    b.wait_text("These count from now on: session_hours, search_results")
    reply = client.request(lab, "POST", "/web/auth/login", {
        "username": "admin", "password": labs.PASSWORD})
    equal(reply.json()["expiresIn"], 3 * 3600 * 1000)
    set_in_file(lab, "session_hours", None)
    press_button(b, "Reload")
    b.wait_text("These count from now on: session_hours")


@case("administrators: made, given another password, deleted")
def _(b, lab):
    page(b, lab, "settings/admins")
    holds("you" in row(b, "admin"), row(b, "admin"))
    equal(b.run(ROWS), 1)
    b.click("main .primary")
    b.type("dialog input[name=username]", "token:x")
    b.type("dialog input[name=password]", "short")
    b.type("dialog input[name=again]", "shorter")
    b.click("dialog .primary")
    b.wait_text("The two passwords differ.")
    b.type("dialog input[name=again]", "short")
    b.click("dialog .primary")
    b.wait("return document.querySelector('dialog input[name=username] ~ "
           ".wrong').textContent.includes('is reserved')")
    name = "<b>bold"
    b.type("dialog input[name=username]", "a/b")
    b.click("dialog .primary")
    b.wait("return document.querySelector('dialog input[name=username] ~ "
           ".wrong').textContent.includes('no slash')")
    b.type("dialog input[name=username]", name)
    b.click("dialog .primary")
    b.wait("return document.querySelector('dialog input[name=password] ~ "
           ".wrong').textContent.includes('at least 8')")
    for field in ("password", "again"):
        b.type(f"dialog input[name={field}]", "correct horse")
    b.click("dialog .primary")
    b.wait("return !document.querySelector('dialog')")
    row(b, name)
    login = {"username": name, "password": "correct horse"}
    equal(client.request(lab, "POST", "/web/auth/login", login).status, 200)
    b.run("document.querySelector(\"[aria-label='New password for "
          "<b>bold']\").click()")
    for field in ("password", "again"):
        b.type(f"dialog input[name={field}]", "battery staple")
    b.click("dialog .primary")
    b.wait("return !document.querySelector('dialog')")
    login["password"] = "battery staple"
    equal(client.request(lab, "POST", "/web/auth/login", login).status, 200)
    b.run("document.querySelector(\"[aria-label='Delete <b>bold']\")"
          ".click()")
    b.click("dialog .danger")
    b.wait("return document.querySelectorAll('tbody tr').length === 1")


@case("audit log: what was done, by whom, to what; filters in the address")
def _(b, lab):
    person = {"username": "<b>audited", "password": "correct horse"}
    # Other cases had wrong passwords, too: one may have to wait for a turn.
    labs.wait_for(lambda: client.request(lab, "POST", "/web/auth/login",
                                         person).status == 401, "a refusal")
    equal(b.run_async(
        "const [person, done] = arguments; (async () => { const all = [];"
        "for (const [method, path] of [['POST', ''], ['DELETE', '/' +"
        "encodeURIComponent(person.username)], ['POST', '/../settings/reload'"
        "]]) all.push((await fetch('/admin/admins' + path, {method, headers:"
        "{'Content-Type': 'application/json'}, body: JSON.stringify(person)})"
        ").status); done(all); })()", person), [200, 200, 200])
    for search, parts in (
            ("<b>audited", ("deleted an administrator", "tried to log in",
                      "refused 401", "<b>audited")),
            ("onerror", ("made an API key", "made an account", PROBE)),
            ("settings/reload", ("had the settings read again", "admin")),
            ("operator", ("made an administrator", "local"))):
        page(b, lab, f"settings/audit?search={search}")
        text = b.run("return document.querySelector('tbody').innerText")
        for part in parts:
            holds(part in text, f"{part}: {text[:3000]}")
    page(b, lab, "settings/audit")
    b.run("const s = document.querySelector('select[name=outcome]'); "
          "s.value = 'refused'; s.dispatchEvent(new Event('change'))")
    b.wait("return document.querySelectorAll('tbody .good').length === 0 && "
           "document.querySelectorAll('tbody tr').length > 0")
    refused = b.run(ROWS)
    equal(b.run("return document.querySelectorAll('tbody .bad').length"),
          refused)
    b.type("input[name=actor]", "nobody at all\ue007")
    b.wait_text("Nothing is recorded that is like that.")
    b.post("/refresh")
    settled(b)
    b.wait_text("Nothing is recorded that is like that.")
    equal(b.run("return document.querySelector('input[name=actor]').value"),
          "nobody at all")
    press_button(b, "Clear the filters")
    b.wait("return location.hash === '#/settings/audit' && "
           "document.querySelectorAll('tbody tr').length > arguments[0]",
           refused)
    csv = b.run("return document.querySelector('a[download]').href")
    holds("format=csv" in csv, csv)


@case("audit log: older ones by the button, and back")
def _(b, lab):
    statuses = b.run_async(
        "const done = arguments[0]; (async () => { const all = new Set();"
        "for (let n = 0; n < 51; n++) all.add((await fetch("
        "'/admin/account-groups', {method: 'POST', headers: {'Content-Type':"
        "'application/json'}, body: JSON.stringify({name: 'audited-' + n, platform:"
        "'openai'})})).status); done([...all]); })()")
    equal(statuses, [200])
    page(b, lab, "settings/audit?search=audited-")
    equal(b.run(ROWS), 50)
    b.run("[...document.querySelectorAll('main a.button')].find(e => "
          "e.textContent === 'Older').click()")
    b.wait("return document.querySelectorAll('tbody tr').length === 1")
    holds("audited-0" in b.run("return document.querySelector('tbody').innerText"),
          "the oldest")
    b.wait_text("There is nothing older.")
    b.post("/back")
    b.wait("return document.querySelectorAll('tbody tr').length === 50")


@case("self-test: everything is well here; what is not has its directive")
def _(b, lab):
    page(b, lab, "settings/selftest")
    b.wait_text("Nothing is wrong.")
    text = b.run("return document.querySelector('tbody').innerText")
    for part in ("The header Authorization arrives.", "8,388,608 bytes arrive",
                 "They arrive as they are.", "Each of 3 events came by itself",
                 "has the mode 0700"):
        holds(part in text, f"{part}: {text}")
    # The same answers as from an installation that has something wrong.
    b.run("const real = window.fetch; window.fetch = async (...given) => {"
          "const url = String(given[0]);"
          "if (url.includes('check/echo/hello')) return new Response("
          "JSON.stringify({authorization: false}));"
          "if (url.includes('check/echo/body')) return new Response('',"
          "{status: 413});"
          "const answer = await real(...given);"
          "if (!url.endsWith('/admin/selftest') || given[1].method !== 'GET')"
          "return answer;"
          "const data = await answer.json();"
          "Object.assign(data.data.checks[1], arguments[0]);"
          "return new Response(JSON.stringify(data)); };",
          {"state": "bad", "message": PROBE, "fix": "chmod 0700 x",
           "why": "others read"})
    press_button(b, "Run again")
    b.wait_text("To be put right: 3")
    text = row(b, "Credentials")
    holds("wrong" in text and "does not arrive" in text and
          "setenv.set-request-header" in text, text)
    text = row(b, "Large requests")
    holds("status 413" in text and "max-request-size" in text, text)
    text = row(b, "State folder")
    holds(PROBE in text and "What comes of it: others read" in text, text)


@case("settings in Chinese: every setting is explained in it")
def _(b, lab):
    b.run("localStorage.setItem('llmrelay.language', 'zh')")
    page(b, lab, "settings")
    b.post("/refresh")
    b.wait_text("审计日志")
    settled(b)
    plain = b.run("return [...document.querySelectorAll('tbody tr')].filter("
                  "e => !/[\\u4e00-\\u9fff]/.test(e.children[2].textContent))"
                  ".map(e => e.innerText)")
    equal(plain, [])
    page(b, lab, "settings/selftest")
    b.wait_text("没有发现问题。")
    b.wait_text("在本地磁盘上")
    b.run("localStorage.setItem('llmrelay.language', 'en')")
    b.post("/refresh")
    b.wait_text("Nothing is wrong.")


@case("prices: what is unpriced is named; set, changed, imported, deleted")
def _(b, lab):
    reply = client.request(
        lab, "POST", "/v1/messages", {"model": "claude-<i>unpriced",
        "max_tokens": 20, "messages": [{"role": "user", "content": "Hi"}]},
        headers={"x-api-key": lab.key})
    equal(reply.status, 200, reply.body)
    page(b, lab, "settings/prices")
    b.wait_text("nobody knows the price of these")
    press_button(b, "claude-<i>unpriced")
    b.type("dialog input[name=input]", "-1")
    b.click("dialog .primary")
    b.find("dialog .wrong:not(:empty)")
    b.type("dialog input[name=input]", "0.25")
    b.type("dialog input[name=output]", "1.5")
    b.click("dialog .primary")
    b.wait("return !document.querySelector('dialog')")
    text = row(b, "claude-<i>unpriced")
    holds("$0.25" in text and "$1.5" in text, text)
    press_button(b, "New price")
    b.type("dialog input[name=model]", "a*b")
    b.click("dialog .primary")
    b.wait("return document.querySelector('dialog input[name=model] ~ .wrong')"
           ".textContent.includes('at its end')")
    b.press([ESCAPE])
    b.run("document.querySelector(\"[aria-label='Change claude-<i>unpriced']\")"
          ".click()")
    b.type("dialog input[name=cacheRead]", "0.1")
    b.click("dialog .primary")
    b.wait("return document.querySelector('tbody')?.innerText.includes("
           "'$0.1')")
    press_button(b, "Import")
    b.type("dialog textarea", "{oops")
    b.click("dialog .primary")
    b.wait("return document.querySelector('dialog textarea ~ .wrong')"
           ".textContent.includes('not JSON')")
    b.type("dialog textarea", '{"demo": {"input_cost_per_token": 2e-6, '
           '"output_cost_per_token": 6e-6, "mode": "chat"}, '
           '"other": {"input": 9}, "x": {"max_tokens": 5}}')
    b.click("dialog input[name=used]")
    b.click("dialog .primary")
    b.wait_text("1 prices are set")
    holds("$2" in row(b, "demo"), row(b, "demo"))
    equal(b.run(ROWS), 2)
    for model in ("claude-<i>unpriced", "demo"):
        before = b.run(ROWS)
        b.run("document.querySelector(`[aria-label=\"Delete ${arguments[0]}\"]`)"
              ".click()", model)
        b.click("dialog .danger")
        b.wait("return document.querySelectorAll('tbody tr').length < "
               "arguments[0]", before)
    b.wait_text("There are no prices")


@case("webhook: set, signed, tested, told what went wrong, deleted")
def _(b, lab):
    with Receiver(204, 500) as receiver:
        page(b, lab, "settings/webhook")
        b.click("main button[type=submit]")
        b.wait_text("This is needed.")
        b.type("main input[name=url]", "ftp://x/")
        b.click("main button[type=submit]")
        b.wait("return document.querySelector('main input[name=url] ~ .wrong')"
               ".textContent.includes('http')")
        b.type("main input[name=url]",
               f"{receiver.url}/hook?token=hidden")
        b.click("main button[type=submit]")
        b.wait_text("notices are not signed")
        holds("hidden" not in b.run("return document.querySelector("
              "'main input[name=url]').value"), "the credential is shown")
        press_button(b, "New secret")
        secret = b.wait("return document.querySelector('dialog code')"
                        "?.textContent")
        b.press([ESCAPE])
        b.wait_text("notices are signed")
        press_button(b, "Send a test")
        b.wait_text("Status 204")
        notice = receiver.next()
        equal(notice.path, "/hook?token=hidden")
        equal(notice.body["type"], "test")
        holds(notice.is_signed(secret), notice.headers)
        press_button(b, "Send a test")
        b.wait_text("Status 500")
        press_button(b, "Delete")
        b.click("dialog .danger")
        b.wait("return !document.body.innerText.includes('Send a test')")
