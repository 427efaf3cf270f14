"""llmrelayctl check: each thing that an installation gets wrong, done wrong."""

import contextlib
import json
import os
import shutil
import socket
import socketserver
import subprocess
import threading

from lab import MODULES, free_port, wait_for
from tap import Skip, case, equal, holds

SNIPPETS = {"lighttpd": "lighttpd/50-llmrelay.conf",
            "apache": "apache2/llmrelay.conf",
            "apache-cgi": "apache2/llmrelay-cgi.conf"}


def check(lab, *words, url=None):
    """The report, and the exit code."""
    done = subprocess.run(
        [f"{lab.build}/llmrelayctl", "--config", lab.conf, "check",
         url or lab.url, "--json", *words], stdin=subprocess.DEVNULL,
        timeout=120, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        check=False)
    holds(done.stdout, f"{words}: {done.stderr.decode()}")
    report = json.loads(done.stdout)
    equal(done.returncode, 0 if report["ok"] else 1, "exit code")
    return report


def wrong(report):
    """Findings by name."""
    found = {}
    for row in report["checks"]:
        holds(row["message"], row)
        if row["state"] == "bad":
            holds(row["why"] and row["fix"], row)
            found[row["name"]] = row
    equal(report["ok"], not found, "ok")
    return found


def expect(lab, name, fix, *words, url=None, others=()):
    """One finding (and perhaps others), whose remedy names the directive."""
    found = wrong(check(lab, *words, url=url))
    equal(sorted(found), sorted([name, *others]), json.dumps(found, indent=1))
    holds(fix in found[name]["fix"], found[name])


def restart_web(lab):
    lab.web.terminate()
    lab.web.wait(40)
    lab.start_web()
    lab.wait_healthy()


@contextlib.contextmanager
def broken(lab, *changes, head="", tail=""):
    """The web server with another snippet, then with its own again."""
    path = f"{lab.dir}/etc/{SNIPPETS[lab.server]}"
    with open(path, encoding="utf-8") as f:
        right = f.read()
    text = right
    for old, new in changes:
        holds(old in text, f"{old} stands in {path}")
        text = text.replace(old, new)
    try:
        with open(path, "w", encoding="utf-8") as f:
            f.write(head + text + tail)
        restart_web(lab)
        yield
    finally:
        with open(path, "w", encoding="utf-8") as f:
            f.write(right)
        restart_web(lab)


class Front:
    """Stands in front of the web server and does what proxies do."""

    def __init__(self, lab, judge=None, header=b""):
        front = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                front.serve(self.rfile, self.wfile)

        self.port, self.judge, self.header = lab.port, judge, header
        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0),
                                                      Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def serve(self, rfile, wfile):
        line = rfile.readline()
        head, length = b"", 0
        while (field := rfile.readline()) not in (b"\r\n", b""):
            name, _, value = field.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
            head += field
        body = rfile.read(length)
        refusal = self.judge(line, body) if self.judge else None
        if refusal:
            wfile.write(refusal)
            return
        with socket.create_connection(("127.0.0.1", self.port)) as far:
            far.sendall(line + self.header + b"Connection: close\r\n" + head +
                        b"\r\n" + body)
            while data := far.recv(65536):
                wfile.write(data)
                wfile.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


@case("check finds nothing where all is right")
def _(lab):
    report = check(lab)
    equal(wrong(report), {})
    names = [row["name"] for row in report["checks"]]
    for name in ("address", "authorization", "streams", "compression", "body",
                 "firewall", "slashes", "prefixes", "admin", "stateFolder",
                 "keyFile", "socket", "fileSystem"):
        holds(name in names, f"{name} in {names}")
    holds(report["webServer"].lower().startswith(lab.server[:6]),
          report["webServer"])
    # Below a prefix it is the same relay.
    equal(wrong(check(lab, url=f"{lab.url}/api")), {})
    equal(wrong(check(lab, url=f"{lab.url}/claude/")), {})


@case("check says it to people, with the exit code")
def _(lab):
    done = subprocess.run([f"{lab.build}/llmrelayctl", "--config", lab.conf,
                           "check", lab.url], stdin=subprocess.DEVNULL,
                          timeout=60, stdout=subprocess.PIPE, check=False)
    text = done.stdout.decode()
    equal(done.returncode, 0, text)
    holds("ok       streams        events arrive one by one\n" in text, text)


