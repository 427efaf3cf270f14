#!/usr/bin/env python3
"""End to end under one web server; prints TAP.

run.py --build BUILD --server lighttpd|apache|apache-cgi [--sdk DIR]
       [--claude DIR] [--only WORDS] [--keep]
"""

import argparse
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
os.environ["PATH"] += ":/usr/sbin:/sbin"

# pylint: disable=wrong-import-position
import cases_messages  # noqa: E402,F401
import cases_count  # noqa: E402,F401
import cases_protocol  # noqa: E402,F401
import cases_faults  # noqa: E402,F401
import cases_admin  # noqa: E402,F401
import cases_attack  # noqa: E402,F401
import cases_claude  # noqa: E402,F401
import cases_sdk  # noqa: E402,F401
import cases_openai  # noqa: E402,F401
import cases_sdk_helpers  # noqa: E402,F401
import cases_claude_code  # noqa: E402,F401
import cases_claude_trouble  # noqa: E402,F401
import cases_ctl  # noqa: E402,F401
import cases_canary  # noqa: E402,F401
import cases_check  # noqa: E402,F401
import cases_webhook  # noqa: E402,F401
import cases_queue  # noqa: E402,F401
import cases_process  # noqa: E402,F401
import claude_code  # noqa: E402
from lab import Lab  # noqa: E402
from setting import run  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True)
    parser.add_argument("--server", required=True,
                        choices=["lighttpd", "apache", "apache-cgi"])
    parser.add_argument("--sdk", help="folder with the SDKs installed")
    parser.add_argument("--claude", help="folder with Claude Code installed")
    parser.add_argument("--only", help="cases with these words in the name")
    parser.add_argument("--keep", action="store_true",
                        help="keep the folder with the logs")
    arguments = parser.parse_args()

    lab = Lab(arguments.build, arguments.server)
    lab.sdk = arguments.sdk
    lab.claude = claude_code.find(arguments.claude)
    return run(lab, arguments.only, arguments.keep)


if __name__ == "__main__":
    sys.exit(main())
