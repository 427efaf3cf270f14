#!/usr/bin/env python3
"""The administrators' pages: both languages have the same words, the words that
pages use exist, nothing makes markup from text, and every file is installed."""

import glob
import os
import re
import sys

os.chdir(os.environ.get("srcdir", "."))
count = bad = 0


def report(name, findings):
    global count, bad
    count += 1
    bad += bool(findings)
    print(f"{'not ok' if findings else 'ok'} {count} - {name}")
    for line in findings:
        print(f"#   {line}")


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


WORD = re.compile(r"^\t'([^']+)':\s*'((?:[^'\\]|\\.)*)',$", re.M)


def words(name):
    text = read(f"htdocs/js/lang/{name}.js")
    pairs = WORD.findall(text)
    lines = [line for line in text.splitlines()
             if line.startswith("\t") and not line.startswith("\t//")]
    stray = [f"{name}: {line.strip()}" for line in lines
             if not WORD.match(line)]
    twice = [f"{name}: {key} twice" for key, _ in pairs
             if [k for k, _ in pairs].count(key) > 1]
    return dict(pairs), stray + sorted(set(twice))


en, en_wrong = words("en")
zh, zh_wrong = words("zh")
report("each word is one line of its file, once", en_wrong + zh_wrong)
report("English and Chinese have the same keys",
       [f"only in en: {k}" for k in sorted(en.keys() - zh.keys())] +
       [f"only in zh: {k}" for k in sorted(zh.keys() - en.keys())])
holes = re.compile(r"\{\w+\}")
report("and the same places to fill in",
       [k for k in sorted(en.keys() & zh.keys())
        if sorted(holes.findall(en[k])) != sorted(holes.findall(zh[k]))])

rows = set(re.findall(r'^    \{"(\w+)", CONFIG_', read("src/app/settings.c"), re.M))
told = set(re.findall(r"^\t(\w+): '", read("htdocs/js/lang/settings_zh.js"),
                      re.M))
report("every setting is explained in Chinese",
       [f"missing: {n}" for n in sorted(rows - told)] +
       [f"no setting: {n}" for n in sorted(told - rows)])

scripts = {p: read(p) for p in glob.glob("htdocs/js/**/*.js", recursive=True)
           if "/lang/" not in p}
used = {(p, key) for p, text in scripts.items()
        for key in re.findall(r"\bt\('([^']+)'", text)}
report("every word that is used exists",
       [f"{p}: {key}" for p, key in sorted(used) if key not in en])
titles = re.findall(r"\{ name: '(\w+)'", scripts["htdocs/js/pages.js"])
report("every page has a title and a file",
       [f"{n}: no page.{n}" for n in titles if f"page.{n}" not in en] +
       [f"{n}: no file" for n in titles
        if f"htdocs/js/pages/{n}.js" not in scripts])

DANGER = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|"
    r"new Function|createContextualFragment|DOMParser|srcdoc=|"
    r"(local|session)Storage\.setItem\((?!'llmrelay\.(theme|language)')")
report("no markup is made from text, nothing secret is stored",
       [f"{p}: {hit.group()}" for p, text in scripts.items()
        for hit in DANGER.finditer(text)])
pages = read("htdocs/index.html")
report("nothing inline, nothing from elsewhere",
       re.findall(r"<script>|<style|\son\w+=|style=|https?://", pages) +
       [f"{p}: {hit}" for p in glob.glob("htdocs/css/*.css")
        for hit in re.findall(r"@import|https?://", read(p))])

listed = set(re.findall(r"(?<!\S)htdocs/[\w./-]+\.\w+", read("Makefile.am")))
there = {p for p in glob.glob("htdocs/**/*", recursive=True)
         if os.path.isfile(p) and not p.startswith("htdocs/lib/")}
report("every file of the pages is installed",
       sorted(there - listed) + [f"missing: {p}" for p in
                                 sorted(listed - there)])
print(f"1..{count}")
sys.exit(bad > 0)
