"""Stands between a client and the web server and keeps a copy of both sides.

Bytes pass as they come, in both directions, so that the client sees the relay
and nothing else; what passed is parsed afterwards.
"""

import json
import socket
import threading

import client


class Exchange:
    def __init__(self, method, path, headers, body):
        self.method, self.path = method, path
        self.headers, self.raw = headers, body
        self.status, self.answer_headers, self.answer = 0, {}, b""

    @property
    def body(self):
        return json.loads(self.raw)

    @property
    def request_id(self):
        return self.answer_headers.get("request-id")

    def is_turn(self):
        return self.path.split("?")[0].endswith("/v1/messages")

    def events(self):
        """The answer's events, each checked as client.Stream does."""
        frames = self.answer.split(b"\n\n")
        return [client.Stream._event(frame, 0)  # pylint: disable=W0212
                for frame in frames if frame]


class _Pair:
    """One connection: bytes of both sides."""

    def __init__(self):
        self.up, self.down = bytearray(), bytearray()


class Recorder:
    def __init__(self, port):
        self.target = port
        self.pairs = []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.target))
            for s in (near, far):
                s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            pair = _Pair()
            self.pairs.append(pair)
            for a, b, kept in ((near, far, pair.up), (far, near, pair.down)):
                threading.Thread(target=self._pass, args=(a, b, kept),
                                 daemon=True).start()

    @staticmethod
    def _pass(source, sink, kept):
        try:
            while data := source.recv(65536):
                kept += data
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            # One side left: so must the other.
            for s in (source, sink):
                try:
                    s.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def exchanges(self):
        """All that passed, connection by connection."""
        found = []
        for pair in self.pairs:
            requests = list(_requests(bytes(pair.up)))
            answers = list(_answers(bytes(pair.down)))
            for i, request in enumerate(requests):
                if i < len(answers):
                    (request.status, request.answer_headers,
                     request.answer) = answers[i]
                found.append(request)
        return found


def _head(data, at):
    """First line and header fields of what begins at `at`, and its end."""
    end = data.find(b"\r\n\r\n", at)
    if end < 0:
        return None
    lines = data[at:end].decode("latin-1").split("\r\n")
    headers = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    return lines[0], headers, end + 4


def _requests(data):
    at = 0
    while head := _head(data, at):
        line, headers, at = head
        n = int(headers.get("content-length", 0))
        method, path, _ = line.split(" ")
        yield Exchange(method, path, headers, data[at:at + n])
        at += n


def _answers(data):
    at = 0
    while head := _head(data, at):
        line, headers, at = head
        status = int(line.split(" ")[1])
        if headers.get("transfer-encoding") == "chunked":
            body, at = _chunks(data, at)
        elif "content-length" in headers:
            n = int(headers["content-length"])
            body, at = data[at:at + n], at + n
        else:
            body, at = data[at:], len(data)
        yield status, headers, body


def _chunks(data, at):
    body = b""
    while True:
        end = data.find(b"\r\n", at)
        if end < 0:
            return body, len(data)
        n = int(data[at:end].split(b";")[0], 16)
        body += data[end + 2:end + 2 + n]
        at = end + 2 + n + 2
        if n == 0:
            return body, at
