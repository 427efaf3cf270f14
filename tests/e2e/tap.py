"""Cases, their registry and TAP output."""

import sys
import time
import traceback

CASES = []


def case(name, servers=None, missing=None):
    """Registers a case; servers limits it to some of them.  missing names what
    the relay does not have yet: then a failure is told, but does not count."""

    def register(function):
        CASES.append((name, servers, missing, function))
        return function

    return register


class Skip(Exception):
    pass


def equal(got, wanted, what="value"):
    if got != wanted:
        raise AssertionError(f"{what}: got {got!r}\n wanted {wanted!r}")


def holds(condition, what):
    if not condition:
        raise AssertionError(what)


def measured(text):
    print(f"# measured: {text}", flush=True)


def run_all(lab, only=None):
    """Runs the cases in order and returns the number of failures."""
    number = failed = 0
    for name, servers, missing, function in CASES:
        if servers and lab.server not in servers:
            continue
        if only and only not in name:
            continue
        number += 1
        began = time.monotonic()
        try:
            function(lab)
            verdict, note = "ok", ""
        except Skip as why:
            verdict, note = "ok", f" # SKIP {why}"
        except Exception:  # every failure is one line and its reason
            if missing:
                print(f"ok {number} - [{lab.server}] {name} "
                      f"# SKIP missing: {missing}")
                continue
            failed += 1
            verdict, note = "not ok", ""
            for line in traceback.format_exc().splitlines()[-12:]:
                print(f"#   {line[:600]}")
        took = time.monotonic() - began
        print(f"{verdict} {number} - [{lab.server}] {name}{note}")
        if took > 15:
            print(f"# {name} took {took:.0f} s")
        sys.stdout.flush()
    print(f"1..{number}")
    return failed