STREAM = {"lighttpd": (("server.stream-response-body = 2",
                        "server.stream-response-body = 0"), ""),
          "apache": ((" flushpackets=on", ""), ""),
          "apache-cgi": (("SetEnv no-gzip 1", "SetOutputFilter BUFFER"),
                         "LoadModule buffer_module "
                         f'"{MODULES}/mod_buffer.so"\n')}


@case("check finds streams that are kept")
def _(lab):
    change, head = STREAM[lab.server]
    fix = {"lighttpd": "server.stream-response-body = 2",
           "apache": "flushpackets=on", "apache-cgi": "SetOutputFilter"}
    with broken(lab, change, head=head):
        expect(lab, "streams", fix[lab.server])


@case("check finds streams that are compressed", servers=["apache",
                                                          "apache-cgi"])
def _(lab):
    load = "".join(f'LoadModule {name}_module "{MODULES}/mod_{name}.so"\n'
                   for name in ("filter", "deflate"))
    with broken(lab, ("SetEnv no-gzip 1", "SetOutputFilter DEFLATE"),
                head=load):
        # Of a program's output mod_deflate keeps all until its end.
        expect(lab, "compression" if lab.server == "apache" else "streams",
               "SetEnv no-gzip 1")


@case("check finds streams that are kept and compressed",
      servers=["lighttpd"])
def _(lab):
    if not os.path.exists("/usr/lib/lighttpd/mod_deflate.so"):
        raise Skip("lighttpd-mod-deflate is not installed")
    with broken(lab, STREAM["lighttpd"][0],
                head='server.modules += ( "mod_deflate" )\n'
                     'deflate.mimetypes = ( "text/" )\n'
                     'deflate.allowed-encodings = ( "gzip" )\n'):
        expect(lab, "compression", "deflate.mimetypes", others=["streams"])


@case("check finds an Authorization that is kept back")
def _(lab):
    change = ("CGIPassAuth On", "CGIPassAuth Off")
    fix = "CGIPassAuth On"
    if lab.server == "lighttpd":
        change = ("    server.max-write-idle = 960",
                  '    setenv.set-request-header = ( "Authorization" => "" )')
        fix = "setenv.set-request-header"
    with broken(lab, change):
        expect(lab, "authorization", fix)


@case("check finds a limit on bodies")
def _(lab):
    if lab.server == "lighttpd":
        with broken(lab, ("server.max-request-size = 65536",
                          "server.max-request-size = 1024")):
            expect(lab, "body", "server.max-request-size = 65536")
            equal(wrong(check(lab, "--body-mb", "0")), {})
            return
    # mod_proxy_fcgi does not heed LimitRequestBody; a rule does the same.
    with broken(lab, tail="\nLimitRequestBody 1000000\nRewriteEngine On\n"
                "RewriteCond %{HTTP:Content-Length} ^[0-9]{7}\n"
                "RewriteRule ^ - [R=413]\n"):
        expect(lab, "body", "LimitRequestBody 67108864")


@case("check finds encoded slashes that are refused")
def _(lab):
    if lab.server == "lighttpd":
        with broken(lab, head="server.http-parseopts = ( "
                    '"url-normalize" => "enable", "url-path-2f-decode" => '
                    '"disable", "url-path-2f-reject" => "enable" )\n'):
            expect(lab, "slashes", "url-path-2f-reject")
        return
    with broken(lab, ("AllowEncodedSlashes NoDecode", "")):
        expect(lab, "slashes", "AllowEncodedSlashes NoDecode")


@case("check finds a prefix that leads elsewhere")
def _(lab):
    fix = {"lighttpd": "fastcgi.server", "apache": "ProxyPassMatch",
           "apache-cgi": "ScriptAliasMatch"}
    with broken(lab, ("api|claude|openai", "api|openai")):
        expect(lab, "prefixes", fix[lab.server])


