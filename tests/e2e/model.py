"""A model server that plays scripts: what it says depends on the conversation.

A script is a table from a marker, a word in the user's text, to the answers
after it: the first one to the user's text, the second one after the first
results, and so on.  The choice needs no memory, so a request that is sent again
gets the same answer again.
"""

import http.server
import json
import select
import socket
import struct
import threading

CONTEXT = 131072
PIECE = 7
BYTES_PER_TOKEN = 4
BLOCK = 16  # tokens that a prefix cache keeps together


class Say:
    """One answer.  calls: (tool, arguments) pairs; wait: seconds of silence
    before the first word; cut: break off after so many frames; fail: send the
    message as an error then; status and message: refuse instead."""

    def __init__(self, text="", think="", calls=(), wait=0.0, cut=None,
                 fail=None, status=200, message="", gap=0.0, retry_after=None,
                 finish=None):
        self.text, self.think, self.calls = text, think, list(calls)
        self.wait, self.gap, self.cut, self.fail = wait, gap, cut, fail
        self.status, self.message = status, message
        self.retry_after, self.finish = retry_after, finish


def text_of(message):
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return "\n".join(part.get("text", "") for part in content)


def same_start(a, b):
    """How many characters both begin with, found by halving."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def pieces(text):
    return [text[i:i + PIECE] for i in range(0, len(text), PIECE)]


class Vllm:
    """Frames as vLLM sends them: the name alone, then its arguments."""

    reasoning, system = "reasoning", "vllm"
    first = {"role": "assistant", "content": ""}
    frame_more = {"logprobs": None}
    last_more = {"stop_reason": None}
    usage_more = {}

    @staticmethod
    def call_id(seed, i):
        return f"chatcmpl-tool-{seed:08x}{i:024x}"

    @staticmethod
    def refuses(prompt, limit, context):
        return prompt + limit > context

    @staticmethod
    def error(say, _request, _context):
        return {"error": {"message": say.message, "type": "BadRequestError",
                          "param": None, "code": say.status}}

    @staticmethod
    def too_long(prompt, limit, context):
        return (f"'max_tokens' or 'max_completion_tokens' is too large: "
                f"{limit}. This model's maximum context length is {context} "
                f"tokens and your request has {prompt} input tokens "
                f"({limit} > {context} - {prompt}).")

    def call(self, i, id_, name, arguments):
        yield {"tool_calls": [{"id": id_, "type": "function", "index": i,
                               "function": {"name": name,
                                            "arguments": ""}}]}
        for piece in pieces(arguments):
            yield {"tool_calls": [{"index": i, "function": {
                "arguments": piece}}]}


class NewVllm(Vllm):
    """It stops counting the prompt where it cannot fit any more."""

    @staticmethod
    def too_long(prompt, limit, context):
        least = min(prompt, max(context - limit, 0) + 1)
        return (f"This model's maximum context length is {context} tokens. "
                f"However, you requested {limit} output tokens and your "
                f"prompt contains at least {least} input tokens, for a total "
                f"of at least {least + limit} tokens. Please reduce the "
                f"length of the input prompt or the number of requested "
                f"output tokens.")


class LlamaCpp(Vllm):
    """Frames as llama.cpp sends them: the first argument byte with the name."""

    reasoning, system = "reasoning_content", "llamacpp"
    first = {"role": "assistant", "content": None}
    frame_more = {}
    last_more = {}
    usage_more = {"timings": {"prompt_n": 1, "prompt_ms": 1.5,
                              "predicted_n": 2, "predicted_ms": 3.25}}

    @staticmethod
    def call_id(seed, i):
        return f"{seed:08X}aBcD{i:020d}"

    def call(self, i, id_, name, arguments):
        yield {"tool_calls": [{"index": i, "id": id_, "type": "function",
                               "function": {"name": name,
                                            "arguments": arguments[:1]}}]}
        for piece in pieces(arguments[1:]):
            yield {"tool_calls": [{"index": i, "function": {
                "arguments": piece}}]}

    @staticmethod
    def refuses(prompt, limit, context):
        return prompt >= context  # an answer ends where the context does

    @staticmethod
    def too_long(prompt, limit, context):
        return ("request exceeds the available context size, try increasing "
                "it")

    @staticmethod
    def error(say, request, context):
        whole = {"code": say.status, "message": say.message}
        if "context size" in say.message:
            whole.update(type="exceed_context_size_error", n_ctx=context,
                         n_prompt_tokens=request.prompt_tokens)
        return {"error": whole}


class Kimi(Vllm):
    """Calls in one frame, all with index 0, ids outside Anthropic's alphabet."""

    reasoning, system = "reasoning_content", "sglang"

    @staticmethod
    def call_id(seed, i):
        return f"functions.tool:{seed % 1000 * 16 + i}"

    def call(self, i, id_, name, arguments):
        yield {"tool_calls": [{"index": 0, "id": id_, "type": "function",
                               "function": {"name": name,
                                            "arguments": arguments}}]}


