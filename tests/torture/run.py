#!/usr/bin/env python3
"""Torture: what a relay meets in bad years, in minutes; prints TAP.

run.py --build BUILD [--long] [--only WORDS] [--seed N] [--keep]

Without --long each case is as short as it can be and still mean something;
with it, it runs to the figures that the documentation names.
"""

import argparse
import os
import random
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))
os.environ["PATH"] += ":/usr/sbin:/sbin"

# pylint: disable=wrong-import-position
from lab import Lab  # noqa: E402
from setting import run  # noqa: E402
import cases_kill  # noqa: E402,F401
import cases_abort  # noqa: E402,F401
import cases_shortage  # noqa: E402,F401


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True)
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--only", help="cases with these words in the name")
    parser.add_argument("--seed", type=int,
                        default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--keep", action="store_true",
                        help="keep the folder with the logs")
    arguments = parser.parse_args()

    print(f"# seed {arguments.seed}")
    lab = Lab(arguments.build, "apache")
    lab.long = arguments.long
    lab.random = random.Random(arguments.seed)
    return run(lab, arguments.only, arguments.keep)


if __name__ == "__main__":
    sys.exit(main())