@case("check finds a web server that does not wait")
def _(lab):
    change, fix = {
        "lighttpd": (('"disable-time" => 0',
                      '"disable-time" => 0, "read-timeout" => 1'),
                     "read-timeout"),
        "apache": (("timeout=960", "timeout=1"), "timeout=960"),
        "apache-cgi": (("CGIDScriptTimeout 960", "CGIDScriptTimeout 1"),
                       "CGIDScriptTimeout 960"),
    }[lab.server]
    with broken(lab, change):
        expect(lab, "silence", fix, "--silence", "6", "--body-mb", "1")
    equal(wrong(check(lab, "--silence", "1", "--body-mb", "1")), {})


@case("check finds a firewall that takes prompts for attacks")
def _(lab):
    def judge(_, body):
        if b"<script>" in body or b"UNION SELECT" in body:
            return (b"HTTP/1.1 403 Forbidden\r\nServer: wall\r\n"
                    b"Content-Length: 0\r\n\r\n")
        return None

    with Front(lab, judge) as front:
        expect(lab, "firewall", "/v1/", url=front.url)


@case("check finds administration that is open without https")
def _(lab):
    if lab.server == "lighttpd":
        changed = broken(lab, ('!~ "^(?:127', '!~ "^(?:203|127'),
                         head='server.modules += ( "mod_extforward" )\n'
                         'extforward.forwarder = ( "127.0.0.1" => "trust" )\n')
        fix = "ssl.engine"
    else:
        changed = broken(lab, ("Require local", "Require all granted"),
                         head="LoadModule remoteip_module "
                         f'"{MODULES}/mod_remoteip.so"\n'
                         "RemoteIPHeader X-Forwarded-For\n")
        fix = "Require local"
    with changed, Front(lab, header=b"X-Forwarded-For: 203.0.113.9\r\n") as f:
        expect(lab, "admin", fix, url=f.url)
    # As it is installed, nobody else gets in.
    equal(wrong(check(lab, url=lab.url)), {})


@case("check finds rights that are too wide")
def _(lab):
    os.chmod(f"{lab.dir}/db", 0o755)
    try:
        expect(lab, "stateFolder", f"chmod 0700 {lab.dir}/db")
    finally:
        os.chmod(f"{lab.dir}/db", 0o700)


@case("check finds that somebody else answers, or nobody")
def _(lab):
    with Front(lab, lambda *_: b"HTTP/1.1 404 Not Found\r\nServer: Apache\r\n"
               b"Content-Length: 0\r\n\r\n") as front:
        expect(lab, "address", "ProxyPassMatch", url=front.url)
    with Front(lab, lambda *_: b"HTTP/1.1 301 Moved\r\nLocation: https://x/\r\n"
               b"Content-Length: 0\r\n\r\n") as front:
        expect(lab, "address", "address that it leads to", url=front.url)
    expect(lab, "address", "start the web server",
           url=f"http://127.0.0.1:{free_port()}")


@case("check names the server in front, too", servers=["lighttpd"])
def _(lab):
    nginx = shutil.which("nginx")
    if not nginx:
        raise Skip("nginx is not installed")
    port = free_port()
    conf = f"{lab.dir}/run/nginx.conf"
    paths = "".join(f'{name}_temp_path "{lab.dir}/run/tmp/{name}";\n' for name in
                    ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    with open(conf, "w", encoding="utf-8") as f:
        f.write(f'daemon off;\npid "{lab.dir}/run/nginx.pid";\n'
                f'error_log "{lab.dir}/log/nginx.log";\nevents {{ }}\n'
                f"http {{\naccess_log off;\n{paths}server {{\n"
                f"listen 127.0.0.1:{port};\n"
                "location / {\nproxy_ignore_headers X-Accel-Buffering;\n"
                f"proxy_pass {lab.url};\n}}\n}}\n}}\n")
    front = lab.spawn("nginx", nginx, "-p", f"{lab.dir}/run", "-c", conf, "-e",
                      f"{lab.dir}/log/nginx.log")
    try:
        def listens():
            with socket.socket() as s:
                return s.connect_ex(("127.0.0.1", port)) == 0

        wait_for(listens, "nginx")
        found = wrong(check(lab, url=f"http://127.0.0.1:{port}"))
        equal(sorted(found), ["body", "streams"])
        holds("nginx: client_max_body_size" in found["body"]["fix"], found)
        holds("lighttpd: server.max-request-size" in found["body"]["fix"],
              found)
        holds("proxy_buffering off" in found["streams"]["fix"], found)
    finally:
        front.terminate()
        front.wait(20)
