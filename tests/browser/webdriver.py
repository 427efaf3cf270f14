"""A real Chromium by W3C WebDriver: as much of it as the tests need."""

import base64
import json
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Failed(AssertionError):
    pass


class Browser:
    """One chromedriver with one window; end it by stop()."""

    def __init__(self, language="en", width=1280, height=900):
        self.profile = tempfile.mkdtemp(prefix="llmrelay browser.")
        self.driver = subprocess.Popen(
            ["chromedriver", "--port=0"], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for line in self.driver.stdout:
            if "started successfully on port" in line:
                port = line.rsplit("port", 1)[1].strip(" .\n")
                break
        else:
            raise Failed("chromedriver does not start")
        self.base = f"http://127.0.0.1:{port}"
        options = {
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu",
                     "--disable-dev-shm-usage", "--no-first-run",
                     f"--user-data-dir={self.profile}",
                     f"--window-size={width},{height}",
                     f"--lang={language}"],
            "prefs": {"intl.accept_languages": language},
        }
        answer = self.call("POST", "/session", {"capabilities": {
            "alwaysMatch": {"goog:chromeOptions": options,
                            "goog:loggingPrefs": {"browser": "ALL"}}}})
        self.session = f"/session/{answer['sessionId']}"

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.base + path, data, {"Content-Type": "application/json"},
            method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                return json.load(reply)["value"]
        except urllib.error.HTTPError as e:
            raise Failed(json.load(e)["value"]["message"]) from None

    def post(self, path, **body):
        return self.call("POST", self.session + path, body)

    def open(self, url):
        self.post("/url", url=url)

    def run(self, script, *arguments):
        """The value of a script; arguments[n] in it."""
        return self.post("/execute/sync", script=script,
                         args=list(arguments))

    def run_async(self, script, *arguments):
        """The script calls its last argument with the value."""
        return self.post("/execute/async", script=script,
                         args=list(arguments))

    def find(self, css, seconds=10):
        """The element, once it is there and shown."""
        end = time.monotonic() + seconds
        while True:
            found = self.run(
                "return [...document.querySelectorAll(arguments[0])]"
                ".find(e => e.checkVisibility() || e.tagName === 'OPTION')",
                css)
            if found:
                return found[ELEMENT]
            if time.monotonic() > end:
                raise Failed(f"no {css} in: {self.text()[:800]}")
            time.sleep(0.03)

    def _act(self, css, *steps):
        """Of an element that was drawn anew meanwhile, on the new one."""
        for last in (False, False, True):
            element = self.find(css)
            try:
                for path, body in steps:
                    self.post(f"/element/{element}/{path}", **body)
                return
            except Failed as why:
                if last or "stale element" not in str(why):
                    raise

    def click(self, css):
        self._act(css, ("click", {}))

    def type(self, css, text):
        self._act(css, ("clear", {}), ("value", {"text": text}))

    def press(self, keys):
        """Keys to whatever has the focus."""
        steps = [step for key in keys for step in
                 ({"type": "keyDown", "value": key},
                  {"type": "keyUp", "value": key})]
        self.post("/actions", actions=[
            {"type": "key", "id": "keys", "actions": steps}])

    def text(self):
        return self.run("return document.body.innerText")

    def wait_text(self, text, seconds=10):
        self.wait("return document.body.innerText.includes(arguments[0])",
                  text, seconds=seconds)

    def wait(self, script, *arguments, seconds=10):
        end = time.monotonic() + seconds
        while True:
            value = self.run(script, *arguments)
            if value:
                return value
            if time.monotonic() > end:
                raise Failed(f"waited for {script} {arguments}: "
                             f"{self.text()[:800]}")
            time.sleep(0.03)

    def logs(self):
        """What the console said since the last call."""
        return self.post("/se/log", type="browser")

    def size(self, width, height):
        self.post("/goog/cdp/execute",
                  cmd="Emulation.setDeviceMetricsOverride",
                  params={"width": width, "height": height,
                          "deviceScaleFactor": 1, "mobile": False})

    def screenshot(self, path):
        png = self.call("GET", self.session + "/screenshot")
        with open(path, "wb") as f:
            f.write(base64.b64decode(png))

    def stop(self):
        try:
            self.call("DELETE", self.session)
        finally:
            self.driver.terminate()
            self.driver.wait(10)
            self.driver.stdout.close()
            shutil.rmtree(self.profile, ignore_errors=True)
