"""What the cases of the pages share: each cases_NAME.py adds its own."""

import os
import shutil

TREE = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
CASES = []
# Every page of administrators that the cases over all pages go through.
PAGES = []
PROBE = "<img src=x onerror=\"document.title='taken'\">{{7*7}}'\"&amp;"
TAB, ENTER, ESCAPE = "\ue004", "\ue007", "\ue00c"


def case(name, always=False):
    """always: the others need it, so it runs whatever --only says."""
    def add(function):
        CASES.append((name, function, always))
        return function
    return add


def page(b, lab, name):
    b.open(f"{lab.url}/admin-next/#/{name}")
    settled(b)


def settled(b):
    b.wait("return document.querySelector('main h1') && "
           "!document.querySelector('main [role=status]:not(.toasts)')")


def lay_pages(lab):
    """The pages of this tree, as they are installed."""
    shutil.rmtree(f"{lab.dir}/htdocs")
    shutil.copytree(f"{TREE}/htdocs", f"{lab.dir}/htdocs",
                    dirs_exist_ok=True)
    chart = "/usr/share/javascript/chart.js/chart.min.js"
    if os.path.exists(chart):
        os.makedirs(f"{lab.dir}/htdocs/lib", exist_ok=True)
        shutil.copy(chart, f"{lab.dir}/htdocs/lib/chart.js")


def findings(b, lab):
    """What axe-core calls serious on this page, in the theme there is."""
    with open(lab.axe, encoding="utf-8") as f:
        b.run(f.read() + "; window.axe = axe;")
    return b.run_async(
        "const done = arguments[0]; axe.run({resultTypes: ['violations']})"
        ".then(r => done(r.violations.filter(v => ['serious', 'critical']"
        ".includes(v.impact)).map(v => v.id + ' ' + v.nodes[0].html)))")


def fits(b):
    """No wider than the screen."""
    return b.run("return document.documentElement.scrollWidth <= innerWidth")


def ask(b, path):
    """What the API says to the one who is logged in."""
    return b.run_async(
        "const done = arguments[arguments.length - 1];"
        "fetch(arguments[0]).then(r => r.json()).then(a => done(a.data))",
        path)


def send(b, method, path, body=None):
    """A change by the one who is logged in; the whole answer."""
    return b.run_async(
        "const done = arguments[arguments.length - 1];"
        "fetch(arguments[1], {method: arguments[0], headers: {'Content-Type':"
        " 'application/json'}, body: JSON.stringify(arguments[2] ?? {})})"
        ".then(r => r.json()).then(done)", method, path, body)


def act(name, what):
    """The button that does this to the one of that name."""
    return f'[aria-label="{what}: {name}"]'


def wrong(b, name, text):
    """The field's own mistake, and that the reader is led to it."""
    b.wait("const i = document.querySelector(`main [name='${arguments[0]}']`);"
           "return i?.getAttribute('aria-invalid') === 'true' && document"
           ".getElementById(`${i.id}-wrong`).textContent"
           ".includes(arguments[1]) && document.activeElement === i",
           name, text)


def choose(b, css, value):
    b.run("const s = document.querySelector(arguments[0]); s.value = "
          "arguments[1]; s.dispatchEvent(new Event('change', "
          "{bubbles: true}))", css, value)
