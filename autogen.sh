#!/bin/sh
# Makes configure from configure.ac; afterwards: mkdir build && cd build && ../configure
cd "$(dirname "$0")" && exec autoreconf --install
