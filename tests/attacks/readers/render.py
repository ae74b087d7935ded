"""Renders a JSON list of Markdown texts with cmark-gfm, raw HTML allowed: a JSON list of HTML."""

import json
import sys

import cmarkgfm
from cmarkgfm.cmark import Options

texts = json.load(sys.stdin)
options = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_FOOTNOTES
extensions = ["table", "strikethrough", "autolink", "tasklist"]
pages = [cmarkgfm.markdown_to_html_with_extensions(text, options, extensions) for text in texts]
json.dump(pages, sys.stdout)
