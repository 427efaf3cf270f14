"""Clients that keep asking, and know what they got complete."""

import http.client
import json
import threading

import client
from setting import body

BROKEN = (OSError, http.client.HTTPException, AssertionError, IndexError,
          json.JSONDecodeError, KeyError)


class Traffic:
    """Half of the clients stream.  done: {request id: output tokens} of the
    answers that came whole."""

    def __init__(self, lab, key, clients=8, text="hi"):
        self.lab = lab
        self.headers = {"x-api-key": key}
        self.text = text
        self.done = {}
        self.statuses = {}
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._run, args=(i % 2 == 1,))
            for i in range(clients)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _run(self, streaming):
        while not self._stop.is_set():
            try:
                (self._stream if streaming else self._plain)()
            except BROKEN:
                self._note(0)

    def _note(self, status, request_id=None, tokens=0):
        with self._lock:
            self.statuses[status] = self.statuses.get(status, 0) + 1
            if request_id:
                self.done[request_id] = tokens

    def _plain(self):
        reply = client.request(self.lab, "POST", "/v1/messages",
                               body(self.text), self.headers)
        if reply.status != 200:
            self._note(reply.status)
            return
        message = reply.json()
        assert message["stop_reason"]
        self._note(200, reply.headers["request-id"],
                   message["usage"]["output_tokens"])

    def _stream(self):
        s = client.Stream(self.lab, "/v1/messages",
                          body("[[demo: size=4]] " + self.text, stream=True),
                          self.headers)
        if s.status != 200:
            s.close()
            self._note(s.status)
            return
        events = s.rest()
        assert events[-1].name == "message_stop"
        self._note(200, s.headers["request-id"],
                   events[-2].data["usage"]["output_tokens"])


def ledger_of(admin, key_id):
    """{request id: [rows]} of everything on record for a key."""
    rows = {}
    query = ""
    while True:
        data = admin.good("GET", f"/admin/api-keys/{key_id}/usage-records"
                                 f"?pageSize=100{query}")["data"]
        for row in data["records"]:
            rows.setdefault(row["requestId"], []).append(row)
        cursor = data["pagination"]["nextCursor"]
        if not cursor:
            return rows
        query = f"&cursor={cursor}"
