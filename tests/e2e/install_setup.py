"""llmrelay-setup: who owns what, what it makes and undoes, what it says."""

import os
import pwd
import shutil
import socket

import client
import tap
from install_place import IS_ROOT, WEB_USER, mode, password_of
from tap import case, equal, holds


@case("without --server and --user the state keeps its owner")
def keeps_owner(it):
    if not IS_ROOT:
        raise tap.Skip("not root")
    it.install()
    setup = [f"{it.prefix}/sbin/llmrelay-setup", "--etc", f"{it.dir}/etc"]
    it.good(*setup, "--server", "apache-cgi")
    out = it.good(*setup)
    holds(f"(owner {WEB_USER})" in out, "the owner")
    holds("at each start" not in out, "the bridge starts the responder")
    holds(f"(owner {WEB_USER})" in it.good(*setup, "--no-start"), "the owner")


@case("a state in use is not given away with --no-start")
def no_start(it):
    if not IS_ROOT:
        raise tap.Skip("not root")
    it.install()
    it.setup("lighttpd")
    before = it.responders()
    out, status = it.run(f"{it.prefix}/sbin/llmrelay-setup", "--etc",
                         f"{it.dir}/etc", "--user", "nobody", "--no-start")
    holds(status == 1 and f"process {before[0]} (llmrelay.fcgi) of {WEB_USER} "
          "uses it" in out, out)
    equal(it.responders(), before, "the responder")
    equal(os.stat(it.state).st_uid, pwd.getpwnam(WEB_USER).pw_uid, "owner")


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
    command = ["sh", "-c", "umask 077; exec \"$@\"", "sh",
               f"{it.prefix}/sbin/llmrelay-setup", "--server", "lighttpd",
               "--etc", f"{it.dir}/etc", *it.user_option(), "--no-start"]
    out, status = it.run(*command)
    holds(status == 1 and f"{WEB_USER} cannot reach {it.cgibin}/" in out, out)
    holds(not os.path.exists(it.state), "nothing was made")
    os.chmod(f"{it.prefix}/libexec", 0o755)
    it.good(*command)
    equal(mode(f"{it.prefix}/var"), "0o755", "what the setup makes is open")


def tree_of(folder):
    """Path and contents of everything below it."""
    found = {}
    for root, folders, names in os.walk(folder):
        for name in folders + names:
            path = f"{root}/{name}"
            if os.path.islink(path):
                found[path] = os.readlink(path)
            elif os.path.isfile(path):
                with open(path, "rb") as f:
                    found[path] = f.read()
    return found


def unchanged(folder, before):
    after = tree_of(folder)
    equal({path for path in after.keys() | before.keys()
           if after.get(path) != before.get(path)}, set(), "what differs")


def remove(it):
    return it.good(f"{it.prefix}/sbin/llmrelay-setup", "--remove", "--etc",
                   f"{it.dir}/etc")


@case("--remove undoes what the setups did, and no more")
def removed(it):
    it.install()
    etc = f"{it.dir}/etc"
    os.symlink("../mods-available/alias.load",
               f"{etc}/apache2/mods-enabled/alias.load")
    # As a package brings it.
    shutil.copy(f"{it.prefix}/etc/llmrelay/apache2/llmrelay.conf",
                f"{etc}/apache2/conf-available")
    before = tree_of(etc)
    for server in ("apache", "apache-cgi", "lighttpd"):
        it.setup(server)
    holds(it.responders(), "a responder runs")
    out = remove(it)
    equal(it.responders(), [], f"responders: {out}")
    unchanged(etc, before)
    holds(os.path.isdir(f"{it.state}/db"), "the state stays")
    left = os.listdir(f"{it.prefix}/etc/llmrelay")
    holds("llmrelay-setup.made" not in left, left)


