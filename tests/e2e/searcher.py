"""A search server as SearXNG is one: JSON for GET /search?q=...&format=json."""

import http.server
import json
import threading
import urllib.parse

FOUND = [
    {"url": "https://example.org/köln", "title": "Weather of Köln",
     "content": "18 °C and \"sun\" until the evening.",
     "publishedDate": "2026-11-23T08:00:00", "engine": "test",
     "score": 2.0},
    {"url": "https://docs.example.com/a?b=c", "title": "Climate",
     "content": "Mild.", "publishedDate": None},
]


class Searcher:
    def __init__(self):
        self.queries, self.status = [], 200
        searcher = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_GET(self):  # pylint: disable=invalid-name
                url = urllib.parse.urlsplit(self.path)
                asked = dict(urllib.parse.parse_qsl(url.query))
                assert asked.pop("format") == "json", self.path
                searcher.queries.append(asked["q"])
                data = json.dumps({
                    "query": asked["q"], "number_of_results": 2,
                    "results": FOUND, "answers": [], "infoboxes": [],
                    "suggestions": [], "unresponsive_engines": []}).encode()
                self.send_response(searcher.status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                                      Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/search"
        threading.Thread(target=self.server.serve_forever,
                         kwargs={"poll_interval": 0.1}, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
