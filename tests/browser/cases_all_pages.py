"""The switches, and what holds on every page of PAGES; the last one logs out."""

import tap
from case import ENTER, PAGES, TAB, case, findings, fits, page, settled
from tap import equal, holds


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


@case("what people wrote is text: nothing of it ran")
def _(b, lab):
    for name in PAGES:
        page(b, lab, name)
    holds("taken" not in b.run("return document.title"), "a probe ran")
    equal(b.run("return document.querySelectorAll('img[src=x], main b').length"),
          0)


@case("at 360 px no page is wider than the screen, and the menu opens")
def _(b, lab):
    b.size(360, 740)
    for name in PAGES:
        page(b, lab, name)
        holds(fits(b), f"{name} is too wide")
    b.click(".menu-button")
    b.find(".nav a[href='#/dashboard']")
    b.size(1280, 900)


@case("axe-core has no serious finding, in both themes")
def _(b, lab):
    if not lab.axe:
        raise tap.Skip("axe-core is not there")
    found = []
    for theme in ("light", "dark"):
        b.run("localStorage.setItem('llmrelay.theme', arguments[0]); "
              "dispatchEvent(new Event('llmrelay-theme'))", theme)
        for name in PAGES:
            page(b, lab, name)
            found += [f"{theme} {name}: {line}" for line in findings(b, lab)]
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
