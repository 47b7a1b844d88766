#!/usr/bin/env python3
"""Take the used part of the style sheet of @utrecht/component-library-css.

    npm pack @utrecht/component-library-css@9.0.4
    tools/utrecht_css.py utrecht-component-library-css-9.0.4.tgz

Used are the classes utrecht-... that stand in share/templates/web: a rule stays when one of its
selectors names no other class of the library. Writes share/style/utrecht.css, with the version and
the SHA-256 of the package, and share/style/utrecht-EUPL-1.2.md, the licence as the package has it.
The build never runs this; the two files are committed. No token, font or picture of any city comes
along: the colours and sizes are set by share/style/workbench.css.
"""
import hashlib
import io
import json
import pathlib
import re
import sys
import tarfile

ROOT = pathlib.Path(__file__).resolve().parent.parent


def used_classes():
    used = set()
    for path in (ROOT / "share/templates/web").glob("*.mustache"):
        for names in re.findall(r'class="([^"]*)"', path.read_text()):
            used |= set(re.findall(r"utrecht-[A-Za-z0-9_-]+", names))
    return used


def blocks(text):
    """Split a style sheet in (head, body) pairs; body None for an at-rule without one."""
    at = 0
    while at < len(text):
        brace, semicolon = text.find("{", at), text.find(";", at)
        if brace < 0:
            return
        if 0 <= semicolon < brace:
            yield text[at:semicolon].strip(), None
            at = semicolon + 1
            continue
        depth, end = 1, brace + 1
        while depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        yield text[at:brace].strip(), text[brace + 1:end - 1]
        at = end


def split_selectors(head):
    """Split at the commas that stand in no brackets."""
    parts, depth, start = [], 0, 0
    for i, c in enumerate(head):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(c, 0)
        if c == "," and depth == 0:
            parts.append(head[start:i])
            start = i + 1
    return [" ".join(p.split()) for p in parts + [head[start:]]]


def names_only(selector, used):
    """A selector counts when it names a class of ours, and no other outside :not()."""
    outside = re.sub(r":not\([^()]*(\([^()]*\)[^()]*)*\)", "", selector)
    classes = set(re.findall(r"\.(utrecht-[A-Za-z0-9_-]+)", outside))
    return bool(classes) and classes <= used


def keep(text, used, indent=""):
    out = []
    for head, body in blocks(text):
        if body is None:
            continue
        if head.startswith("@media"):
            inner = keep(body, used, indent + "  ")
            if inner:
                out.append(f"{indent}{head} {{\n{inner}{indent}}}\n")
            continue
        if head.startswith("@"):
            continue
        selectors = [s for s in split_selectors(head) if names_only(s, used)]
        if selectors:
            lines = (" ".join(d.split()) for d in body.split(";"))
            body = "".join(f"{indent}  {line};\n" for line in lines if line)
            out.append(f"{indent}{(',' + chr(10) + indent).join(selectors)} {{\n{body}{indent}}}\n")
    return "".join(out)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    data = pathlib.Path(sys.argv[1]).read_bytes()
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        member = lambda name: tar.extractfile("package/" + name).read()
        version = json.loads(member("package.json"))["version"]
        sheet, licence = member("dist/index.css"), member("LICENSE.md")
    text = sheet.decode().removeprefix('@charset "UTF-8";')
    owners = sorted(set(re.findall(r"Copyright \(c\) [0-9-]+ (.+)", text)))
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S).replace('@charset "UTF-8";', "")
    rules = keep(text, used_classes())
    head = (f"/* @license EUPL-1.2 (utrecht-EUPL-1.2.md)\n"
            f" * Copyright (c) 2020-2025 {', '.join(owners)}\n"
            f" * The used part of @utrecht/component-library-css {version}, taken by tools/utrecht_css.py: rules\n"
            f" * left out, selectors that name unused classes left out, white space; nothing else is changed.\n"
            f" * SHA-256 of the package:    {hashlib.sha256(data).hexdigest()}\n"
            f" * SHA-256 of dist/index.css: {hashlib.sha256(sheet).hexdigest()} */\n")
    (ROOT / "share/style/utrecht.css").write_text(head + rules)
    (ROOT / "share/style/utrecht-EUPL-1.2.md").write_bytes(licence)


main()
