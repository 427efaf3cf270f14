#!/usr/bin/env python3
"""The administrators' pages in a real Chromium, against a relay of their own.

run.py --build BUILD [--npm FOLDER] [--only WORDS]: FOLDER has axe-core; without
it the case that needs it is skipped.  WORDS: only cases with these in their name.
"""

import argparse
import importlib
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))

import client  # noqa: E402
import lab as labs  # noqa: E402
import tap  # noqa: E402
from case import CASES, PROBE, lay_pages  # noqa: E402
from tap import equal  # noqa: E402
from webdriver import Browser  # noqa: E402


def load_cases():
    """In this order: the first logs in, the last logs out."""
    names = sorted(name[:-3] for name in os.listdir(HERE)
                   if name.startswith("cases_") and name.endswith(".py"))
    names.remove("cases_frame")
    names.remove("cases_all_pages")
    for name in ["cases_frame", *names, "cases_all_pages"]:
        importlib.import_module(name)


def fill(lab):
    """An account and a key whose texts are probes."""
    token = client.request(lab, "POST", "/web/auth/login", {
        "username": "admin", "password": labs.PASSWORD}).json()["token"]
    head = {"Authorization": f"Bearer {token}"}
    demo = labs.Demo(lab, "demo")
    reply = client.request(lab, "POST", "/admin/openai-accounts", {
        "name": PROBE, "description": PROBE, "baseApi": demo.url,
        "deploymentName": "demo"}, headers=head)
    equal(reply.status, 200, reply.body)
    reply = client.request(lab, "POST", "/admin/api-keys", {
        "name": PROBE, "description": PROBE, "tags": [PROBE[:40]],
        "dailyCostLimit": 1.5}, headers=head)
    equal(reply.status, 200, reply.body)
    lab.key = reply.json()["data"]["apiKey"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--npm")
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    lab = labs.Lab(given.build, "lighttpd")
    lab.axe = given.npm and f"{given.npm}/node_modules/axe-core/axe.min.js"
    load_cases()
    browser = None
    failed = number = 0
    try:
        lay_pages(lab)
        lab.start()
        fill(lab)
        browser = Browser()
        browser.seen = []
        chosen = [(name, function) for name, function, always in CASES
                  if always or given.only in name]
        for number, (name, function) in enumerate(chosen, 1):
            try:
                function(browser, lab)
                print(f"ok {number} - {name}", flush=True)
            except tap.Skip as why:
                print(f"ok {number} - {name} # SKIP {why}", flush=True)
            except Exception as why:  # the others still run
                failed += 1
                print(f"not ok {number} - {name}", flush=True)
                for line in repr(why)[:2000].split("\\n"):
                    print(f"#   {line}", flush=True)
        print(f"1..{number}")
    finally:
        if browser:
            browser.stop()
        trouble = lab.stop()
        lab.remove()
    for line in trouble:
        print(f"# {line}")
    sys.exit(bool(failed or trouble))


main()
