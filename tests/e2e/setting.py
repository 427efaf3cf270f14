"""Accounts, keys and requests that the cases share."""

import socket

import client
import tap
from lab import PASSWORD, Demo

OPUS = "claude-3-opus-20240229"


class Admin:
    """The admin API as a script would use it."""

    def __init__(self, lab):
        self.lab = lab
        reply = client.request(lab, "POST", "/admin/login",
                               {"username": "admin", "password": PASSWORD})
        assert reply.status == 200, (reply.status, reply.body, lab.logs())
        self.login = reply
        self.token = reply.json()["token"]

    def call(self, method, path, body=None):
        return client.request(self.lab, method, path, body,
                              {"authorization": f"Bearer {self.token}"})

    def good(self, method, path, body=None):
        reply = self.call(method, path, body)
        assert reply.status == 200, (method, path, reply.status, reply.body)
        return reply.json()

    def account(self, name, url, models, **more):
        body = {
            "name": name, "description": "", "accountType": "shared",
            "azureEndpoint": url, "apiVersion": "2024-02-01",
            "deploymentName": "demo-model", "apiKey": "sk-e2e",
            "supportedModels": models, "priority": 50, "isActive": True,
            "schedulable": True,
        }
        body.update(more)
        return self.good("POST", "/admin/azure-openai-accounts", body)["data"]

    def key(self, name, **more):
        return self.good("POST", "/admin/api-keys",
                         {"name": name, **more})["data"]


def prepare(lab):
    """Backends, accounts and a key; left as fields of the lab."""
    lab.demo = Demo(lab, "demo")
    lab.busy = Demo(lab, "busy", "--demo", "status=503")
    # A port that refuses: bound, not listening.
    lab.refusing = socket.socket()
    lab.refusing.bind(("127.0.0.1", 0))
    refused = f"http://127.0.0.1:{lab.refusing.getsockname()[1]}"

    lab.admin = admin = Admin(lab)
    admin.account("main", lab.demo.url,
                  [OPUS, "claude-sonnet-4-5", "claude-haiku-4-5"],
                  flavour="vllm")
    admin.account("faults", lab.demo.url, ["claude-faults"])
    admin.account("refused", refused, ["claude-refused"])
    admin.account("impatient", lab.demo.url, ["claude-impatient"],
                  timeouts={"connectMs": 1000, "firstByteMs": 1500,
                            "idleMs": 1500, "totalMs": 20000})
    admin.account("first choice", lab.busy.url, ["claude-failover"],
                  priority=60)
    admin.account("second choice", lab.demo.url, ["claude-failover"],
                  priority=40)
    admin.account("native", lab.demo.url, ["claude-native"],
                  protocol="anthropic")
    admin.account("busy, to native", lab.busy.url, ["claude-to-native"],
                  priority=60)
    admin.account("to native", lab.demo.url, ["claude-to-native"],
                  priority=40, protocol="anthropic")
    admin.account("busy, native", lab.busy.url, ["claude-from-native"],
                  priority=60, protocol="anthropic")
    admin.account("from native", lab.demo.url, ["claude-from-native"],
                  priority=40)
    lab.key = admin.key("e2e")["apiKey"]


def run(lab, only, keep):
    """Starts the lab, runs the cases, ends it; the exit status."""
    failed = 1
    try:
        lab.start()
        prepare(lab)
        failed = tap.run_all(lab, only)
        if failed:
            print("\n".join("#   " + line
                            for line in lab.logs(30).splitlines()))
    finally:
        trouble = lab.stop()
        for line in trouble:
            print(f"not ok - [{lab.server}] the end: {line}")
        if not trouble:
            print(f"ok - [{lab.server}] everything ended, nothing is left")
        if keep:
            print(f"# kept: {lab.dir}")
        else:
            lab.remove()
    return 1 if failed or trouble else 0


def body(text, model=OPUS, **more):
    """A request; text may carry the demo's switches."""
    content = text
    request = {"model": model, "max_tokens": 1024,
               "messages": [{"role": "user", "content": content}]}
    request.update(more)
    return request


def ask(lab, request, path="/v1/messages", headers=None, timeout=60):
    headers = {"x-api-key": lab.key, **(headers or {})}
    return client.request(lab, "POST", path, request, headers, timeout)


def stream(lab, request, path="/v1/messages", headers=None, timeout=60):
    headers = {"x-api-key": lab.key, **(headers or {})}
    return client.Stream(lab, path, {**request, "stream": True}, headers,
                         timeout)


def said(text):
    """What the demo answers to a text."""
    return f"You said: {text}\nThis answer comes from llmrelay-demo."


def text_of(message):
    return "".join(block["text"] for block in message["content"]
                   if block["type"] == "text")
