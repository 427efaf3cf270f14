"""The first run, in a relay of its own that has no administrator.

The browser calls it localhost: a cookie minds the host but not the port, and
the other relay's must stay.
"""

import client
import lab as labs
from case import case, findings, fits, lay_pages, page
from tap import equal, holds


def wrong(b, name):
    return (f"return document.querySelector('input[name={name}] ~ .wrong')"
            "?.textContent")


def go_through(b, own):
    page(b, own, "sessions")
    b.wait("return location.hash === '#/first'")
    b.wait_text("llmrelayctl admin code")
    b.click("main button[type=submit]")
    equal(b.run(wrong(b, "code")), "This is needed.")
    code = own.ctl("admin", "code").strip()
    b.type("input[name=code]", "AAAA-AAAA-AAAA-AAAA")
    b.type("input[name=username]", "two words")
    b.type("input[name=password]", "correct horse")
    b.type("input[name=again]", "correct hearse")
    b.click("main button[type=submit]")
    b.wait(wrong(b, "again") + " === 'The two passwords differ.'")
    b.type("input[name=again]", "correct horse")
    b.click("main button[type=submit]")
    b.wait(wrong(b, "username") + ".includes('without spaces')")
    b.type("input[name=username]", "boss")
    b.click("main button[type=submit]")
    b.wait(wrong(b, "code") + ".includes('The code is wrong, used or too "
           "old')")
    b.type("input[name=code]", code.lower().replace("-", " "))
    b.click("main button[type=submit]")
    b.wait("return location.hash === '#/dashboard'")
    b.wait_text("boss")
    page(b, own, "first")
    b.wait("return location.hash === '#/dashboard'")
    reply = client.request(own, "POST", "/web/auth/setup", {
        "code": code, "username": "thief", "password": "correct horse"})
    equal(reply.status, 409, reply.body)


@case("the first run: a code from the shell makes the administrator, once")
def _(b, lab):
    own = labs.Lab(lab.build, lab.server)
    own.url = own.url.replace("127.0.0.1", "localhost")
    try:
        lay_pages(own)
        own.start(admin=False)
        page(b, own, "first")
        found = findings(b, lab) if lab.axe else []
        b.size(360, 740)
        holds(fits(b), "too wide for 360 px")
        b.size(1280, 900)
        equal(found, [])
        go_through(b, own)
        b.run("document.querySelector('.side-foot .row button').click()")
        b.wait("return location.hash.startsWith('#/login')")
        b.find("input[name=username]")
        b.wait_text("Is the password lost?")
    finally:
        b.size(1280, 900)
        trouble = own.stop()
        own.remove()
    equal(trouble, [])
    page(b, lab, "sessions")
    b.find("tbody tr")
