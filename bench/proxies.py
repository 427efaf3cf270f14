"""The backend, and web servers that only pass on to it."""

import os
import shutil
import subprocess
import tempfile

import client
from lab import MODULES, Demo, free_port, wait_for

LIGHTTPD = """
server.bind = "127.0.0.1"
server.port = {port}
server.document-root = "{dir}/empty"
server.errorlog = "{dir}/log/lighttpd.log"
server.upload-dirs = ( "{dir}/run" )
server.max-fds = 20000
server.modules = ( "mod_proxy" )
server.stream-response-body = 2
server.max-request-size = 65536
proxy.server = ( "" => (( "host" => "127.0.0.1", "port" => {backend} )) )
"""

APACHE = """
ServerRoot "{dir}"
DefaultRuntimeDir "{dir}/run"
ServerName localhost
Listen 127.0.0.1:{port}
PidFile "{dir}/run/apache.pid"
ErrorLog "{dir}/log/apache.log"
LogLevel warn
LoadModule mpm_event_module "{modules}/mod_mpm_event.so"
LoadModule authz_core_module "{modules}/mod_authz_core.so"
LoadModule proxy_module "{modules}/mod_proxy.so"
LoadModule proxy_http_module "{modules}/mod_proxy_http.so"
ThreadLimit 64
ThreadsPerChild 64
ServerLimit 16
MaxRequestWorkers 1024
StartServers 2
ThreadStackSize 262144
<Location "/">
    Require all granted
    ProxyPass "http://127.0.0.1:{backend}/" flushpackets=on
</Location>
"""


class Backend:
    """llmrelay-demo in a folder of its own; what Demo needs of a lab."""

    def __init__(self, build):
        self.build = build
        self.dir = tempfile.mkdtemp(prefix="llmrelay bench.", dir="/tmp")
        os.chmod(self.dir, 0o755)
        for name in ("run", "log", "empty"):
            os.mkdir(f"{self.dir}/{name}")
        self.demo = Demo(self, "demo")
        self.port = int(self.demo.url.rsplit(":", 1)[1])

    def spawn(self, name, *command):
        with open(f"{self.dir}/log/{name}.out", "ab") as out:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                    stdout=out, stderr=out, cwd="/",
                                    start_new_session=True)

    def be_quiet(self):
        """From here on without a journal, on the same port."""
        self.demo.process.terminate()
        self.demo.process.wait()
        self.demo.process = self.spawn(
            "demo", f"{self.build}/llmrelay-demo", "--listen",
            f"127.0.0.1:{self.port}", "--any-model")
        wait_for(lambda: is_up(self.port), "the backend")

    def stop(self):
        self.demo.process.terminate()
        self.demo.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)


class _Place:
    def __init__(self, port):
        self.port = port


def is_up(port):
    try:
        return client.request(_Place(port), "GET", "/v1/models").status == 200
    except OSError:
        return False


def start(backend, name, text, command):
    port = free_port()
    path = f"{backend.dir}/{name}.conf"
    with open(path, "w", encoding="utf-8") as f:
        f.write(text.format(dir=backend.dir, port=port, modules=MODULES,
                            backend=backend.port))
    process = backend.spawn(name, *command, path)
    wait_for(lambda: is_up(port), name)
    return f"http://127.0.0.1:{port}", process


def lighttpd(backend):
    return start(backend, "lighttpd", LIGHTTPD, ["lighttpd", "-D", "-f"])


def apache(backend):
    return start(backend, "apache", APACHE,
                 ["apache2", "-D", "FOREGROUND", "-f"])
