"""A secret of each kind, and every way in which one could come out again."""

import http.server
import json
import os
import re
import subprocess
import threading

import client
from cases_ctl import ctl
from lab import TREE
from receiver import Receiver
from setting import ask, body, stream
from tap import case, equal, holds

FACES = {"AZURE": "/admin/azure-openai-accounts",
         "OPENAI": "/admin/openai-accounts",
         "RESPONSES": "/admin/openai-responses-accounts"}

ACCOUNT_KEY = "canary-account-key-7f3a9c1e5b"
HEADER = "canary-header-secret-2d8e4f6a0c"
PROXY = "canary-proxy-password-9b1d3f5e7a"
HOOK_SECRET = "canary-webhook-secret-4c6e8a0b2d"
HOOK_URL = "canary-webhook-token-1a3c5e7f9b"
PASSWORD = "canary-admin-password-8e0a2c4d6f"


class Echo:
    """A backend that quotes all that it was sent, with any status."""

    def __init__(self):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):  # pylint: disable=C0103
                length = int(self.headers.get("content-length", 0))
                sent = self.rfile.read(length).decode()
                quoted = "".join(f"{k}: {v}; " for k, v in
                                 self.headers.items()) + sent
                found = re.search(r"status=(\d+)", sent)
                status = int(found.group(1)) if found else 401
                words = {"error": {"message": quoted, "type": quoted,
                                   "code": quoted[:60]}}
                text = json.dumps(words)
                if status == 200:
                    text = f"data: {text}\n\n"
                self.send_response(status)
                self.send_header("content-type", "text/event-stream"
                                 if status == 200 else "application/json")
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def do_GET(self):  # pylint: disable=C0103
                self.do_POST()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                                      Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class Watch:
    """All secrets, and where none of them may be."""

    def __init__(self):
        self.secrets = {}

    def text(self, where, text):
        for name, secret in self.secrets.items():
            for form in (secret, secret[:24]):
                holds(form not in text, f"{name} is in {where}: "
                      f"{text[max(0, text.find(form) - 200):][:500]}")

    def reply(self, where, reply):
        self.text(where, reply.body.decode(errors="replace"))
        self.text(f"head of {where}", str(reply.headers))
        return reply


def get_routes():
    with open(f"{TREE}/src/admin/serve.c", encoding="utf-8") as f:
        rows = re.findall(r'^ +\{"GET", (.*?), [0-9A-Z_| ]+, \w+\},',
                          f.read(), re.M | re.S)
    paths = []
    for row in rows:
        for name, face in FACES.items():
            row = re.sub(rf"\b{name}\b", f'"{face}"', row)
        paths.append("".join(re.findall(r'"([^"]*)"', row)))
    return paths


def provoke(lab, watch, key):
    """Answers that quote what the relay sent."""
    for model in ("claude-canary", "claude-canary-native"):
        for status in (200, 400, 401, 403, 404, 413, 422, 429, 500, 503, 529):
            request = body(f"status={status}", model=model)
            headers = {"x-api-key": key}
            watch.reply(f"{model}, {status}",
                        ask(lab, request, headers=headers))
            s = stream(lab, request, headers=headers)
            watch.text(f"stream of {model}, {status}",
                       s.response.read().decode())
            s.close()
            watch.reply(f"OpenAI's {model}, {status}",
                        ask(lab, request, "/v1/chat/completions", headers))
            for account in lab.canaries:
                lab.admin.good("POST", f"{FACES['AZURE']}/{account['id']}"
                               "/reset-status", {})
    watch.reply("count", ask(lab, body("hi", model="claude-canary"),
                             "/v1/messages/count_tokens",
                             {"x-api-key": key}))
    for wrong in (key + "x", key[:-1], PASSWORD):
        watch.reply("401", ask(lab, body("hi"), headers={"x-api-key": wrong}))
    for login in ({"username": "canary", "password": PASSWORD + "x"},
                  {"username": "canary", "passwort": PASSWORD}):
        client.request(lab, "POST", "/admin/login", login)


