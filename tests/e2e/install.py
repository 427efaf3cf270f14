#!/usr/bin/env python3
"""The README's way of installing, step by step, under private web servers.

install.py --build BUILD [--only WORDS] [--keep]

BUILD was configured with a prefix that belongs to this test: it is emptied.
Nothing outside of it and of a temporary folder is touched: no user is made, and
the web servers' configuration is a copy of Debian's layout.  As root, the
responder runs as the web server's user; else everything is ours.
"""

import argparse
import os
import pwd
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import types

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
os.environ["PATH"] += ":/usr/sbin:/sbin"

# pylint: disable=wrong-import-position
import client  # noqa: E402
import tap  # noqa: E402
from lab import MODULES, TREE, Demo, free_port, wait_for  # noqa: E402
from tap import case, equal, holds  # noqa: E402

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
        for name in ("log", "run", "etc", "empty", "tmp"):
            os.mkdir(f"{self.dir}/{name}")
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
        env = {"PATH": os.environ["PATH"], **more.pop("env", {})}
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
                     "lighttpd/conf-available", "lighttpd/conf-enabled"):
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
TypesConfig /dev/null
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
        stream = client.Stream(
            self, "/v1/messages",
            {"model": MODEL, "max_tokens": 100, "stream": True, "messages": [
                {"role": "user", "content": "[demo: chunk_ms=50] Hello"}]},
            {"authorization": f"Bearer {reply.json()['data']['apiKey']}"})
        equal(stream.status, 200, "the stream's status")
        events = stream.rest()
        equal(events[0].name, "message_start", "its first event")
        equal(events[-1].name, "message_stop", "its last event")
        text = "".join(e.data["delta"].get("text", "") for e in events
                       if e.name == "content_block_delta")
        holds("Hello" in text, f"the text: {text}")


def password_of(output):
    found = re.search(r"^password: (\S+)$", output, re.M)
    assert found, output
    return found[1]


def mode(path):
    return oct(stat.S_IMODE(os.stat(path).st_mode))


# ---------------------------------------------------------------- cases

@case("make install, then the files are where the README says")
def installed(it):
    it.install()
    p = it.prefix
    for name in ("bin/llmrelay-demo", "sbin/llmrelayctl",
                 "sbin/llmrelay-setup", "etc/llmrelay/llmrelay.conf",
                 "etc/llmrelay/llmrelay.conf.sample",
                 "etc/llmrelay/htaccess.sample",
                 "etc/llmrelay/apache2/llmrelay.conf",
                 "etc/llmrelay/apache2/llmrelay-cgi.conf",
                 "etc/llmrelay/lighttpd/50-llmrelay.conf",
                 "libexec/llmrelay/cgi-bin/llmrelay.cgi",
                 "libexec/llmrelay/cgi-bin/llmrelay.fcgi",
                 "libexec/llmrelay/cgi-bin/llmrelay-cgi.conf",
                 "share/man/man5/llmrelay.conf.5",
                 "share/man/man8/llmrelay-setup.8"):
        holds(os.path.isfile(f"{p}/{name}"), f"there is {name}")
    sample = it.good(f"{p}/sbin/llmrelayctl", "config", "sample")
    equal(open(it.conf, encoding="utf-8").read(), sample,
          "llmrelay.conf is what config sample prints")
    holds(f"#socket = {it.socket}\n" in sample, "with the paths filled in")
    for root, _, files in os.walk(p):
        for name in files:
            with open(f"{root}/{name}", "rb") as f:
                found = re.search(rb"@(pkg\w+|\w+dir|webgroup)@", f.read())
            holds(not found, f"{name} has no hole: {found}")


