"""One relay with its web server and backends, on free ports, from a build.

Everything lies in one temporary folder and runs as an unprivileged user; every
process is ended by its own id.
"""

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import searcher

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
PASSWORD = "correct horse battery"
MODULES = "/usr/lib/apache2/modules"


def wait_for(condition, what, seconds=20):
    """Polls until condition() is true and returns its value."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s for {what}")
        time.sleep(0.02)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Demo:
    """A model server: llmrelay-demo with its journal."""

    def __init__(self, lab, name, *arguments):
        self.log = f"{lab.dir}/log/{name}.jsonl"
        port_file = f"{lab.dir}/run/{name}.port"
        self.process = lab.spawn(
            name, f"{lab.build}/llmrelay-demo", "--listen", "127.0.0.1:0",
            "--port-file", port_file, "--any-model", "--log", self.log,
            "--log-bodies", *arguments)
        wait_for(lambda: os.path.exists(port_file) and
                 open(port_file).read().strip(), f"the port of {name}")
        self.url = f"http://127.0.0.1:{open(port_file).read().strip()}"

    def journal(self):
        if not os.path.exists(self.log):
            return []
        with open(self.log, "rb") as f:
            lines = f.read().split(b"\n")
        return [json.loads(line) for line in lines[:-1]]

    def mark(self):
        """A place in the journal; see since()."""
        return os.path.getsize(self.log) if os.path.exists(self.log) else 0

    def since(self, mark):
        with open(self.log, "rb") as f:
            f.seek(mark)
            lines = f.read().split(b"\n")
        return [json.loads(line) for line in lines[:-1]]

    def requests(self, mark):
        """Paths of the requests since the mark."""
        return [row["path"] for row in self.since(mark)
                if row["event"] == "request"]

    def last_body(self, mark):
        """Body of the last chat request since the mark."""
        bodies = [row["body"] for row in self.since(mark)
                  if row["event"] == "request"
                  and row["path"].endswith("/chat/completions")]
        return bodies[-1]


class Lab:
    def __init__(self, build, server):
        self.build = os.path.abspath(build)
        self.server = server
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.processes = []
        self.dir = tempfile.mkdtemp(prefix="llmrelay e2e.", dir="/tmp")
        self.runner = None
        if os.getuid() == 0:
            self.runner = pwd.getpwnam("www-data")
        self.responder = self.web = None
        self.searcher = searcher.Searcher()
        self._lay_out()

    # ------------------------------------------------------------ set-up

    def _lay_out(self):
        d = self.dir
        for name in ("run/empty", "run/tmp", "log", "db", "cgi-bin", "htdocs"):
            os.makedirs(f"{d}/{name}")
        for name in ("llmrelay.fcgi", "llmrelay.cgi"):
            shutil.copy(f"{self.build}/cgi-bin/{name}", f"{d}/cgi-bin/")
        with open(f"{d}/htdocs/index.html", "w", encoding="utf-8") as f:
            f.write("<!doctype html><title>pages</title>\n")
        subprocess.run(
            ["sh", f"{TREE}/etc/private/fill", f"{TREE}/etc", f"{d}/etc",
             f"pkgsysconfdir={d}/etc", f"pkgstatedir={d}/db",
             f"pkgrundir={d}/run", f"pkglogdir={d}/log",
             f"cgibindir={d}/cgi-bin", f"htdocsdir={d}/htdocs",
             "bind=127.0.0.1", f"port={self.port}", "max_fds=4096",
             f"apache_modules={MODULES}"], check=True)
        self.conf = f"{d}/etc/llmrelay.conf"
        with open(self.conf, "w", encoding="utf-8") as f:
            f.write(f"state_dir = {d}/db\nsocket = {d}/run/llmrelay.sock\n"
                    f"log_file = {d}/log/llmrelay.log\nlog_level = debug\n"
                    "grace_seconds = 20\nping_ms = 1000\n"
                    "early_head_ms = 1500\nthreads = yes\n"
                    f"search_url = {self.searcher.url}\n")
        shutil.copy(f"{d}/etc/llmrelay-cgi.conf", f"{d}/cgi-bin/")
        os.chmod(d, 0o755)
        os.chmod(f"{d}/db", 0o700)
        if self.runner:
            for name in ("run", "log", "db"):
                subprocess.run(["chown", "-R", "www-data:", f"{d}/{name}"],
                               check=True)

    def _become(self):
        if self.runner:
            os.setgroups([])
            os.setgid(self.runner.pw_gid)
            os.setuid(self.runner.pw_uid)

    def spawn(self, name, *command):
        with open(f"{self.dir}/log/{name}.out", "ab") as out:
            if self.runner:
                os.chmod(out.name, 0o666)
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                cwd="/", start_new_session=True, preexec_fn=self._become)
        self.processes.append((name, process))
        return process

    def start_as_user(self, command, folder, **more):
        """Starts a client as the user, whose the folder becomes."""
        if self.runner:
            subprocess.run(["chown", "-R", "www-data:", folder], check=True)
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, start_new_session=True,
            preexec_fn=self._become, **more)

    def ctl(self, *arguments):
        """What llmrelayctl prints, run by the responder's user."""
        return subprocess.run(
            [f"{self.build}/llmrelayctl", "--config", self.conf, *arguments],
            check=True, preexec_fn=self._become, cwd="/",
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True).stdout

    def start(self, admin=True):
        if admin:
            self.make_admin()
        # From cgi-bin the bridge starts the responder by itself.
        if self.server != "apache-cgi":
            self.start_responder()
        self.start_web()
        self.wait_healthy()
        self.responder_pids()

    def make_admin(self):
        with open(f"{self.dir}/run/password", "w", encoding="utf-8") as f:
            f.write(PASSWORD + "\n")
        os.chmod(f.name, 0o600)
        if self.runner:
            os.chown(f.name, self.runner.pw_uid, self.runner.pw_gid)
        self.ctl("admin", "create", "admin", "--password-file", f.name)

    def start_responder(self):
        self.responder = self.spawn(
            "responder", f"{self.dir}/cgi-bin/llmrelay.fcgi", "--config",
            self.conf)
        sock = f"{self.dir}/run/llmrelay.sock"
        wait_for(lambda: self.responder.poll() is not None or
                 os.path.exists(sock), "the responder's socket")

    def start_web(self):
        conf = f"{self.dir}/etc/private"
        command = {
            "lighttpd": ["lighttpd", "-D", "-f", f"{conf}/lighttpd.conf"],
            "apache": ["apache2", "-D", "FOREGROUND", "-f",
                       f"{conf}/apache.conf"],
            "apache-cgi": ["apache2", "-D", "FOREGROUND", "-D", "CGI", "-f",
                           f"{conf}/apache.conf"],
        }[self.server]
        self.web = self.spawn("web", *command)

    def wait_healthy(self):
        import client

        def healthy():
            if self.web.poll() is not None:
                raise AssertionError("the web server ended: " + self.logs())
            if self.responder and self.responder.poll() is not None:
                raise AssertionError("the responder ended: " + self.logs())
            try:
                return client.request(self, "GET", "/health",
                                      timeout=10).status == 200
            except OSError:
                return False

        wait_for(healthy, "health", 30)

    def logs(self, lines=15):
        text = ""
        for name in sorted(os.listdir(f"{self.dir}/log")):
            if name.endswith(".jsonl"):
                continue
            with open(f"{self.dir}/log/{name}", errors="replace") as f:
                tail = f.read().splitlines()[-lines:]
            text += f"\n--- {name}\n" + "\n".join(tail)
        return text

    # ------------------------------------------------------------ processes

    def responder_pids(self):
        """Responders of this lab, whoever started them."""
        wanted = f"{self.dir}/cgi-bin/llmrelay.fcgi"
        pids = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                if os.readlink(f"/proc/{pid}/exe") == wanted:
                    pids.append(int(pid))
            except OSError:
                pass
        return pids

    def kill_responder(self, number):
        """Signals the responder; returns once it has gone."""
        pids = self.responder_pids()
        for pid in pids:
            os.kill(pid, number)
        self.await_end(pids)
        return pids

    def await_end(self, pids, seconds=30):
        """Waits for these; the bridge may have started another one."""

        def gone():
            if self.responder:
                self.responder.poll()
            return not set(pids) & set(self.responder_pids())

        wait_for(gone, "the end of the responder", seconds)

    def reconfigure(self, name, value):
        """Another value for a setting, and the responder anew."""
        with open(self.conf, encoding="utf-8") as f:
            lines = f.read().splitlines()
        lines = [line for line in lines
                 if line.split("=")[0].strip() != name]
        with open(self.conf, "w", encoding="utf-8") as f:
            f.write("\n".join(lines + [f"{name} = {value}", ""]))
        self.kill_responder(signal.SIGTERM)
        self.restart_responder()

    def restart_responder(self):
        if self.server != "apache-cgi":
            self.start_responder()
        self.wait_healthy()

    def stop(self):
        """Ends all processes and returns what went wrong."""
        trouble = []
        try:
            self.kill_responder(signal.SIGTERM)
        except AssertionError as why:
            trouble.append(str(why))
        self.searcher.stop()
        for name, process in reversed(self.processes):
            if process.poll() is None:
                process.terminate()
        for name, process in reversed(self.processes):
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                trouble.append(f"{name} did not end")
                process.kill()
                process.wait()
        # The bridge may have started one while the web server ended.
        for pid in self.responder_pids():
            os.kill(pid, signal.SIGKILL)
        trouble += [f"left over: {line}" for line in self.left_over()]
        return trouble

    def left_over(self):
        """Processes that still name our folder."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as f:
                    line = f.read().replace(b"\0", b" ").decode(
                        errors="replace")
            except OSError:
                continue
            if self.dir in line:
                found.append(f"{pid} {line}")
        return found

    def remove(self):
        shutil.rmtree(self.dir, ignore_errors=True)
