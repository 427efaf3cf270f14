"""The admin API as scripts use it, and the guide's own script."""

import json
import os
import subprocess

import client
from lab import HERE, PASSWORD, TREE
from setting import ask, body
from tap import case, equal, holds


@case("a login gives a token, a cookie, and works in every form")
def _(lab):
    login = lab.admin.login
    token = lab.admin.token
    equal(login.json()["success"], True)
    equal(login.json()["username"], "admin")
    holds(login.json()["expiresIn"] > 0, login.body)
    cookie = login.headers["set-cookie"]
    for part in (f"admin_session={token}", "HttpOnly", "SameSite=Strict",
                 "Path=/"):
        holds(part in cookie, cookie)
    for headers in ({"authorization": f"Bearer {token}"},
                    {"x-admin-token": token},
                    {"cookie": f"admin_session={token}"},
                    {"cookie": f"a=b; adminToken={token}; c=d"}):
        reply = client.request(lab, "GET", "/admin/api-keys",
                               headers=headers)
        equal(reply.status, 200, f"{list(headers)}: {reply.body!r}")


@case("nobody else gets in")
def _(lab):
    for headers in ({}, {"authorization": "Bearer " + "0" * 64},
                    {"cookie": "admin_session="}, {"x-admin-token": "x"},
                    {"authorization": f"Bearer {lab.key}"}):
        for path in ("/admin/api-keys", "/admin/azure-openai-accounts",
                     "/admin/dashboard"):
            reply = client.request(lab, "GET", path, headers=headers)
            equal(reply.status, 401, f"{path} {headers}")
            equal(reply.json().get("success"), False, reply.body)
    reply = client.request(lab, "POST", "/admin/login",
                           {"username": "admin", "password": "wrong"})
    equal(reply.status, 401, reply.body)
    reply = client.request(lab, "POST", "/web/auth/login",
                           {"username": "admin", "password": PASSWORD})
    holds(reply.status in (200, 429), reply.body)


@case("an administrator, and nobody else, is told why an account was chosen")
def _(lab):
    request = body("why?", model="claude-why")
    path = "/admin/azure-openai-accounts"
    made = [lab.admin.account(f"why {n}", lab.demo.url, ["claude-why"],
                              priority=50 + n) for n in (1, 2)]
    why = "why 2 (highest priority); lower priority: why 1; not mapped: "
    debug = {"x-llmrelay-debug": "1"}
    token = {"x-admin-token": lab.admin.token}
    for headers in ({}, debug, token, {**debug, "x-admin-token": lab.key}):
        reply = ask(lab, request, headers=headers)
        equal(reply.status, 200, reply.body)
        equal(reply.headers.get("x-llmrelay-why"), None, headers)
    reply = ask(lab, request, headers={**debug, **token})
    told = reply.headers["x-llmrelay-why"]
    holds(told.startswith(why), told)
    row = lab.admin.good("GET", "/admin/request-details/"
                                + reply.headers["request-id"])["data"]
    equal(row["why"], told)
    for account in made:
        lab.admin.good("DELETE", f"{path}/{account['id']}")


@case("a foreign page cannot use the cookie")
def _(lab):
    reply = client.request(
        lab, "POST", "/admin/api-keys", {"name": "forged"},
        {"cookie": f"admin_session={lab.admin.token}",
         "origin": "http://evil.example", "sec-fetch-site": "cross-site"})
    holds(reply.status in (401, 403), f"{reply.status} {reply.body!r}")


@case("an account is created, read, changed, switched and deleted")
def _(lab):
    admin = lab.admin
    path = "/admin/azure-openai-accounts"
    made = admin.account("Qwen3-32B", lab.demo.url,
                         ["qwen3-32b", "claude-crud"], apiKey="sk-abcdef99")
    id_ = made["id"]
    equal(made["isActive"], True)
    equal(made["supportedModels"], ["qwen3-32b", "claude-crud"])
    holds("sk-abcdef99" not in json.dumps(made), "the key came back")
    equal(made["test"]["ok"], True, made["test"])
    equal(ask(lab, body("hi", model="claude-crud")).status, 200)

    listed = admin.good("GET", path)["data"]
    mine = next(a for a in listed if a["id"] == id_)
    equal(mine["priority"], 50)
    equal(mine["azureEndpoint"], lab.demo.url)

    admin.good("PUT", f"{path}/{id_}", {"priority": 70, "schedulable": False})
    mine = next(a for a in admin.good("GET", path)["data"] if a["id"] == id_)
    equal((mine["priority"], mine["schedulable"], mine["name"]),
          (70, False, "Qwen3-32B"))
    holds(ask(lab, body("hi", model="claude-crud")).status in (404, 529),
          "an unschedulable account was used")

    admin.good("PUT", f"{path}/{id_}/toggle-schedulable")
    equal(ask(lab, body("hi", model="claude-crud")).status, 200)
    admin.good("DELETE", f"{path}/{id_}")
    equal(ask(lab, body("hi", model="claude-crud")).status, 404)
    equal(admin.call("PUT", f"{path}/{id_}", {"priority": 1}).status, 404)


