#!/usr/bin/env python3
"""quickstart as a new user meets it; prints TAP.

quickstart.py --tree TREE

The tree is copied without write permission into a folder with blanks in its
name; state, builds and ports are of our own.
"""

import argparse
import os
import re
import shutil
import signal
import sys
import urllib.error
import urllib.request

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
os.environ["PATH"] += ":/usr/sbin:/sbin"

# pylint: disable=wrong-import-position
import tap  # noqa: E402
from lab import free_port, wait_for  # noqa: E402
from quick_place import (Backend, Place, accounts, admin, alive,  # noqa: E402
                         is_message, listeners, message, runs)
from tap import case, equal, holds  # noqa: E402


@case("the first run ends with a relay that answers")
def _(place):
    place.port = str(free_port())
    text = place.run("a state", "--port", place.port)
    env = place.env("a state")
    equal(sorted(env), ["ADMIN_PASSWORD", "ADMIN_USER", "API_KEY",
                        "RELAY_URL", "RESPONDER_PID", "SERVER_PID"])
    equal(env["RELAY_URL"], f"http://localhost:{place.port}")
    for name in ("RELAY_URL", "ADMIN_USER", "ADMIN_PASSWORD", "API_KEY"):
        holds(env[name] in text, f"{name} was not shown")
    for told in ("curl", "plain http", "--listen 127.0.0.1", place.builds):
        holds(told in text, f"no {told}: {text}")
    holds(len(env["ADMIN_PASSWORD"]) >= 16, env["ADMIN_PASSWORD"])
    runs(env)
    is_message(env)
    holds(b"event: message_stop" in message(env, stream=True), "no stream")
    for told in ("export ANTHROPIC_MODEL=demo-model\n",
                 "export ANTHROPIC_DEFAULT_HAIKU_MODEL=demo-model\n"):
        holds(told in text, f"no {told}: {text}")
    place.first = env
    place.told = text


@case("it says how to operate the relay")
def _(place):
    command = re.search(r"^  Operate +(.*?)   \(", place.told, re.M)[1]
    text = place.shell(command)
    files = place.path("a state")
    for told in (r"^state +running$", f"^state folder +{files}/db$",
                 f"^settings +{files}/etc/llmrelay.conf$"):
        holds(re.search(told, text, re.M), f"no {told}: {text}")
    holds("quickstart" in place.shell(
        f"'{files}/llmrelayctl' account list"), "the account")


@case("nothing of it runs as root")
def _(place):
    if os.getuid() != 0:
        raise tap.Skip("not root")
    for name in ("RESPONDER_PID", "SERVER_PID"):
        holds(os.stat(f"/proc/{place.first[name]}").st_uid != 0, name)


@case("the login works, and the admin page is there when it is installed")
def _(place):
    env = place.first
    if os.path.exists(f"{place.tree}/htdocs/index.html"):
        with urllib.request.urlopen(env["RELAY_URL"] +
                                    "/admin-next/") as page:
            holds(b"<" in page.read(), "no page")
    equal(len(accounts(env)), 1)


@case("a responder that dies is started again")
def _(place):
    os.kill(int(place.first["RESPONDER_PID"]), signal.SIGKILL)

    def answers():
        try:
            return message(place.first)
        except (urllib.error.URLError, OSError):
            return None

    wait_for(answers, "an answer after the death", 30)


@case("status tells the truth, before and after stop")
def _(place):
    holds("\nhealthy" in place.run("a state", "--status"), "status")
    command = re.search(r"^End it: (.*)", place.told, re.M)[1]
    holds("Stopped" in place.shell(command), "stop")
    place.run("a state", "--status", good=False)
    equal(place.left_over(), [], "processes")
    holds(not alive(place.first["SERVER_PID"]), "the server runs")
    holds("Nothing was running" in place.run("a state", "--stop"), "stop")


@case("run again it keeps password and key, under Apache too, and says so")
def _(place):
    for server in ("apache", "apache-cgi", "lighttpd"):
        text = place.run("a state", "--server", server)
        holds(f"As last time: port {place.port}" in text, text)
        env = place.env("a state")
        for name in ("RELAY_URL", "ADMIN_USER", "ADMIN_PASSWORD",
                     "API_KEY"):
            equal(env[name], place.first[name], f"{server} {name}")
        is_message(env)


@case("a backend given replaces the demo; given again it is updated")
def _(place):
    with Backend(place, "--api-key", "sk-1") as url:
        for names in ([], ["claude-3-opus-20240229", "claude-x"]):
            more = [part for name in names for part in ("--as", name)]
            place.run("a state", "--backend", url, "--backend-key", "sk-1",
                      *more)
            env = place.env("a state")
            is_message(env)
            is_message(env, model="qwen3-32b")
            equal(accounts(env), [("quickstart", url, "qwen3-32b", 50)])
            try:
                message(env, model="claude-other")
                known = True
            except urllib.error.HTTPError as error:
                equal(error.code, 404)
                known = False
            equal(known, not names, "claude-other is known")
        # Once more without --backend: it stays, and that is said.
        text = place.run("a state")
        holds(f"backend {url} qwen3-32b" in text, text)
        is_message(place.env("a state"), model="claude-x")


def says(text, *words):
    for word in words:
        holds(word in text, f"no {word!r}: {text}")


