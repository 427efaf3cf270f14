"""Is this the body of a legal chat/completions request, and nothing else?

Strict on purpose: what strict servers would refuse fails here, and whatever of
Anthropic's format survives the translation.
"""

import json

ORDER = ["model", "messages", "tools", "tool_choice", "parallel_tool_calls",
         "max_tokens", "max_completion_tokens", "stop", "stream",
         "stream_options", "temperature", "top_p", "top_k", "user",
         "reasoning_effort", "thinking_budget_tokens", "chat_template_kwargs",
         "response_format"]
ALIEN = {"cache_control", "tool_use_id", "is_error", "citations",
         "input_schema", "signature", "thinking", "defer_loading",
         "eager_input_streaming", "metadata", "context_management",
         "output_config", "output_format", "system", "stop_sequences",
         "safeguards", "source", "input"}
KEYS = {
    "system": {"role", "content"},
    "user": {"role", "content"},
    "assistant": {"role", "content", "tool_calls", "reasoning",
                  "reasoning_content"},
    "tool": {"role", "tool_call_id", "content"},
}


class Illegal(AssertionError):
    pass


def need(condition, what):
    if not condition:
        raise Illegal(what)


def unique(pairs):
    names = [name for name, _ in pairs]
    need(len(set(names)) == len(names), f"a key twice: {names}")
    return dict(pairs)


def check(raw):
    """Raises Illegal with the reason; returns the body."""
    body = json.loads(raw.decode("utf-8"), object_pairs_hook=unique)
    known = [key for key in body if key in ORDER]
    need(known == list(body), f"unknown keys: {set(body) - set(known)}")
    need(known == sorted(known, key=ORDER.index), f"the order: {known}")
    need(isinstance(body["model"], str), "model")
    for limit in ("max_tokens", "max_completion_tokens"):
        value = body.get(limit, 1)
        need(type(value) is int and value > 0, f"{limit}: {value}")
    if "stream_options" in body:
        need(body.get("stream") is True, "stream_options without stream")
    need("tool_choice" not in body or "tools" in body, "choice without tools")
    _check_tools(body.get("tools"))
    _check_messages(body["messages"])
    _no_alien({key: value for key, value in body.items()
               if key not in ("tools", "response_format")}, "")
    need(b"x-anthropic-billing-header" not in raw, "the attribution line")
    return body


def _check_tools(tools):
    if tools is None:
        return
    need(isinstance(tools, list) and tools, "tools: an empty list")
    names = []
    for tool in tools:
        need(set(tool) == {"type", "function"}, f"tool: {list(tool)}")
        need(tool["type"] == "function", f"tool type {tool['type']}")
        function = tool["function"]
        need(set(function) <= {"name", "description", "parameters",
                               "strict"}, f"function: {list(function)}")
        names.append(function["name"])
        parameters = function["parameters"]
        need(parameters.get("type") == "object" and
             isinstance(parameters.get("properties"), dict),
             f"parameters of {function['name']}")
    need(len(set(names)) == len(names), f"a tool twice: {names}")


def _check_messages(messages):
    need(isinstance(messages, list) and messages, "messages")
    pending, before = [], None
    for i, message in enumerate(messages):
        role = message["role"]
        where = f"messages[{i}] ({role})"
        need(role in KEYS, where)
        need(set(message) <= KEYS[role], f"{where}: {list(message)}")
        need("content" in message, f"{where}: no content")
        if role == "tool":
            need(message["tool_call_id"] in pending,
                 f"{where}: answers no open call")
            pending.remove(message["tool_call_id"])
        else:
            need(not pending, f"{where}: calls without answers {pending}")
        need(role != "system" or i == 0, f"{where}: not the first")
        need(not (role == "user" and before == "user"), f"{where}: twice")
        _check_content(message, where)
        pending = pending or _calls(message, where)
        before = role
    need(not pending, f"the last calls have no answers: {pending}")


def _calls(message, where):
    calls = message.get("tool_calls")
    if calls is None:
        return []
    need(isinstance(calls, list) and calls, f"{where}: tool_calls")
    for call in calls:
        need(set(call) == {"id", "type", "function"} and
             call["type"] == "function" and
             set(call["function"]) == {"name", "arguments"}, f"{where}: call")
        need(isinstance(json.loads(call["function"]["arguments"]), dict),
             f"{where}: arguments")
    ids = [call["id"] for call in calls]
    need(len(set(ids)) == len(ids) and all(ids), f"{where}: ids {ids}")
    return ids


def _check_content(message, where):
    content = message["content"]
    if content is None:
        need(message.get("tool_calls"), f"{where}: null")
    elif isinstance(content, list):
        need(content and message["role"] != "system", f"{where}: parts")
        for part in content:
            need(part["type"] in ("text", "image_url") and
                 set(part) == {"type", part["type"]},
                 f"{where}: part {list(part)}")
    else:
        need(isinstance(content, str), f"{where}: content")


def _no_alien(value, where):
    if isinstance(value, dict):
        for key, inner in value.items():
            need(key not in ALIEN or where.startswith(
                "/chat_template_kwargs"), f"{where}/{key} survived")
            _no_alien(inner, f"{where}/{key}")
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            _no_alien(inner, f"{where}/{i}")


def stable_prefix(raw):
    """Bytes of a body that the next turn must begin with: up to the end of
    the last message, without what closes the list."""
    mark = b'"messages":'
    at = raw.index(mark) + len(mark)
    text = raw[at:].decode("utf-8")
    _, end = json.JSONDecoder().raw_decode(text)
    need(text[end - 1] == "]", "messages is no list")
    return raw[:at] + text[:end - 1].encode()
