"""A tool server of the Model Context Protocol, by lines on standard input.

Its tools have what tools of the world have: schemas without properties, names
with dots, results of pictures alone, results that are errors.
"""

import json
import sys

PNG = ("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwAD"
       "hgGAWjR9awAAAABJRU5ErkJggg==")
TOOLS = [
    {"name": "ping", "description": "Says pong — 答える", "inputSchema": {
        "type": "object"}},
    {"name": "picture", "description": "A picture", "inputSchema": {
        "type": "object", "properties": {"of": {"anyOf": [
            {"type": "string"}, {"type": "null"}]}},
        "$defs": {"unused": {"type": "string"}},
        "additionalProperties": False}},
    {"name": "fail", "description": "Fails", "inputSchema": {
        "type": "object", "properties": {}}},
]


def call(name, arguments):
    if name == "ping":
        return {"content": [{"type": "text", "text": "pong 答え"}]}
    if name == "picture":
        return {"content": [{"type": "image", "data": PNG,
                             "mimeType": "image/png"}]}
    return {"isError": True, "content": [
        {"type": "text", "text": f"it broke: {json.dumps(arguments)}"}]}


def answer(method, params):
    if method == "initialize":
        return {"protocolVersion": params["protocolVersion"],
                "capabilities": {"tools": {}},
                "serverInfo": {"name": "world", "version": "1"}}
    if method == "tools/list":
        return {"tools": TOOLS}
    if method == "tools/call":
        return call(params["name"], params.get("arguments"))
    return {}


for line in sys.stdin:
    request = json.loads(line)
    if "id" in request:
        print(json.dumps({"jsonrpc": "2.0", "id": request["id"],
                          "result": answer(request["method"],
                                           request.get("params"))}),
              flush=True)
