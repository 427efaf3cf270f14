"""Requests of the benchmark, as clients send them."""

import json

MODEL = "claude-bench"
SENTENCE = "The harbour master wrote each ship's name into his book. "


def encode(request):
    return json.dumps({"model": MODEL, "max_tokens": 4096, **request}).encode()


def small():
    return encode({"messages": [{"role": "user", "content": "Say hello."}]})


def stream(events, delay_ms):
    text = f"[[demo: chunks={events} size=12 per=1 delay={delay_ms}]] go on"
    return encode({"stream": True,
                   "messages": [{"role": "user", "content": text}]})


def tool(number):
    return {"name": f"tool_{number}", "description": SENTENCE * 4,
            "input_schema": {
                "type": "object", "required": ["path"],
                "properties": {
                    "path": {"type": "string", "description": SENTENCE},
                    "lines": {"type": "integer", "minimum": 1},
                    "mode": {"type": "string", "enum": ["read", "write"]}}}}


def conversation(kilobytes, last):
    """Like a coding agent's: tools, calls and results, until it is that big."""
    messages = [{"role": "user", "content": "Mend the harbour. " + SENTENCE}]
    size = number = 0
    while size < kilobytes * 1024:
        turn = [
            {"role": "assistant", "content": [
                {"type": "text", "text": SENTENCE},
                {"type": "tool_use", "id": f"toolu_{number:024d}",
                 "name": f"tool_{number % 20}",
                 "input": {"path": f"/src/file_{number}.c",
                           "lines": number + 1, "mode": "read"}}]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": f"toolu_{number:024d}",
                 "content": "\tif (x < \"y\")\n\t\treturn;\n" * 40
                            + SENTENCE * 10}]}]
        size += len(json.dumps(turn))
        number += 1
        messages += turn
    messages[-1]["content"].append({"type": "text", "text": last})
    return {"system": [{"type": "text", "text": SENTENCE * 60,
                        "cache_control": {"type": "ephemeral"}}],
            "tools": [tool(i) for i in range(20)], "messages": messages}


def agent(kilobytes):
    return encode(conversation(kilobytes, "Go on, please."))


def tool_call(kilobytes):
    """Answered by a call whose arguments come in some 200 pieces."""
    arguments = json.dumps({"path": "/src/main.c", "text": SENTENCE * 14})
    return encode({"stream": True, **conversation(
        kilobytes, f"[[demo: size=4 per=1]] call tool tool_1 {arguments}")})