@case("--remove leaves what others have come to need")
def needed(it):
    it.install()
    etc = f"{it.dir}/etc"
    it.setup("apache", "--no-start")
    with open(f"{etc}/apache2/conf-enabled/mine.conf", "w",
              encoding="utf-8") as f:
        f.write("Header set X-Mine yes\n")
    holds("modules stay" in remove(it), "that is said")
    holds(os.path.exists(f"{etc}/apache2/mods-enabled/headers.load"),
          "mod_headers")
    it.setup("nginx", "--no-start")
    out, status = it.run(f"{it.prefix}/sbin/llmrelay-setup", "--remove",
                         "--etc", etc)
    holds(status == 1 and f"out of {etc}/nginx/nginx.conf" in out, out)
    holds(os.path.exists(f"{etc}/nginx/snippets/llmrelay.conf"), "snippet")


@case("a copy of a snippet that was edited stays; --remove puts it aside")
def edited(it):
    it.install()
    it.setup("apache", "--no-start")
    copy = f"{it.dir}/etc/apache2/conf-available/llmrelay.conf"
    with open(copy, "a", encoding="utf-8") as f:
        f.write("# mine\n")
    holds(f"kept {copy}" in it.setup("apache", "--no-start"), "it is kept")
    holds("# mine\n" in open(copy, encoding="utf-8").read(), "as it is")
    remove(it)
    holds(not os.path.exists(copy), "removed")
    holds("# mine\n" in open(f"{copy}.edited", encoding="utf-8").read(),
          "not lost")
    equal(os.listdir(f"{it.dir}/etc/apache2/conf-enabled"), [],
          "what is enabled")


@case("a copy of an older version is renewed")
def renewed(it):
    it.install()
    snippet = f"{it.prefix}/etc/llmrelay/lighttpd/50-llmrelay.conf"
    copy = f"{it.dir}/etc/lighttpd/conf-available/50-llmrelay.conf"
    it.setup("lighttpd", "--no-start")
    with open(snippet, "a", encoding="utf-8") as f:
        f.write("# newer\n")
    it.setup("lighttpd", "--no-start")
    holds("# newer\n" in open(copy, encoding="utf-8").read(), "renewed")


@case("a configuration that Apache refuses is as before")
def refused(it):
    it.install()
    etc = f"{it.dir}/etc"
    with open(f"{etc}/apache2/conf-enabled/broken.conf", "w",
              encoding="utf-8") as f:
        f.write("Nonsense On\n")
    before = tree_of(etc)
    out, status = it.run(
        f"{it.prefix}/sbin/llmrelay-setup", "--server", "apache", "--etc",
        etc, *it.user_option())
    holds(status == 1 and "Apache does not accept" in out, out)
    unchanged(etc, before)
    equal(it.responders(), [], "responders")


@case("a web server that is not installed is named before anything is made")
def absent(it):
    it.install()
    etc = f"{it.dir}/etc"
    shutil.rmtree(f"{etc}/apache2/mods-available")
    os.remove(f"{etc}/lighttpd/lighttpd.conf")
    shutil.rmtree(f"{etc}/nginx")
    before = tree_of(etc)
    for server, package in (("apache", "apache2"), ("apache-cgi", "apache2"),
                            ("lighttpd", "lighttpd"), ("nginx", "nginx")):
        out, status = it.run(
            f"{it.prefix}/sbin/llmrelay-setup", "--server", server, "--etc",
            etc, *it.user_option())
        holds(status == 1 and f"apt-get install {package})" in out, out)
    unchanged(etc, before)
    holds(not os.path.exists(f"{it.prefix}/var"), "nothing was made")


@case("what comes next is what is not done yet")
def comes_next(it):
    it.install()
    def next_of(out):
        return out.partition("\nNext:\n")[2]

    first = next_of(it.setup("lighttpd"))
    for words in ("stop the web server", "admin create NAME",
                  "account add NAME", "key create NAME"):
        holds(words in first, f"{words}: {first}")
    ctl = f"{it.prefix}/sbin/llmrelayctl"
    it.good(ctl, "account", "add", "demo", "--endpoint", it.demo.url,
            "--model", "demo-model")
    it.good(ctl, "key", "create", "laptop")
    again = next_of(it.setup("lighttpd", "--admin", "root"))
    for words in ("stop the web server", "admin create", "account add",
                  "key create", "--server"):
        holds(words not in again, f"{words}: {again}")
    bare = next_of(it.good(f"{it.prefix}/sbin/llmrelay-setup", "--etc",
                           f"{it.dir}/etc"))
    holds("--server" not in bare, bare)
