"""What the cases of the pages share: each cases_NAME.py adds its own."""

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