@case("the programs agree about configuration and socket without options")
def agreement(it):
    it.install()
    with open(it.conf, "a", encoding="utf-8") as f:
        f.write("log_level = loud\n")
    for command in ([f"{it.prefix}/sbin/llmrelayctl", "config", "check"],
                    [f"{it.cgibin}/llmrelay.fcgi", "--check"]):
        out, status = it.run(*command)
        holds(status != 0 and f"{it.conf}:" in out and "log_level" in out,
              f"{command[0]} reads it: {out}")
    os.remove(it.conf)
    shutil.copy(f"{it.conf}.sample", it.conf)
    out = it.good(f"{it.cgibin}/llmrelay.fcgi", "--check")
    holds(f"socket = {it.socket}\n" in out, out)
    out, _ = it.run(f"{it.cgibin}/llmrelay.cgi", "--check")
    holds(f"socket     {it.socket}\n" in out, out)
    for name in ("apache2/llmrelay.conf", "lighttpd/50-llmrelay.conf",
                 "nginx/llmrelay.conf"):
        with open(f"{it.prefix}/etc/llmrelay/{name}",
                  encoding="utf-8") as f:
            holds(it.socket in f.read(), f"{name} has the socket")
    unit = open(f"{it.prefix}/lib/systemd/system/llmrelay.socket",
                encoding="utf-8").read()
    holds(f"ListenStream={it.socket}\n" in unit, "the unit has it, too")


def whole_way(it, server, kind):
    """README: make install, llmrelay-setup, the web server."""
    it.install()
    password = password_of(it.setup(server, "--admin", "root"))
    equal(mode(it.state), "0o700", "mode of the state")
    if IS_ROOT:
        equal(mode(os.path.dirname(it.socket)), "0o2755",
              "mode of the socket's folder")
        equal(mode(it.conf), "0o640", "mode of the settings")
    if server == "apache-cgi":
        equal(it.responders(), [], "the responders before the first request")
    it.start_web(kind)
    it.ask_everything(password)
    before = it.responders()
    again = it.setup(server, "--admin", "root")
    holds("root is there already" in again, f"a second setup: {again}")
    equal(it.responders(), before, "the responder after it")


@case("apache: the whole way")
def apache(it):
    whole_way(it, "apache", "apache")


@case("lighttpd: the whole way")
def lighttpd(it):
    whole_way(it, "lighttpd", "lighttpd")


@case("apache-cgi: the whole way, the bridge starts the responder")
def apache_cgi(it):
    whole_way(it, "apache-cgi", "apache")


def make_site(it):
    """The README's table for a site folder of one's own."""
    site = f"{it.dir}/site"
    shutil.rmtree(site, ignore_errors=True)
    os.mkdir(site)
    for name in ("llmrelay.cgi", "llmrelay.fcgi", "llmrelay-cgi.conf"):
        shutil.copy(f"{it.cgibin}/{name}", site)
    shutil.copy(f"{it.prefix}/etc/llmrelay/htaccess.sample",
                f"{site}/.htaccess")
    with open(f"{it.dir}/etc/apache2/conf-enabled/site.conf", "w",
              encoding="utf-8") as f:
        f.write(f"""DocumentRoot {site}
<Directory {site}>
    Options SymLinksIfOwnerMatch
    AllowOverride FileInfo AuthConfig Options
    Require all granted
</Directory>
""")
    for module in ("cgid", "mime", "alias", "dir"):
        os.symlink(f"../mods-available/{module}.load",
                   f"{it.dir}/etc/apache2/mods-enabled/{module}.load")
    return site


@case(".htaccess: only a site folder, no setup at all")
def htaccess(it):
    it.install()
    make_site(it)
    if IS_ROOT:  # the host's user, who owns the prefix
        subprocess.run(["chown", "-R", f"{WEB_USER}:", it.prefix],
                       check=True)
        it.as_user = pwd.getpwnam(WEB_USER)
    out = it.good(f"{it.prefix}/sbin/llmrelayctl", "admin", "create", "root")
    out2, status = it.run(f"{it.dir}/site/llmrelay.cgi", "--check")
    equal(status, 0, f"the check: {out2}")
    it.as_user = None
    it.start_web("apache")
    for name in ("llmrelay.fcgi", "llmrelay-cgi.conf", ".htaccess"):
        equal(client.request(it, "GET", f"/{name}").status, 403, name)
    it.ask_everything(password_of(out))