def look_everywhere(lab, watch, ids):
    """Every GET route, with every id, and what people get at a shell."""
    paths = get_routes()
    holds(len(paths) > 30, paths)
    for path in paths:
        if path.endswith("/stream"):
            continue
        for an_id in ids if ":" in path else [""]:
            where = re.sub(r":\w+", an_id, path)
            watch.reply(where, lab.admin.call("GET", where))
            watch.reply(where, lab.admin.call("GET", f"{where}?format=csv"))
    for account in lab.canaries:
        for face in FACES.values():
            watch.reply("test", lab.admin.call(
                "POST", f"{face}/{account['id']}/test", {}))
            watch.reply("toggle", lab.admin.call(
                "PUT", f"{face}/{account['id']}",
                {"description": "changed"}))
            watch.reply("bad", lab.admin.call(
                "PUT", f"{face}/{account['id']}",
                {"apiKey": [ACCOUNT_KEY], "headers": {"x": {"y": HEADER}}}))
    watch.reply("webhook", lab.admin.call("PUT", "/admin/webhook",
                                          {"active": True}))
    watch.reply("webhook", lab.admin.call("PUT", "/admin/webhook",
                                          {"secret": [HOOK_SECRET]}))
    watch.reply("webhook", lab.admin.call("POST", "/admin/webhook/test", {}))
    for words in (["account", "list"], ["account", "export"],
                  ["account", "show", "canary"], ["key", "list"],
                  ["key", "show", "canary"], ["admin", "list"],
                  ["token", "list"], ["status"], ["stats"], ["routes"],
                  ["webhook", "show"]):
        watch.text(f"llmrelayctl {words}", ctl(lab, *words))
        watch.text(f"llmrelayctl {words}", ctl(lab, *words, "--json"))
    done = subprocess.run(
        [f"{lab.build}/llmrelayctl", "--config", lab.conf, "account", "test"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=120, check=False)
    watch.text("llmrelayctl account test", done.stdout.decode())


def look_at_logs(lab, watch):
    for name in os.listdir(f"{lab.dir}/log"):
        if name.endswith(".jsonl"):
            continue  # what backends were sent
        with open(f"{lab.dir}/log/{name}", errors="replace",
                  encoding="utf-8") as f:
            watch.text(name, f.read())


def make_accounts(lab, echo):
    common = {"apiKey": ACCOUNT_KEY, "headers": {"X-Canary-Token": HEADER}}
    lab.canaries = [
        lab.admin.account("canary", echo.url, ["claude-canary"], **common),
        lab.admin.account("canary native", echo.url, ["claude-canary-native"],
                          protocol="anthropic", **common),
        lab.admin.account("canary proxy", "http://127.0.0.1:9",
                          ["claude-canary-proxy"],
                          proxy=f"http://user:{PROXY}@127.0.0.1:9", **common)]


@case("a secret of each kind comes out nowhere")
def _(lab):
    watch, admin = Watch(), lab.admin
    with Echo() as echo, Receiver() as receiver:
        make_accounts(lab, echo)
        key = admin.key("canary")
        token = admin.good("POST", "/admin/tokens",
                           {"name": "canary"})["data"]
        admin.good("POST", "/admin/admins",
                   {"username": "canary", "password": PASSWORD})
        admin.good("PUT", "/admin/webhook",
                   {"url": f"{receiver.url}/in?token={HOOK_URL}",
                    "secret": HOOK_SECRET, "active": True})
        session = client.request(lab, "POST", "/admin/login", {
            "username": "canary", "password": PASSWORD}).json()["token"]
        with open(f"{lab.dir}/db/control", encoding="utf-8") as f:
            control = re.search(r"^token = (\w+)", f.read(), re.M).group(1)
        watch.secrets = {
            "the account's key": ACCOUNT_KEY, "a header": HEADER,
            "the proxy's password": PROXY, "the webhook's secret":
            HOOK_SECRET, "the webhook's address": HOOK_URL,
            "the administrator's password": PASSWORD,
            "the API key": key["apiKey"], "the token": token["token"],
            "a session": session, "the operator's token": control}
        for name, secret in watch.secrets.items():
            holds(len(secret) >= 24, f"{name}: {secret}")
        provoke(lab, watch, key["apiKey"])
        ask(lab, body("hi", model="claude-canary-proxy"),
            headers={"x-api-key": key["apiKey"]})
        look_everywhere(lab, watch, [row["id"] for row in lab.canaries] +
                        [key["id"], "canary", "nothing"])
        while not receiver.notices.empty():
            notice = receiver.notices.get()
            watch.text("a notice", notice.raw.decode())
        look_at_logs(lab, watch)
        admin.good("PUT", "/admin/webhook", {"url": None, "secret": None})
    for account in lab.canaries:
        admin.good("DELETE", f"{FACES['AZURE']}/{account['id']}")
    admin.good("DELETE", f"/admin/api-keys/{key['id']}")
    admin.good("DELETE", "/admin/admins/canary")
    equal(admin.call("DELETE", f"/admin/tokens/{token['id']}").status, 200)