@case("a bad account is refused in the guide's words")
def _(lab):
    path = "/admin/azure-openai-accounts"
    good = {"name": "x", "azureEndpoint": "http://127.0.0.1:1",
            "deploymentName": "d", "apiKey": "k"}
    for field, value in (("azureEndpoint", "ftp://x"),
                         ("azureEndpoint", "not a url")):
        reply = lab.admin.call("POST", path, {**good, field: value})
        equal(reply.status, 400, reply.body)
        holds("Invalid endpoint format. Expected: http://ip:port or "
              "https://domain" in reply.body.decode(), reply.body)
    for field in ("name", "azureEndpoint", "deploymentName"):
        wrong = {k: v for k, v in good.items() if k != field}
        equal(lab.admin.call("POST", path, wrong).status, 400, field)
    for field, value in (("priority", "high"), ("isActive", "yes"),
                         ("supportedModels", "claude")):
        equal(lab.admin.call("POST", path, {**good, field: value}).status,
              400, field)


@case("a window limits the requests of a key")
def _(lab):
    made = lab.admin.key("windowed", rateLimitWindow=10, rateLimitRequests=2)
    headers = {"x-api-key": made["apiKey"]}
    got = [ask(lab, body("hi"), headers=headers).status for _ in range(3)]
    equal(got, [200, 200, 429])


@case("a key is made, found, switched off and deleted")
def _(lab):
    admin = lab.admin
    made = admin.key("short life")
    holds(made["apiKey"].startswith("cr_") and len(made["apiKey"]) == 67,
          made["apiKey"])
    headers = {"x-api-key": made["apiKey"]}
    equal(ask(lab, body("hi"), headers=headers).status, 200)
    listed = admin.good("GET", "/admin/api-keys?search=short%20life")
    item = listed["data"]["items"][0]
    holds(made["apiKey"] not in json.dumps(listed), "the key came back")
    equal(item["id"], made["id"])
    admin.good("PUT", f"/admin/api-keys/{made['id']}", {"isActive": False})
    holds(ask(lab, body("hi"), headers=headers).status in (401, 403),
          "a disabled key passed")
    admin.good("DELETE", f"/admin/api-keys/{made['id']}")
    equal(ask(lab, body("hi"), headers=headers).status, 401)


@case("a concurrency limit holds exactly")
def _(lab):
    import concurrent.futures

    key = lab.admin.key("narrow", concurrencyLimit=3)["apiKey"]
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        got = list(pool.map(
            lambda _: ask(lab, body("[[demo: first=1500]] hi"),
                          headers={"x-api-key": key}).status, range(12)))
    equal((got.count(200), got.count(429)), (3, 9))


@case("the guide's import script adds its models")
def _(lab):
    work = f"{lab.dir}/guide"
    os.makedirs(work, exist_ok=True)
    guide = f"{HERE}/guide"
    with open(f"{guide}/import-custom-models.sh", encoding="utf-8") as f:
        script = f.read()
    script = script.replace("http://localhost:3000", lab.url)
    script = script.replace("your-admin-session-token", lab.admin.token)
    with open(f"{work}/import.sh", "w", encoding="utf-8") as f:
        f.write(script)
    with open(f"{guide}/custom-models-config.json", encoding="utf-8") as f:
        models = f.read()
    # The guide's servers are not here: the demo stands for all of them.
    for n in range(4):
        models = models.replace(f"http://192.168.1.10{n}:8000", lab.demo.url)
    models = models.replace("claude-3-", "claude-guide-")
    with open(f"{work}/custom-models-config.json", "w",
              encoding="utf-8") as f:
        f.write(models)
    out = subprocess.run(["bash", "import.sh"], cwd=work, timeout=120,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         check=True).stdout.decode()
    equal(out.count('"success":true'), 4, out)
    names = [a["name"] for a in
             lab.admin.good("GET", "/admin/azure-openai-accounts")["data"]]
    for model in json.loads(models)["models"]:
        holds(model["name"] in names, names)
        reply = ask(lab, body("你好", model=model["mapping"]))
        equal(reply.status, 200, reply.body)


