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
import socket
import stat
import subprocess
import sys
import types

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
os.environ["PATH"] += ":/usr/sbin:/sbin"

# pylint: disable=wrong-import-position
import client  # noqa: E402
import tap  # noqa: E402
from install_place import (IS_ROOT, WEB_USER, Installation, mode,  # noqa: E402
                           password_of)
from lab import Demo, wait_for  # noqa: E402
from tap import case, equal, holds  # noqa: E402

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


@case("nginx: the whole way")
def nginx(it):
    need_nginx()
    whole_way(it, "nginx", "nginx")


def need_nginx():
    if not shutil.which("nginx"):
        raise tap.Skip("there is no nginx")


# Each way from one to another, once.
WAYS = """apache apache-cgi apache lighttpd apache nginx apache-cgi lighttpd
          apache-cgi nginx lighttpd nginx apache""".split()


@case("from one web server to another: streams finish, the state is whole")
def ways(it):
    if not IS_ROOT:
        raise tap.Skip("only root has two users to choose from")
    it.install()
    setup = [f"{it.prefix}/sbin/llmrelay-setup", "--etc", f"{it.dir}/etc"]
    owner = {"apache-cgi": WEB_USER}
    known = [kind for kind in WAYS if kind != "nginx" or
             shutil.which("nginx")]
    out = it.good(*setup, "--server", known[0], "--user", "nobody",
                  "--admin", "root")
    it.start_web("apache")
    it.ask_everything(password_of(out))
    words = "one two three four five six seven eight nine ten " * 3
    for old, new in zip(known, known[1:]):
        user = owner.get(new, "nobody")
        stream = it.stream(words)
        before = it.responders()
        out = it.good(*setup, "--server", new, "--user", user)
        stream.whole(words.strip())
        equal([pwd.getpwuid(os.stat(path).st_uid).pw_name
               for path in (it.state, f"{it.state}/db/owner.lock",
                            os.path.dirname(it.socket))],
              [user] * 3, f"{old} to {new}: who owns the state")
        if user == owner.get(old, "nobody"):
            equal(it.responders(), before, f"{old} to {new}: the responder")
        else:
            holds("it restarts" in out, out)
        # The old server's way goes on until it is stopped.
        if "apache" not in old or "apache" not in new:
            it.stream("Hello").whole("Hello")
        it.stop_web()
        it.start_web(new.removesuffix("-cgi"))
        it.stream("Hello").whole("Hello")
        uids = {os.stat(f"/proc/{pid}").st_uid for pid in it.responders()}
        equal(len(it.responders()), 1, f"{old} to {new}: responders")
        holds(uids <= {0, pwd.getpwnam(user).pw_uid}, uids)
        holds("PANIC" not in it.logs(), it.logs())


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


@case("llmrelay.fcgi is no CGI program")
def no_cgi(it):
    out, status = it.run(f"{it.cgibin}/llmrelay.fcgi",
                         env={"GATEWAY_INTERFACE": "CGI/1.1"})
    holds(status == 1 and out.count("403 Forbidden") == 1, out)


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


import install_setup  # noqa: E402,F401  # pylint: disable=unused-import


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
