"""The real Anthropic SDKs, old and new generation."""

import glob
import os
import shutil
import subprocess

from lab import HERE
from setting import OPUS
from tap import Skip, case, holds


def run_sdk(lab, package, threads="kept", script="sdk", **environment):
    if not lab.sdk or not shutil.which("node"):
        raise Skip("no SDK installed")
    # Modules are looked up beside the script.
    for path in glob.glob(f"{HERE}/sdk/*.mjs"):
        shutil.copy(path, lab.sdk)
    out = subprocess.run(
        ["node", f"{lab.sdk}/{script}.mjs"], timeout=120,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**os.environ, "SDK": package, "RELAY_URL": lab.url,
             "API_KEY": lab.key, "MODEL": OPUS, "THREADS": threads,
             **environment})
    text = out.stdout.decode(errors="replace")
    holds(out.returncode == 0 and "not ok" not in text, text)


@case("the SDK 0.x: messages, streams, tools, errors")
def _(lab):
    run_sdk(lab, "anthropic-0")


@case("the SDK 1.x: messages, streams, tools, errors")
def _(lab):
    run_sdk(lab, "anthropic-1")


@case("the SDK 1.x goes without threads where none are kept")
def _(lab):
    if not lab.sdk:
        raise Skip("no SDK installed")
    lab.reconfigure("threads", "no")
    try:
        run_sdk(lab, "anthropic-1", "refused")
    finally:
        lab.reconfigure("threads", "yes")
