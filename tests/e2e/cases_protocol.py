"""Credentials, paths, methods, bodies: what HTTP can get wrong."""

import json

import client
from setting import OPUS, ask, body, said, stream, text_of
from tap import case, equal, holds


def is_error(reply, status, kind, message=None):
    equal(reply.status, status, reply.body)
    holds(reply.headers["content-type"].startswith("application/json"),
          reply.headers["content-type"])
    error = reply.json()
    equal(error["type"], "error")
    equal(error["error"]["type"], kind, reply.body)
    equal(error["request_id"], reply.headers["request-id"], "request id")
    if message is not None:
        equal(error["error"]["message"], message)


@case("both credential headers work, alone and together")
def _(lab):
    for headers in ({"x-api-key": lab.key},
                    {"authorization": f"Bearer {lab.key}"},
                    {"x-api-key": "cr_wrong",
                     "authorization": f"Bearer {lab.key}"},
                    {"x-api-key": lab.key, "authorization": "Bearer no"}):
        reply = client.request(lab, "POST", "/v1/messages", body("hi"),
                               headers)
        equal(reply.status, 200, f"{headers} {reply.body!r}")


@case("no key and a wrong key are refused before anything is asked")
def _(lab):
    mark = lab.demo.mark()
    is_error(client.request(lab, "POST", "/v1/messages", body("hi")),
             401, "authentication_error", "x-api-key header is required")
    is_error(client.request(lab, "POST", "/v1/messages", body("hi"),
                            {"x-api-key": "cr_" + "0" * 64}),
             401, "authentication_error", "invalid x-api-key")
    equal(lab.demo.requests(mark), [], "upstream requests")


@case("the client's key stays here; the account's key goes up")
def _(lab):
    mark = lab.demo.mark()
    ask(lab, body("hi"))
    row = next(r for r in lab.demo.since(mark) if r["event"] == "request")
    equal(row["authorization"], True)
    holds(lab.key not in json.dumps(row), "the client's key went upstream")


@case("an unknown model is not found")
def _(lab):
    is_error(ask(lab, body("hi", model="claude-nobody-has")), 404,
             "not_found_error")
    is_error(ask(lab, body("hi", model="claude-nobody-has", stream=True)),
             404, "not_found_error")


@case("unknown paths and methods are answered in JSON")
def _(lab):
    headers = {"x-api-key": lab.key}
    is_error(client.request(lab, "GET", "/v1/nothing", headers=headers),
             404, "not_found_error")
    reply = client.request(lab, "GET", "/v1/messages", headers=headers)
    is_error(reply, 405, "invalid_request_error")
    holds("POST" in reply.headers["allow"], reply.headers["allow"])


@case("a body that is no request says why")
def _(lab):
    headers = {"x-api-key": lab.key, "content-type": "application/json"}
    for data, message in (
            (b"{\"model\":", None), (b"", None), (b"[]",
             "Input should be a valid dictionary"),
            (b"{\"model\":\"a\",\"max_tokens\":1}",
             "messages: Field required"),
            (b"\xff\xfe", None)):
        is_error(client.request(lab, "POST", "/v1/messages", data, headers),
                 400, "invalid_request_error", message)
    reply = client.request(lab, "POST", "/v1/messages", b"{\"model\": nope",
                           headers)
    holds(reply.json()["error"]["message"].startswith(
        "The request body is not valid JSON: "), reply.body)