@case("a remembered backend that is dead leaves the running relay alone")
def _(place):
    env = place.env("a state")
    url = accounts(env)[0][1]
    text = place.run("a state", "--server", "apache", good=False)
    says(text, "the model server of last time fails its test",
         f"qwen3-32b at {url}", "Nothing accepts connections",
         f"quickstart' --state '{place.path('a state')}' --demo",
         "the relay was left as it is")
    holds("As last time" not in text, text)
    equal(place.env("a state"), env)
    runs(env)
    says(place.run("a state", "--status", good=False),
         f"model: qwen3-32b at {url} - FAILS ITS TEST", "Nothing accepts connections",
         "NOT healthy: ")


@case("nor does it keep a stopped one down, and it is said whose it is")
def _(place):
    place.run("a state", "--stop")
    says(place.run("a state", good=False),
         "the relay runs, but its model server fails its test", "--demo")
    env = place.env("a state")
    runs(env)
    with Backend(place) as url:
        other = admin(env, "POST", "/admin/azure-openai-accounts", {
            "name": "another", "azureEndpoint": url, "priority": 1,
            "deploymentName": "qwen3-32b", "apiKey": "any",
            "supportedModels": [], "isActive": True, "schedulable": True})
        place.run("a state", "--stop")
        says(place.run("a state", good=False),
             "the relay runs, but its model server fails its test",
             "another account answered instead")
        env = place.env("a state")
        is_message(env)
        says(place.run("a state", "--status", good=False), " - FAILS ITS TEST")
        admin(env, "DELETE",
              f"/admin/azure-openai-accounts/{other['data']['id']}")


@case("--demo is the way back, and is remembered")
def _(place):
    for arguments in (["--demo"], []):
        place.run("a state", *arguments)
        env = place.env("a state")
        is_message(env)
        equal([(a[0], a[2], a[3]) for a in accounts(env)],
              [("quickstart", "demo-model", 1)])
    text = place.run("a state", "--demo", "--backend", "http://x", good=False)
    holds("--backend or --demo" in text, text)


@case("a state from an older checkout is taken over, and that is said")
def _(place):
    kept = place.memory("a state")
    with open(place.path("a state", "choices"), "w", encoding="utf-8") as f:
        f.write(f"server lighttpd\nport {place.port}\n")
    with open(place.path("a state", "backend"), "w", encoding="utf-8") as f:
        f.write("demo\nclaude-3-opus-20240229\n")
    with open(place.path("a state", "build"), encoding="utf-8") as f:
        build = f.read()
    with open(place.path("a state", "build"), "w", encoding="utf-8") as f:
        f.write("/elsewhere\n")
    text = place.run("a state")
    holds("was made by the checkout in another folder" in text, text)
    env = place.env("a state")
    equal(env["API_KEY"], place.first["API_KEY"])
    is_message(env)
    equal(len(accounts(env)), 1)
    with open(place.path("a state", "build"), encoding="utf-8") as f:
        equal(f.read(), build)
    equal(place.memory("a state")["choices"], kept["choices"])


@case("a key or a store that is gone is made anew")
def _(place):
    env = place.env("a state")
    keys = admin(env, "GET", "/admin/api-keys")["data"]["items"]
    for key in keys:
        admin(env, "DELETE", f"/admin/api-keys/{key['id']}")
    for told in ("key of before is gone", "by the checkout in /elsewhere"):
        text = place.run("a state")
        holds(told in text, text)
        new = place.env("a state")
        holds(new["API_KEY"] != env["API_KEY"], "the key is the old one")
        equal(new["ADMIN_PASSWORD"], env["ADMIN_PASSWORD"])
        is_message(new)
        equal(len(accounts(new)), 1)
        place.run("a state", "--stop")
        shutil.rmtree(place.path("a state", "db"))
        with open(place.path("a state", "choices"), "a",
                  encoding="utf-8") as f:
            f.write("checkout /elsewhere\n")
    place.run("a state")


@case("it listens where it is told to")
def _(place):
    equal(listeners(place.port), {"00000000"})
    text = place.run("a state", "--listen", "127.0.0.1")
    holds("this machine only" in text, text)
    equal(listeners(place.port), {"0100007F"})
    is_message(place.env("a state"))
    text = place.run("a state", "--listen", "127.0.0.2")
    holds("listen 127.0.0.1" not in text, text)
    equal(listeners(place.port), {"0100007F", "0200007F"})
    is_message(place.env("a state"))
    place.run("a state", "--listen", "0.0.0.0")
    text = place.run("a state", "--listen", "192.0.2.77", good=False)
    holds("--listen is 0.0.0.0 or" in text, text)


@case("data out of reach lie elsewhere, and that is said")
def _(place):
    if os.getuid() != 0:
        raise tap.Skip("not root")
    os.mkdir(place.path("closed"), 0o700)
    place.run("closed/x", "--port", str(free_port()), "--no-demo")
    files = os.readlink(place.path("closed/x", "files"))
    holds(os.path.exists(place.path("closed/x", "quickstart.env")), "env")
    text = place.run("closed/x", "--stop")
    holds(f"its data in {files}" in text, text)


@case("without demo there is no model, but all else")
def _(place):
    text = place.run("c", "--port", str(free_port()), "--no-demo")
    if "Found a model server" in text:
        raise tap.Skip("a model server runs on this machine")
    holds("none yet" in text, text)
    place.run("c", "--stop")


import quick_faults  # noqa: E402,F401  # pylint: disable=unused-import


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tree", required=True)
    parser.add_argument("--only")
    arguments = parser.parse_args()
    place = Place(os.path.abspath(arguments.tree))
    try:
        failed = tap.run_all(place, arguments.only)
    finally:
        place.remove()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