@case("a plain user installs for himself, with a lighttpd of his own")
def plain_user(it):
    it.install()
    if IS_ROOT:
        for path in (it.prefix, f"{it.dir}/etc"):
            subprocess.run(["chown", "-R", f"{WEB_USER}:", path], check=True)
        it.as_user = pwd.getpwnam(WEB_USER)
    conf = f"{it.dir}/etc/lighttpd/lighttpd.conf"
    text = open(conf, encoding="utf-8").read()
    with open(conf, "w", encoding="utf-8") as f:
        f.write(re.sub(r"server\.(user|group)name.*\n", "", text))
    password = password_of(it.setup("lighttpd", "--admin", "root"))
    it.start_web("lighttpd")
    it.ask_everything(password)
    it.stop_web()
    it.stop_responder()
    it.as_user = None


@case("what root left behind before the setup is put right")
def left_by_root(it):
    if not IS_ROOT:
        raise tap.Skip("only root can leave such things")
    it.install()
    out = it.good(f"{it.prefix}/sbin/llmrelayctl", "admin", "create", "root")
    os.makedirs(os.path.dirname(it.socket))
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(it.socket)
    it.setup("apache-cgi")
    with open(f"{it.socket}.lock", "w", encoding="utf-8"):
        pass
    os.chmod(f"{it.socket}.lock", 0o600)
    it.start_web("apache")
    it.ask_everything(password_of(out))


@case("a strict umask: the setup says which folder is closed")
def strict_umask(it):
    if not IS_ROOT:
        raise tap.Skip("not root")
    it.install()
    os.chmod(f"{it.prefix}/libexec", 0o700)
    out, status = it.run(
        "sh", "-c", "umask 077; exec \"$@\"", "sh",
        f"{it.prefix}/sbin/llmrelay-setup", "--server", "lighttpd", "--etc",
        f"{it.dir}/etc", *it.user_option())
    holds(status == 1 and f"{WEB_USER} cannot reach {it.cgibin}/" in out, out)
    os.chmod(f"{it.prefix}/libexec", 0o755)
    equal(mode(f"{it.prefix}/var"), "0o755", "what the setup makes is open")


@case("started by root by hand, the responder becomes the state's owner")
def by_hand(it):
    if not IS_ROOT:
        raise tap.Skip("not root")
    it.install()
    password = password_of(it.setup("lighttpd", "--admin", "root",
                                    "--no-start"))
    shutil.rmtree(os.path.dirname(it.socket))  # a /run that was emptied
    it.spawn("by-hand", f"{it.cgibin}/llmrelay.fcgi")
    wait_for(lambda: os.path.exists(it.socket), "the socket")
    web = pwd.getpwnam(WEB_USER)
    equal([os.stat(f"/proc/{pid}").st_uid for pid in it.responders()],
          [web.pw_uid], "it runs as the owner")
    equal((os.stat(it.socket).st_gid, mode(it.socket)),
          (web.pw_gid, "0o660"), "group and mode of its socket")
    it.start_web("lighttpd")
    it.ask_everything(password)


@case("the bridge's reasons stand in the web server's log")
def reasons(it):
    it.install()
    it.setup("apache-cgi")
    with open(it.conf, "a", encoding="utf-8") as f:
        f.write("sokcet = /x\n")
    it.start_web("apache")
    reply = client.request(it, "GET", "/v1/models")
    equal(reply.status, 503, "status")
    log = open(f"{it.dir}/log/apache.log", encoding="utf-8").read()
    holds("did you mean socket?" in log, f"the log: {log[-600:]}")
    holds(b"sokcet" not in reply.body, "the client learns nothing of it")


