"""Takes what is posted to it, and answers as it was told."""

import hashlib
import hmac
import http.server
import json
import queue
import threading


class Notice:
    def __init__(self, path, headers, raw):
        self.path, self.headers, self.raw = path, headers, raw
        self.body = json.loads(raw)

    def is_signed(self, secret):
        stamp = self.headers["x-llmrelay-timestamp"]
        wanted = hmac.new(secret.encode(), stamp.encode() + b"." + self.raw,
                          hashlib.sha256).hexdigest()
        return self.headers.get("x-llmrelay-signature") == f"sha256={wanted}"


class Receiver:
    """answers: a status for each notice in turn, then 200."""

    def __init__(self, *answers):
        receiver = self
        self.answers, self.notices = list(answers), queue.Queue()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):  # pylint: disable=C0103
                raw = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value
                           for name, value in self.headers.items()}
                receiver.notices.put(Notice(self.path, headers, raw))
                status = receiver.answers.pop(0) if receiver.answers else 200
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("location", receiver.url + "/elsewhere")
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                                      Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def next(self, seconds=20):
        return self.notices.get(timeout=seconds)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
