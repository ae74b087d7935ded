//! Texts that could run code in other Markdown readers.
//!
//! Generated texts enter the bank in every way, and what would be stored is rendered by other readers that allow raw
//! HTML. The unchanged texts show that these readers would run their content.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};
use serde_json::{Map, Value};
use tripos::markdown;

/// The number of generated texts.
const TEXTS: usize = 25_000;
/// The parts of generated texts.
const PARTS: &[&str] = &[
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<img\nsrc=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<x\u{a0}onfocus=alert(1) tabindex=1 autofocus>",
    "<x\u{2028}onfocus=alert(1)>",
    "<x\u{3000}onfocus=alert(1)>",
    "<x\u{b}onfocus=alert(1)>",
    "<x\u{85}onfocus=alert(1)>",
    "<x\u{c}onclick=alert(1)>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?php",
    "?>",
    "<!x",
    "<a href=\"javascript:alert(1)\">",
    "</a>",
    "<a\thref='",
    "'>",
    "<iframe src=\"data:text/html,x\">",
    "[a](javascript:alert(1))",
    "[the \\[a\\](javascript:x) b](https://a.b)",
    "\\[",
    "\\]",
    "\\](javascript:x)",
    "[a](data:text/html,<script>)",
    "![a](javascript:x)",
    "[a](<javascript:x>)",
    "[a](&#106;avascript:x)",
    "[a](java\nscript:x)",
    "[a](\tjavascript:x)",
    "[b]: javascript:x\n",
    "[b]: <data:x>\n",
    "[b]",
    "[b][]",
    "[x][b]",
    "[^1]",
    "[^1]: ",
    "<javascript:x>",
    "<https://a.b>",
    "<https://a.b/onfocus=alert(1)/x=>",
    "<me@a.b>",
    "https://a.b",
    "www.a.b",
    "javascript:alert(1)",
    "[c](https://a.b)",
    "[c](https://a.b 'd')",
    "[c](https://a.b/(x))",
    "![c](https://a.b)",
    "[![c](https://a.b)](https://a.b)",
    "[`]`](https://a.b)",
    "[a](https://a.b\"onclick=x)",
    "`",
    "``",
    "```",
    "````",
    "~~~",
    "~",
    "~~",
    "\n```\n",
    "\n~~~\n",
    "\n````js\n",
    "\\`",
    "`<b onclick=x>`",
    "`` ` ``",
    "`\\`",
    "`a\\|`",
    "`|`",
    "<",
    "<b",
    "<b ",
    "<b>",
    "</b>",
    ">",
    "&lt;",
    "&#60;",
    "&#x3c;",
    "&lt",
    "&amp;lt;",
    "&",
    ";",
    "\\",
    "\\<",
    "\\\\",
    "|",
    "| ",
    " |",
    "\n| a | b |\n|-|-|\n| ",
    "\n|-|\n",
    "\\|",
    "\\\\|",
    "\r",
    "\r\n",
    "\n",
    "\n\n",
    "\n    ",
    "\n\t",
    "\n  ",
    "\u{c}",
    "\u{b}",
    "\u{85}",
    "\u{2028}",
    "\u{2029}",
    "\u{feff}",
    "\u{a0}",
    "\u{200b}",
    "\u{3000}",
    "\u{1}",
    "\n> ",
    "\n- ",
    "\n  - ",
    "\n1. ",
    "\n   ",
    "\n# ",
    "\n===\n",
    "\n---\n",
    "***",
    "**",
    "*",
    "_",
    "__",
    "[",
    "]",
    "](",
    "(",
    ")",
    "!",
    "![",
    ":",
    "]:",
    "a",
    "word",
    "x y",
    " ",
    "  \n",
    "\"",
    "'",
    "=",
    "$",
    "$$",
    "{{",
    "%}",
    "{% raw %}",
    ":::",
    "[ ] ",
    "[x] ",
    "\n- [ ] ",
    "\n+++\n",
];
/// Texts that are known to run in some reader.
const KNOWN: &[&str] = &[
    "    code\r<script>alert(1)</script>",
    "```\ncode\n```\r<script>alert(1)</script>",
    "a\n\n\u{c}\n    <img src=x onerror=alert(1)>",
    "<x\u{a0}onfocus=alert(1) autofocus tabindex=1>",
    "<x\u{2028}onfocus=alert(1)>",
    "| a |\n|-|\n| <img\nsrc=x onerror=alert(1)> |",
    "| a |\n|-|\n| `\\\\|<img src=x onerror=alert(1)>` |",
    "https://a.b`<img src=x onerror=alert(1)>`",
    "See [the \\[guide\\](javascript:alert(1)) here](https://a.b).",
    "[![\\](javascript:1) a](https://a.b/x.png)](https://c.d/)",
    "- a\n\n  ```\n<script>alert(1)</script>\n  ```",
];

