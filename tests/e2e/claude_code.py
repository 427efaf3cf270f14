"""Claude Code from npm in print mode, with a home and a folder of its own.

Its traffic goes to the address it is given and nowhere else; telemetry and
updates are off.
"""

import glob
import json
import os
import signal
import subprocess

import recorder

PACKAGES = "node_modules/@anthropic-ai/claude-code-linux-*/claude"
# What its debug log says of any relay: it knows no window of a model whose name
# is not Anthropic's, and no automatic mode of an old one.
EXPECTED = ("isn't described by this version's model catalog",
            "doesn't recognize the model", "auto mode disabled",
            "[3P telemetry]")
TOOLS = "Bash,Read,Edit,Write,Glob,Grep,Task,Agent,TodoWrite,ToolSearch"


def find(folder):
    """The program in an npm folder: the one that runs on this machine."""
    for path in sorted(glob.glob(f"{folder}/{PACKAGES}")) if folder else []:
        try:
            subprocess.run([path, "--version"], check=True, timeout=60,
                           stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL,
                           env={"HOME": "/nonexistent", "PATH": "/bin"})
            return path
        except (OSError, subprocess.SubprocessError):
            continue
    return None


class Run:
    """What one call of it did."""

    def __init__(self, status, output, errors):
        self.status = status
        self.text = output.decode(errors="replace")
        self.errors = errors.decode(errors="replace")
        self.events = [json.loads(line) for line in self.text.splitlines()
                       if line.startswith("{")]

    @property
    def result(self):
        found = self.of_type("result")
        return found[-1] if found else {}

    def of_type(self, kind, subtype=None):
        return [e for e in self.events if e["type"] == kind and
                subtype in (None, e.get("subtype"))]

    def blocks(self, role, kind):
        """Content blocks of this kind, of the main thread and of agents."""
        return [block for e in self.of_type(role)
                for block in e["message"]["content"]
                if isinstance(block, dict) and block["type"] == kind]


class Claude:
    """A home, a working folder and a recorded way to the relay."""

    def __init__(self, lab, program, name, model, key):
        self.lab, self.program, self.model, self.key = lab, program, model, key
        self.dir = f"{lab.dir}/claude {name}"
        self.home, self.work = f"{self.dir}/home", f"{self.dir}/work"
        os.makedirs(self.home)
        os.makedirs(self.work)
        with open(f"{self.home}/.claude.json", "w", encoding="utf-8") as f:
            f.write("{}")
        self.recorder = recorder.Recorder(lab.port)
        self.runs = 0

    def path(self, name):
        return f"{self.work}/{name}"

    def write(self, name, data):
        with open(self.path(name), "wb") as f:
            f.write(data if isinstance(data, bytes) else data.encode())

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as f:
            return f.read()

    def environment(self, more):
        """more changes it: a variable of None is left out."""
        whole = {
            "PATH": os.environ["PATH"], "HOME": self.home, "LANG": "C.UTF-8",
            "TMPDIR": self.dir, "ANTHROPIC_BASE_URL": self.recorder.url,
            "ANTHROPIC_AUTH_TOKEN": self.key, "ANTHROPIC_MODEL": self.model,
            "ANTHROPIC_DEFAULT_HAIKU_MODEL": self.model,
            "DISABLE_AUTOUPDATER": "1", "DISABLE_TELEMETRY": "1",
            "DISABLE_ERROR_REPORTING": "1",
            # What is not for this machine ends at a closed port.
            "HTTPS_PROXY": "http://127.0.0.1:9",
            "HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", **more}
        return {k: v for k, v in whole.items() if v is not None}

    def start(self, prompt, *arguments, **environment):
        self.runs += 1
        command = [self.program, "-p", prompt, "--output-format",
                   "stream-json", "--verbose", "--permission-mode",
                   "acceptEdits", "--allowedTools", TOOLS, "--debug-file",
                   f"{self.dir}/debug{self.runs}.log", *arguments]
        return self.lab.start_as_user(
            command, self.dir, cwd=self.work,
            env=self.environment(environment))

    def run(self, prompt, *arguments, timeout=120, **environment):
        process = self.start(prompt, *arguments, **environment)
        try:
            output, errors = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, errors = process.communicate()
            raise AssertionError(
                f"still running after {timeout} s: {output[-2000:]!r} "
                f"{self.complaints()[-5:]}") from None
        return Run(process.returncode, output, errors)

    def complaints(self):
        """What it wrote into its debug log as an error or a warning."""
        found = []
        for path in sorted(glob.glob(f"{self.dir}/debug*.log")):
            with open(path, encoding="utf-8", errors="replace") as f:
                found += [line.strip() for line in f
                          if "[ERROR]" in line or "[WARN]" in line]
        return [line for line in found
                if not any(words in line for words in EXPECTED)]

    def turns(self):
        """Recorded requests for messages."""
        return [x for x in self.recorder.exchanges() if x.is_turn()]