class Request:
    """One request as it arrived.  ended: "whole", "refused", "cut" or, when
    the relay went away, "left"; None while it lasts."""

    def __init__(self, raw, number):
        self.raw, self.number = raw, number
        self.body = json.loads(raw)
        self.ended = None
        self.prompt_tokens = len(raw) // BYTES_PER_TOKEN
        self.completion_tokens = self.cached_tokens = 0
        # As templates put it: tools first.
        self.prompt = json.dumps(self.body.get("tools")) + json.dumps(
            self.messages)

    @property
    def messages(self):
        return self.body["messages"]

    def last_user_text(self):
        return next((text_of(m) for m in reversed(self.messages)
                     if m["role"] == "user"), "")


class Model:
    """The server, in this process; ends with stop().

    script: the table, or a function of the request; otherwise: the answer to
    what the table does not know."""

    def __init__(self, wire=Vllm, context=CONTEXT):
        self.script, self.otherwise = {}, lambda request: Say("Yes.")
        self.wire, self.context = wire(), context
        self.requests, self.counts = [], []
        self.lock = threading.Lock()
        model = self

        class Handler(_Handler):
            pass

        Handler.model = model
        self.server = _Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever,
                         kwargs={"poll_interval": 0.1}, daemon=True).start()

    def take(self, raw):
        """Numbers a request; what begins as an earlier one is cached."""
        with self.lock:
            request = Request(raw, len(self.requests) + 1)
            same = max((same_start(request.prompt, r.prompt)
                        for r in self.requests), default=0)
            # Servers compute one token at least.
            request.cached_tokens = min(
                request.prompt_tokens - 1,
                same // BYTES_PER_TOKEN // BLOCK * BLOCK)
            self.requests.append(request)
            return request

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, request):
        """By the last marker in a user's text and the answers after it."""
        limit = request.body.get("max_tokens", 1)
        if self.wire.refuses(request.prompt_tokens, limit, self.context):
            return Say(status=400, message=self.wire.too_long(
                request.prompt_tokens, limit, self.context))
        if callable(self.script):
            return self.script(request)
        return self.by_table(self.script, request)

    def by_table(self, script, request):
        step, found = 0, None
        for message in reversed(request.messages):
            if message["role"] == "assistant":
                step += 1
            elif message["role"] == "user":
                text = text_of(message)
                found = next((m for m in script if m in text), None)
                if found:
                    break
        answers = script.get(found) or []
        if step < len(answers):
            return answers[step]
        return self.otherwise(request)


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    model = None

    def log_message(self, *_):
        pass

    def reply(self, status, body, headers=()):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):  # pylint: disable=invalid-name
        if self.path.endswith("/models"):
            self.reply(200, {"object": "list", "data": [{
                "id": "scripted", "object": "model", "created": 1,
                "owned_by": self.model.wire.system,
                "max_model_len": self.model.context}]})
        else:
            self.reply(404, {"detail": "Not Found"})

    def do_POST(self):  # pylint: disable=invalid-name
        raw = self.rfile.read(int(self.headers["content-length"]))
        if self.path == "/tokenize" and self.model.wire.system == "vllm":
            self.model.counts.append(raw)
            self.reply(200, {"count": len(raw) // BYTES_PER_TOKEN,
                             "max_model_len": self.model.context})
            return
        if not self.path.endswith("/chat/completions"):
            self.reply(404, {"detail": "Not Found"})
            return
        request = self.model.take(raw)
        say = self.model.answer(request)
        if say.status != 200:
            self.refuse(request, say)
        elif request.body.get("stream"):
            self.stream(request, say)
        else:
            self.answer_whole(request, say)

    def refuse(self, request, say):
        headers = [("retry-after", str(say.retry_after))] \
            if say.retry_after is not None else []
        self.reply(say.status, self.model.wire.error(
            say, request, self.model.context), headers)
        request.ended = "refused"

    # ------------------------------------------------------- answers

    def pause(self, seconds):
        """Waits; a relay that leaves meanwhile is noticed."""
        if seconds and select.select([self.connection], [], [], seconds)[0]:
            raise ConnectionError("the relay left")

    def answer_whole(self, request, say):
        try:
            self.pause(say.wait)
            self.reply(200, self.whole(request, say))
            request.ended = "whole"
        except OSError:
            request.ended = "left"
            self.close_connection = True

    def calls(self, request, say):
        wire = self.model.wire
        return [(i, wire.call_id(request.number, i), name,
                 json.dumps(arguments, ensure_ascii=False))
                for i, (name, arguments) in enumerate(say.calls)]

    def usage(self, request, say):
        said = say.text + say.think + json.dumps(say.calls)
        request.completion_tokens = 1 + len(said) // BYTES_PER_TOKEN
        return {"prompt_tokens": request.prompt_tokens,
                "completion_tokens": request.completion_tokens,
                "total_tokens": request.prompt_tokens +
                request.completion_tokens,
                "prompt_tokens_details": {
                    "cached_tokens": request.cached_tokens}}

    @staticmethod
    def reason(say):
        return say.finish or ("tool_calls" if say.calls else "stop")

    def head(self, request, kind):
        return {"id": f"chatcmpl-{request.number:032x}", "object": kind,
                "created": 1764000000, "model": request.body["model"]}

    def whole(self, request, say):
        message = {"role": "assistant", "content": say.text or None,
                   self.model.wire.reasoning: say.think or None,
                   "tool_calls": [{
                       "id": id_, "type": "function",
                       "function": {"name": name, "arguments": arguments}}
                       for _, id_, name, arguments in
                       self.calls(request, say)]}
        return {**self.head(request, "chat.completion"),
                "choices": [{"index": 0, "message": message,
                             "logprobs": None,
                             "finish_reason": self.reason(say)}],
                "usage": self.usage(request, say)}

    def deltas(self, request, say):
        wire = self.model.wire
        yield wire.first
        for piece in pieces(say.think):
            yield {wire.reasoning: piece}
        for piece in pieces(say.text):
            yield {"content": piece}
        for call in self.calls(request, say):
            yield from wire.call(*call)

    def frames(self, request, say):
        wire = self.model.wire
        head = self.head(request, "chat.completion.chunk")
        options = request.body.get("stream_options") or {}
        usage = self.usage(request, say)
        for i, delta in enumerate(self.deltas(request, say)):
            running = {"usage": {
                **usage, "completion_tokens": i,
                "total_tokens": usage["prompt_tokens"] + i}} \
                if options.get("continuous_usage_stats") else {}
            yield {**head, "choices": [{
                "index": 0, "delta": delta, **wire.frame_more,
                "finish_reason": None}], **running}
        yield {**head, "choices": [{
            "index": 0, "delta": {}, **wire.frame_more,
            "finish_reason": self.reason(say), **wire.last_more}]}
        if options.get("include_usage"):
            yield {**head, "choices": [], "usage": usage, **wire.usage_more}

    def chunk(self, text):
        data = text.encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def stream(self, request, say):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream; charset=utf-8")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        try:
            self.pause(say.wait)
            for i, frame in enumerate(self.frames(request, say)):
                if i == say.cut:
                    self.break_off()
                    request.ended = "cut"
                    return
                if i == say.fail:
                    frame = self.model.wire.error(say, request,
                                                  self.model.context)
                self.chunk("data: " + json.dumps(frame) + "\n\n")
                if i == say.fail:
                    break
                self.pause(say.gap)
            self.chunk("data: [DONE]\n\n")
            self.wfile.write(b"0\r\n\r\n")
            request.ended = "whole"
        except OSError:
            request.ended = "left"
            self.close_connection = True

    def break_off(self):
        """As a process that dies: a reset, no end of the body."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                   struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()
