"""Where llmrelay is installed: a prefix, web servers and a model of our own."""

import os
import pwd
import re
import shutil
import signal
import socket
import stat
import subprocess
import tempfile

import client
from lab import MODULES, free_port, wait_for
from tap import equal, holds

IS_ROOT = os.getuid() == 0
WEB_USER = "www-data"
BASE_MODULES = """mpm_event authz_core authz_host env reqtimeout
                  rewrite""".split()
MODEL = "claude-3-opus-20240229"


class Installation:
    """What `make install` made, a demo backend, and a web server at a time."""

    def __init__(self, build):
        self.build = os.path.abspath(build)
        self.server = "install"
        makefile = open(f"{self.build}/Makefile", encoding="utf-8").read()
        self.prefix = re.search(r"^prefix = (.*)$", makefile, re.M)[1]
        assert len(self.prefix) > 10, self.prefix
        self.dir = tempfile.mkdtemp(prefix="llmrelay-install.", dir="/tmp")
        os.chmod(self.dir, 0o755)
        for name in ("log", "run", "etc", "empty", "tmp", "bin"):
            os.mkdir(f"{self.dir}/{name}")
        # As Debian's, which looks into /etc.
        with open(f"{self.dir}/bin/apachectl", "w", encoding="utf-8") as f:
            f.write('#!/bin/sh\n'
                    'exec apache2 -t -f "$APACHE_CONFDIR/apache2.conf"\n')
        os.chmod(f.name, 0o755)
        p = self.prefix
        self.conf = f"{p}/etc/llmrelay/llmrelay.conf"
        self.cgibin = f"{p}/libexec/llmrelay/cgi-bin"
        self.socket = f"{p}/var/run/llmrelay/llmrelay.sock"
        self.state = f"{p}/var/lib/llmrelay"
        self.processes = []
        self.as_user = None
        self.port = None
        if IS_ROOT:
            web = pwd.getpwnam(WEB_USER)
            for name in ("log", "run", "tmp"):
                os.chown(f"{self.dir}/{name}", web.pw_uid, web.pw_gid)

    # ------------------------------------------------------------ processes

    def _become(self):
        if self.as_user:
            os.setgroups([])
            os.setgid(self.as_user.pw_gid)
            os.setuid(self.as_user.pw_uid)

    def run(self, *command, **more):
        """Output and exit status; the caller looks at both."""
        env = {"PATH": f"{self.dir}/bin:{os.environ['PATH']}",
               **more.pop("env", {})}
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, env=env, cwd="/",
            preexec_fn=self._become, check=False, timeout=120, **more)
        return done.stdout, done.returncode

    def good(self, *command, **more):
        out, status = self.run(*command, **more)
        assert status == 0, f"{command}: status {status}\n{out}"
        return out

    def spawn(self, name, *command):
        with open(f"{self.dir}/log/{name}.out", "ab") as out:
            os.chmod(out.name, 0o666)
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                cwd="/", start_new_session=True, preexec_fn=self._become)
        self.processes.append((name, process))
        return process

    def responders(self):
        pids = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                exe = os.readlink(f"/proc/{pid}/exe")
            except OSError:
                continue
            if exe.startswith((f"{self.prefix}/", f"{self.dir}/")) and \
                    "llmrelay.fcgi" in exe:
                pids.append(int(pid))
        return pids

    def stop_web(self):
        for name, process in self.processes:
            if name == "web" and process.poll() is None:
                process.terminate()
                process.wait(20)

    def stop_responder(self):
        for pid in self.responders():
            os.kill(pid, signal.SIGTERM)
        wait_for(lambda: not self.responders(), "the end of the responder")

    def stop(self):
        self.stop_web()
        self.stop_responder()
        for _, process in self.processes:
            if process.poll() is None:
                process.terminate()
                process.wait(10)

    # ------------------------------------------------------------ steps

    def install(self):
        """`make install` into an empty prefix, by nobody in particular."""
        self.stop_web()
        self.stop_responder()
        shutil.rmtree(self.prefix, ignore_errors=True)
        shutil.rmtree(f"{self.dir}/etc")
        self.as_user = None
        out = subprocess.run(
            ["make", "-C", self.build, "install"], check=False, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert out.returncode == 0, out.stdout[-3000:]
        self._etc()

    def _etc(self):
        """A configuration of Debian's layout, on a free port."""
        etc = f"{self.dir}/etc"
        for name in ("apache2/conf-available", "apache2/mods-available",
                     "apache2/mods-enabled", "apache2/conf-enabled",
                     "lighttpd/conf-available", "lighttpd/conf-enabled",
                     "nginx"):
            os.makedirs(f"{etc}/{name}")
        for name in os.listdir(MODULES):
            module = name.removeprefix("mod_").removesuffix(".so")
            with open(f"{etc}/apache2/mods-available/{module}.load", "w",
                      encoding="utf-8") as f:
                f.write(f"LoadModule {module}_module {MODULES}/{name}\n")
        for module in BASE_MODULES:
            os.symlink(f"../mods-available/{module}.load",
                       f"{etc}/apache2/mods-enabled/{module}.load")
        self.port = free_port()
        user = f"User {WEB_USER}\nGroup {WEB_USER}\n" if IS_ROOT else ""
        with open(f"{etc}/apache2/apache2.conf", "w", encoding="utf-8") as f:
            f.write(f"""ServerRoot {etc}/apache2
DefaultRuntimeDir {self.dir}/run
PidFile {self.dir}/run/apache.pid
ErrorLog {self.dir}/log/apache.log
ServerName localhost
Listen 127.0.0.1:{self.port}
{user}Include mods-enabled/*.load
<IfModule mod_cgid.c>
    ScriptSock {self.dir}/run/cgid.sock
</IfModule>
<IfModule mod_mime.c>
    TypesConfig /dev/null
</IfModule>
DocumentRoot {self.dir}/empty
<Directory />
    AllowOverride None
    Require all denied
</Directory>
IncludeOptional conf-enabled/*.conf
""")
        user = (f'server.username = "{WEB_USER}"\n'
                f'server.groupname = "{WEB_USER}"\n') if IS_ROOT else ""
        with open(f"{etc}/lighttpd/lighttpd.conf", "w",
                  encoding="utf-8") as f:
            f.write(f"""server.bind = "127.0.0.1"
server.port = {self.port}
server.document-root = "{self.dir}/empty"
server.errorlog = "{self.dir}/log/lighttpd.log"
server.upload-dirs = ( "{self.dir}/tmp" )
{user}include "{etc}/lighttpd/conf-enabled/*.conf"
""")
        self._nginx(f"{etc}/nginx")

    def _nginx(self, etc):
        """With the line that the setup asks for."""
        if os.path.exists("/etc/nginx/fastcgi_params"):
            shutil.copy("/etc/nginx/fastcgi_params", etc)
        user = f"user {WEB_USER};\n" if IS_ROOT else ""
        temporary = "".join(
            f"    {name}_temp_path {self.dir}/tmp/{name};\n"
            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        with open(f"{etc}/nginx.conf", "w", encoding="utf-8") as f:
            f.write(f"""{user}pid {self.dir}/run/nginx.pid;
error_log {self.dir}/log/nginx.log;
daemon off;
events {{ }}
http {{
{temporary}    access_log off;
    server {{
        listen 127.0.0.1:{self.port};
        root {self.dir}/empty;
        include {etc}/snippets/llmrelay.conf;
    }}
}}
""")

    def setup(self, server, *more):
        return self.good(
            f"{self.prefix}/sbin/llmrelay-setup", "--server", server,
            "--etc", f"{self.dir}/etc", *self.user_option(), *more)

    def user_option(self):
        return ("--user", WEB_USER) if IS_ROOT and not self.as_user else ()

    def start_web(self, kind):
        etc = f"{self.dir}/etc"
        command = {
            "apache": ["apache2", "-D", "FOREGROUND", "-f",
                       f"{etc}/apache2/apache2.conf"],
            "lighttpd": ["lighttpd", "-D", "-f",
                         f"{etc}/lighttpd/lighttpd.conf"],
            "nginx": ["nginx", "-c", f"{etc}/nginx/nginx.conf",
                      "-e", f"{self.dir}/log/nginx.log"],
        }[kind]
        web = self.spawn("web", *command)

        def listens():
            assert web.poll() is None, "the web server ended: " + self.logs()
            with socket.socket() as s:
                return s.connect_ex(("127.0.0.1", self.port)) == 0

        wait_for(listens, "the web server")

    def logs(self):
        text = ""
        for folder in (f"{self.dir}/log", f"{self.prefix}/var/log/llmrelay"):
            for name in sorted(os.listdir(folder)) if os.path.isdir(
                    folder) else ():
                with open(f"{folder}/{name}", errors="replace",
                          encoding="utf-8") as f:
                    text += f"\n--- {name}\n{f.read()[-1500:]}"
        return text

    def ask_everything(self, password):
        """Log in, add the demo as an account, make a key, stream."""
        reply = client.request(self, "POST", "/admin/login",
                               {"username": "root", "password": password})
        assert reply.status == 200, (reply.status, reply.body, self.logs())
        bearer = {"authorization": f"Bearer {reply.json()['token']}"}
        reply = client.request(self, "POST", "/admin/azure-openai-accounts", {
            "name": "demo", "azureEndpoint": self.demo.url,
            "deploymentName": "demo-model", "apiKey": "any",
            "supportedModels": [MODEL], "priority": 50, "isActive": True,
            "schedulable": True}, bearer)
        equal(reply.status, 200, "the account")
        reply = client.request(self, "POST", "/admin/api-keys",
                               {"name": "laptop"}, bearer)
        equal(reply.status, 200, "the key")
        self.key = reply.json()["data"]["apiKey"]
        self.stream("Hello").whole("Hello")

    def stream(self, text):
        """Its first event has come."""
        stream = client.Stream(
            self, "/v1/messages",
            {"model": MODEL, "max_tokens": 1000, "stream": True, "messages": [
                {"role": "user", "content": f"[demo: chunk_ms=50] {text}"}]},
            {"authorization": f"Bearer {self.key}"})
        equal(stream.status, 200, f"the stream's status: {self.logs()}")
        equal(stream.next().name, "message_start", "its first event")
        stream.whole = lambda words: self._whole(stream, words)
        return stream

    @staticmethod
    def _whole(stream, words):
        events = stream.rest()
        equal(events[-1].name, "message_stop", "its last event")
        text = "".join(e.data["delta"].get("text", "") for e in events
                       if e.name == "content_block_delta")
        holds(words in text, f"the text: {text}")


def password_of(output):
    found = re.search(r"^password: (\S+)$", output, re.M)
    assert found, output
    return found[1]


def mode(path):
    return oct(stat.S_IMODE(os.stat(path).st_mode))