@case("the guide's models come in one call, as often as one likes")
def _(lab):
    with open(f"{HERE}/guide/custom-models-config.json",
              encoding="utf-8") as f:
        text = f.read()
    for n in range(4):
        text = text.replace(f"http://192.168.1.10{n}:8000", lab.demo.url)
    models = json.loads(text.replace("claude-3-", "claude-import-"))
    for model in models["models"]:
        model["name"] += " imported"
    path = "/admin/openai-responses-accounts"
    first = lab.admin.good("POST", f"{path}/import", models)["data"]
    again = lab.admin.good("POST", f"{path}/import", models)["data"]
    equal((first["created"], first["updated"]), (4, 0))
    equal((again["created"], again["updated"]), (0, 4))
    for model in models["models"]:
        reply = ask(lab, body("你好", model=model["mapping"]))
        equal(reply.status, 200, reply.body)
    exported = lab.admin.good("GET", f"{path}/export")["data"]["accounts"]
    equal(sorted(a["name"] for a in exported),
          sorted(m["name"] for m in models["models"]))
    holds("apiKey" not in exported[0] or not exported[0]["apiKey"], exported)


@case("a backend's refusals and its token counts are learned and kept")
def _(lab):
    made = lab.admin.account("learner", lab.demo.url, ["claude-learner"])
    path = f"/admin/azure-openai-accounts/{made['id']}"
    text = "Tell me of the sea and of the ships upon it. " * 20
    for _ in range(6):
        equal(ask(lab, body(text, model="claude-learner")).status, 200)
    learned = lab.admin.good("GET", path)["data"]["learned"]
    holds(learned["tokenSamples"] >= 5, learned)
    holds(0.5 <= learned["tokenScale"] <= 3, learned)
    equal(learned["usage"], "final", learned)
    lab.admin.good("PUT", path, {"priority": 60})
    kept = lab.admin.good("GET", path)["data"]["learned"]
    equal(kept["tokenSamples"], learned["tokenSamples"], kept)
    reset = lab.admin.good("POST", f"{path}/reset-learned", {})["data"]
    equal(reset["learned"]["tokenSamples"], 0, reset["learned"])
    lab.admin.good("DELETE", path)


@case("the dashboard and the records know what happened")
def _(lab):
    admin = lab.admin
    overview = admin.good("GET", "/admin/dashboard")["data"]["overview"]
    holds(overview["totalRequestsUsed"] > 0, overview)
    holds(overview["totalAccounts"] >= 6, overview)


@case("metrics are Prometheus text")
def _(lab):
    reply = client.request(
        lab, "GET", "/metrics",
        headers={"authorization": f"Bearer {lab.admin.token}"})
    equal(reply.status, 200, reply.body)
    holds(reply.headers["content-type"].startswith("text/plain"),
          reply.headers["content-type"])


@case("a key sees its own usage")
def _(lab):
    reply = client.request(lab, "POST", "/apiStats/api/user-stats",
                           {"apiKey": lab.key})
    equal(reply.status, 200, reply.body)
    holds(reply.json()["data"]["usage"]["total"]["requests"] > 0, reply.body)


@case("the smoke test passes against this relay")
def _(lab):
    out = subprocess.run(
        ["sh", f"{TREE}/tests/smoke/smoke.sh", lab.url, lab.key],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
    equal(out.returncode, 0, out.stdout.decode())


@case("a bound key gets its own account or group, and no other steps in")
def _(lab):
    admin = lab.admin
    accounts, groups = "/admin/azure-openai-accounts", "/admin/account-groups"
    name = "claude-bound"
    group = admin.good("POST", groups, {"name": "team"})["data"]["id"]
    own = admin.account("own", lab.demo.url, [name], accountType="dedicated")
    team = admin.account("team", lab.demo.url, [name], accountType="group",
                         groupIds=[group])
    shared = admin.account("shared", lab.demo.url, [name], priority=1)
    free = admin.key("free")["apiKey"]
    bound = admin.key("bound", azureOpenaiAccountId=own["id"])["apiKey"]
    member = admin.key("member", openaiAccountId=f"group:{group}")["apiKey"]

    def used(key):
        reply = ask(lab, body("hi", model=name), headers={"x-api-key": key})
        if reply.status != 200:
            return reply.status
        rows = admin.good("GET", "/admin/request-details")["data"]["records"]
        return next(r["accountId"] for r in rows
                    if r["requestId"] == reply.headers["request-id"])

    equal(used(free), shared["id"])
    equal(used(bound), own["id"])
    equal(used(member), team["id"])
    admin.good("PUT", f"{accounts}/{own['id']}", {"schedulable": False})
    equal(used(bound), 529)
    equal(admin.call("DELETE", f"{groups}/{group}").status, 409)
    gone = admin.good("DELETE", f"{accounts}/{own['id']}")
    equal(gone["unboundKeys"], 1, gone)
    equal(used(bound), shared["id"])
    for account in (team, shared):
        admin.good("DELETE", f"{accounts}/{account['id']}")