fn generated(random: &mut ChaCha8Rng) -> String {
    let count = random.random_range(1..14);
    (0..count).map(|_| PARTS[random.random_range(0..PARTS.len())]).collect()
}

/// What would be stored for a text, for each way of entering it.
fn stored(text: &str) -> Vec<String> {
    let mut stored = vec![markdown::clean(text), markdown::from_html(text), markdown::from_plain(text)];
    stored.extend(markdown::normalize(text).map(std::borrow::Cow::into_owned));
    stored.push(markdown::from_stored(text).into_owned());
    stored.push(markdown::link_item(&markdown::clean(text), "https://a.b/(c)?d=e&f"));
    stored.retain(|one| !one.is_empty());
    stored.sort();
    stored.dedup();
    stored
}

#[test]
fn no_reader_sees_more_than_markdown_in_what_is_stored() {
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(rand::random);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let sent: Vec<String> =
        KNOWN.iter().map(|text| (*text).to_owned()).chain((0..TEXTS).map(|_| generated(&mut random))).collect();
    let taken = sent.iter().filter(|text| markdown::normalize(text).is_ok()).count();
    let stored: Vec<String> = sent.iter().flat_map(|text| stored(text)).collect();
    println!("texts: seed {seed}, {} sent, of them {taken} taken from authors, {} stored", sent.len(), stored.len());

    let readers = Readers::install();
    let as_sent = readers.render(&sent);
    let as_stored = readers.render(&stored);
    let mut faults = Vec::new();
    for (reader, result) in &as_stored {
        println!("  {reader}: {} unsafe as sent, {} as stored", as_sent[reader]["unsafe"], result["unsafe"]);
        assert_ne!(as_sent[reader]["unsafe"], 0, "{reader} finds nothing in what was sent: is it rendered at all?");
        if result["unsafe"] != 0 {
            faults.push(format!("{reader}: {:#}", result["examples"]));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Other readers, in `target`.
struct Readers {
    folder: PathBuf,
}

impl Readers {
    fn install() -> Self {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/attacks/readers");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readers");
        std::fs::create_dir_all(&folder).unwrap();
        for file in ["package.json", "requirements.txt", "check.mjs", "render.py"] {
            std::fs::copy(source.join(file), folder.join(file)).unwrap();
        }
        let readers = Self { folder };
        readers.run("npm", &["install", "--no-package-lock", "--no-audit", "--no-fund", "--silent"]);
        readers.run("python3", &["-m", "venv", "python"]);
        readers.run("python/bin/pip", &["install", "--quiet", "--disable-pip-version-check", "-r", "requirements.txt"]);
        readers
    }

    fn run(&self, program: &str, args: &[&str]) {
        let program = if program.contains('/') { self.folder.join(program) } else { program.into() };
        let status = Command::new(&program).args(args).current_dir(&self.folder).status();
        assert!(status.is_ok_and(|status| status.success()), "{} {args:?}", program.display());
    }

    /// The output of each reader for these texts.
    fn render(&self, texts: &[String]) -> Map<String, Value> {
        let file = self.folder.join("texts.json");
        serde_json::to_writer(File::create(&file).unwrap(), texts).unwrap();
        let pages = self.folder.join("cmark-gfm.json");
        let status = Command::new(self.folder.join("python/bin/python"))
            .arg("render.py")
            .current_dir(&self.folder)
            .stdin(File::open(&file).unwrap())
            .stdout(File::create(&pages).unwrap())
            .status();
        assert!(status.is_ok_and(|status| status.success()), "cmark-gfm");
        let output = Command::new("node")
            .args(["check.mjs", "texts.json", "cmark-gfm.json"])
            .current_dir(&self.folder)
            .stderr(Stdio::inherit())
            .output()
            .expect("node");
        assert!(output.status.success(), "node");
        serde_json::from_slice(&output.stdout).expect("a report")
    }
}
