"""HTTP and server-sent events, strict where clients are strict."""

import http.client
import json
import socket
import time


class Reply:
    def __init__(self, response, body):
        self.status = response.status
        self.headers = response.headers
        self.body = body

    def json(self):
        return json.loads(self.body)


def open_request(lab, method, path, body=None, headers=None, timeout=60):
    """Sends a request; returns connection and response, body unread."""
    connection = http.client.HTTPConnection("127.0.0.1", lab.port,
                                            timeout=timeout)
    headers = dict(headers or {})
    if isinstance(body, (dict, list)):
        body = json.dumps(body, ensure_ascii=False).encode()
        headers.setdefault("content-type", "application/json")
    connection.request(method, path, body=body, headers=headers,
                       encode_chunked=headers.get("transfer-encoding")
                       == "chunked")
    return connection, connection.getresponse()


def request(lab, method, path, body=None, headers=None, timeout=60):
    connection, response = open_request(lab, method, path, body, headers,
                                        timeout)
    try:
        return Reply(response, response.read())
    finally:
        connection.close()


class Event:
    def __init__(self, name, data, at):
        self.name = name
        self.data = data
        self.at = at

    def __repr__(self):
        return f"{self.name} {json.dumps(self.data)[:200]}"


class Stream:
    """A stream of events, each with the time of its arrival."""

    def __init__(self, lab, path, body, headers, timeout=60):
        self.began = time.monotonic()
        self.connection, self.response = open_request(
            lab, "POST", path, body, headers, timeout)
        self.status = self.response.status
        self.headers = self.response.headers
        self.raw = b""
        self._pending = b""
        self._ready = []
        self._ended = False

    def next(self):
        """The next event, or None at the end."""
        while not self._ready and not self._ended:
            piece = self.response.read1(65536)
            now = time.monotonic()
            if not piece:
                self._ended = True
                if self._pending:
                    raise AssertionError(
                        f"unfinished frame {self._pending[:200]!r}")
                break
            self.raw += piece
            frames = (self._pending + piece).split(b"\n\n")
            self._pending = frames.pop()
            self._ready += [self._event(frame, now) for frame in frames]
        return self._ready.pop(0) if self._ready else None

    @staticmethod
    def _event(frame, now):
        lines = frame.split(b"\n")
        if len(lines) != 2 or not lines[0].startswith(b"event: ") or \
                not lines[1].startswith(b"data: "):
            raise AssertionError(f"a frame of another form: {frame[:300]!r}")
        name = lines[0][7:].decode()
        data = json.loads(lines[1][6:])
        if data.get("type") != name:
            raise AssertionError(f"{name} carries type {data.get('type')}")
        return Event(name, data, now)

    def rest(self):
        """All further events."""
        events = []
        while (event := self.next()) is not None:
            events.append(event)
        self.close()
        return events

    def close(self):
        self.connection.close()

    def abort(self):
        """Leaves without reading on."""
        self.connection.sock.shutdown(socket.SHUT_RDWR)
        self.response.close()
        self.connection.close()


def message_of(events):
    """Puts a message together the way the SDKs do, checking the grammar."""
    message = None
    open_index = None
    stopped = False
    for event in events:
        data = event.data
        if event.name == "ping":
            continue
        assert not stopped, f"{event} after the end"
        if event.name == "message_start":
            assert message is None, "two message_start"
            message = data["message"]
            assert message["content"] == [], message
            assert message["stop_reason"] is None, message
            message["partial"] = []
        elif event.name == "content_block_start":
            assert open_index is None, "a block inside a block"
            assert data["index"] == len(message["content"]), data
            open_index = data["index"]
            message["content"].append(data["content_block"])
            message["partial"].append("")
        elif event.name == "content_block_delta":
            assert data["index"] == open_index, data
            _delta(message, open_index, data["delta"])
        elif event.name == "content_block_stop":
            assert data["index"] == open_index, data
            if message["content"][open_index]["type"] in (
                    "tool_use", "server_tool_use"):
                message["content"][open_index]["input"] = json.loads(
                    message["partial"][open_index] or "{}")
            open_index = None
        elif event.name == "message_delta":
            assert open_index is None, "message_delta inside a block"
            message.update(data["delta"])
            message["usage"].update(data["usage"])
        elif event.name == "message_stop":
            assert message["stop_reason"], "an end without stop_reason"
            stopped = True
        elif event.name == "error":
            message = message or {}
            message["error"] = data["error"]
            stopped = True
        else:
            raise AssertionError(f"unknown event {event.name}")
    assert stopped, "the stream did not end"
    return message


def _delta(message, index, delta):
    block = message["content"][index]
    if delta["type"] == "text_delta":
        block["text"] += delta["text"]
    elif delta["type"] == "citations_delta":
        block.setdefault("citations", []).append(delta["citation"])
    elif delta["type"] == "thinking_delta":
        block["thinking"] += delta["thinking"]
    elif delta["type"] == "signature_delta":
        block["signature"] += delta["signature"]
    elif delta["type"] == "input_json_delta":
        message["partial"][index] += delta["partial_json"]
    else:
        raise AssertionError(f"unknown delta {delta['type']}")