@case("a responder of another user: it is started, or its owner is named")
def other_owner(it):
    if not IS_ROOT:
        raise tap.Skip("not root")
    it.install()
    setup = [f"{it.prefix}/sbin/llmrelay-setup", "--server", "apache-cgi",
             "--user", "nobody", "--etc", f"{it.dir}/etc"]
    password = password_of(it.good(*setup, "--admin", "root", "--no-start"))
    with open(f"{it.prefix}/etc/logrotate.d/llmrelay",
              encoding="utf-8") as f:
        holds("\tsu nobody adm\n" in f.read(), "rotation by the owner")
    it.start_web("apache")
    equal(client.request(it, "GET", "/v1/models").status, 503, "status")
    log = open(f"{it.dir}/log/apache.log", encoding="utf-8").read()
    holds(f"{WEB_USER} may not start a responder there: the folder belongs "
          "to nobody (is the service running?)" in log, log[-600:])
    it.good(*setup)
    it.ask_everything(password)


@case("llmrelay.fcgi is no CGI program")
def no_cgi(it):
    out, status = it.run(f"{it.cgibin}/llmrelay.fcgi",
                         env={"GATEWAY_INTERFACE": "CGI/1.1"})
    holds(status == 1 and out.count("403 Forbidden") == 1, out)


@case("a copy of a snippet that was edited stays; --remove takes it out")
def edited(it):
    it.install()
    it.setup("apache", "--no-start")
    copy = f"{it.dir}/etc/apache2/conf-available/llmrelay.conf"
    with open(copy, "a", encoding="utf-8") as f:
        f.write("# mine\n")
    holds(f"kept {copy}" in it.setup("apache", "--no-start"), "it is kept")
    holds("# mine\n" in open(copy, encoding="utf-8").read(), "as it is")
    it.good(f"{it.prefix}/sbin/llmrelay-setup", "--remove", "--etc",
            f"{it.dir}/etc")
    holds(not os.path.exists(copy), "removed")
    equal(os.listdir(f"{it.dir}/etc/apache2/conf-enabled"), [],
          "what is enabled")


@case("configure says all that is missing, and the packages that bring it")
def configure(it):
    makefile = open(f"{it.build}/Makefile", encoding="utf-8").read()
    source = re.search(r"^abs_srcdir = (.*)$", makefile, re.M)[1]
    empty = f"{it.dir}/configure"
    os.mkdir(empty)
    for argument, env, wanted in (
            ("--with-db=/nonexistent", {},
             "--with-db=/nonexistent: there is no /nonexistent/include/db.h"),
            ("--with-db=no", {}, "cannot do without Berkeley DB"),
            ("-q", {"PKG_CONFIG": "/nonexistent/pkg-config"},
             "pkg-config was not found: install the Debian package "
             "pkg-config"),
            ("-q", {"PKG_CONFIG_LIBDIR": "/nonexistent"},
             "not found: cJSON, libcurl, libsodium, libuv\n  On Debian: "
             "apt-get install libcjson-dev libcurl4-openssl-dev "
             "libsodium-dev libuv1-dev\n")):
        out, status = it.run(
            "sh", "-c", f"cd '{empty}' && exec '{source}/configure' "
            f"{argument}", env=env)
        holds(status == 1 and wanted in out, f"{argument} {env}: {out}")


@case("make uninstall leaves settings that were edited and nothing else")
def uninstall(it):
    it.install()
    with open(it.conf, "a", encoding="utf-8") as f:
        f.write("# mine\n")
    subprocess.run(["make", "-C", it.build, "uninstall"], check=True,
                   stdout=subprocess.DEVNULL)
    left = [f"{root}/{name}" for root, _, names in os.walk(it.prefix)
            for name in names]
    equal(left, [it.conf], "what is left")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True)
    parser.add_argument("--only", help="cases with these words in the name")
    parser.add_argument("--keep", action="store_true")
    arguments = parser.parse_args()

    it = Installation(arguments.build)
    it.demo = Demo(types.SimpleNamespace(
        dir=it.dir, build=it.build, spawn=it.spawn), "demo")
    failed = 1
    try:
        failed = tap.run_all(it, arguments.only)
        if failed:
            print("#" + it.logs()[-6000:].replace("\n", "\n#   "))
    finally:
        it.stop()
        if not arguments.keep:
            shutil.rmtree(it.dir, ignore_errors=True)
            shutil.rmtree(it.prefix, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