@case("33 MB is too large, 20 MB passes")
def _(lab):
    big = b"x" * (33 * 1024 * 1024 + 1024)
    is_error(client.request(lab, "POST", "/v1/messages", big,
                            {"x-api-key": lab.key}), 413,
             "request_too_large")
    # The refusal comes at once also to a stranger, not after a hang.
    reply = client.request(lab, "POST", "/v1/messages", big, timeout=20)
    holds(reply.status in (401, 413), reply.status)
    mark = lab.demo.mark()
    text = "0123456789abcdef" * (20 * 1024 * 1024 // 16)
    reply = ask(lab, body(text))
    equal(reply.status, 200, reply.body[:500])
    row = next(r for r in lab.demo.since(mark) if r["event"] == "request")
    holds(row["body_bytes"] > 20 * 1024 * 1024, row["body_bytes"])
    equal(row["body"]["messages"][0]["content"] == text, True, "the text")


@case("a chunked body is as good as one with a length")
def _(lab):
    data = json.dumps(body("in pieces " * 5000)).encode()
    pieces = (data[i:i + 1000] for i in range(0, len(data), 1000))
    reply = client.request(lab, "POST", "/v1/messages", pieces,
                           {"x-api-key": lab.key,
                            "content-type": "application/json",
                            "transfer-encoding": "chunked"})
    equal(reply.status, 200, reply.body)


@case("prefixes, trailing slashes and queries lead to the same place")
def _(lab):
    for path in ("/v1/messages", "/v1/messages?beta=true", "/v1/messages/",
                 "/api/v1/messages", "/claude/v1/messages",
                 "/v1/v1/messages", "/api/v1/messages?beta=true"):
        reply = ask(lab, body("hi"), path)
        equal(reply.status, 200, f"{path}: {reply.body!r}")
        equal(text_of(reply.json()), said("hi"), path)
    s = stream(lab, body("hi"), "/claude/v1/messages?beta=true")
    equal(text_of(client.message_of(s.rest())), said("hi"))


@case("unknown fields, headers and betas are ignored")
def _(lab):
    mark = lab.demo.mark()
    request = body("hi", metadata={"user_id": "{\"session_id\":\"s\"}"},
                   context_management={"edits": []}, safeguards=[],
                   output_config={"effort": "high"}, some_new_field=1,
                   system=[{"type": "text", "text": "Be brief.",
                            "cache_control": {"type": "ephemeral"}}])
    reply = ask(lab, request, "/v1/messages?beta=true",
                {"anthropic-version": "2026-10-21",
                 "anthropic-beta": "claude-code-20250219,unknown-2099"})
    equal(reply.status, 200, reply.body)
    sent = lab.demo.last_body(mark)
    equal(sent["messages"][0], {"role": "system", "content": "Be brief."})
    for name in ("metadata", "context_management", "safeguards",
                 "output_config", "some_new_field"):
        holds(name not in sent, f"{name} went upstream")
    holds("cache_control" not in json.dumps(sent), "cache_control went up")


@case("health is public, the pages are served, strangers get 404")
def _(lab):
    equal(client.request(lab, "GET", "/health").status, 200)
    reply = client.request(lab, "GET", "/admin-next/")
    equal(reply.status, 200)
    holds("default-src 'none'" in reply.headers["content-security-policy"],
          reply.headers["content-security-policy"])
    equal(client.request(lab, "GET", "/somewhere").status, 404)
    holds(client.request(lab, "HEAD", "/").status < 400, "HEAD /")
    holds(client.request(lab, "GET", "/").status < 400, "GET /")
    for path in ("/", "/admin"):
        reply = client.request(lab, "GET", path,
                               headers={"accept": "text/html,*/*"})
        equal(reply.status, 302)
        holds(reply.headers["location"].endswith("admin-next/"),
              reply.headers["location"])
    equal(client.request(lab, "GET", "/admin").status, 404)


@case("an encoded slash in a model's name survives")
def _(lab):
    reply = client.request(lab, "GET", "/v1/models/no%2Fsuch",
                           headers={"x-api-key": lab.key})
    is_error(reply, 404, "not_found_error")
    holds("no/such" in reply.json()["error"]["message"], reply.body)


@case("a model's answer has no trace of the backend")
def _(lab):
    reply = ask(lab, body("hi"))
    equal(set(reply.json()),
          {"id", "type", "role", "model", "content", "stop_reason",
           "stop_sequence", "usage"}, "keys")
    holds("demo-model" not in reply.body.decode(), reply.body)
    equal(reply.json()["model"], OPUS)
