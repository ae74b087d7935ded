use super::{normal::is_normal, *};

mod properties;

#[test]
fn html_becomes_markdown() {
    for (html, markdown) in [
        ("<p>a &amp; b</p><p>c<br>d</p>", "a & b\n\nc  \nd"),
        ("a<br><br>b", "a\n\nb"),
        ("<p>an <i>old</i> <b>bold </b>x</p>", "an *old* **bold** x"),
        ("<b>a <i>b</i></b> <i><b>c</b></i>", "**a *b c***"),
        ("<b>Note:</b>text and foo<b>\"bar\"</b>", "**Note**:text and foo\"**bar\"**"),
        (
            "<code>a`b</code> and <pre><code class=\"language-sh\">ls\n  -l\n</code></pre>",
            "``a`b`` and\n\n```sh\nls\n  -l\n```",
        ),
        ("<ul><li>a</li><li><p>b</p><ol><li>c<li>d</ol></ul>", "- a\n- b\n  1. c\n  2. d"),
        ("<ul><li><p>a</p><p>b</p></li><li>c</li></ul>", "- a\n\n  b\n\n- c"),
        ("<ol start=3><li>a</ol><ol><li>b</ol>", "3. a\n\n1) b"),
        ("<blockquote><p>a</p><pre>x\n\ny</pre></blockquote>", "> a\n>\n> `x`  \n> `y`"),
        ("<h2>A <em>b</em></h2>text", "## A *b*\n\ntext"),
        (
            "<table><tr><th>a<th style='text-align: right'>b|c<tr><td><p>1</p><p>2</p><td><ul><li>x<li>y</ul></table>",
            "| a | b&#124;c |\n| --- | ---: |\n| 1; 2 | x; y |",
        ),
        ("10<sup>-3</sup> H<sub>2</sub>O x<sup>y</sup>", "10⁻³ H₂O x^y"),
        (
            "<a href='https://example.org/?a=1&amp;b=(2)'>see <b>x</b></a>",
            "[see **x**](https://example.org/?a=1&b=\\(2\\))",
        ),
        ("<img src='https://example.org/a b.png' alt='an [x]'>", "![an &#91;x&#93;](https://example.org/a%20b.png)"),
        ("a<hr>b", "a\n\n***\n\nb"),
        ("a<b><code>&lt;</b>b</code>", "a`<b`"),
        ("<a href='http://a.b'>x <code>]:</code></a>", "[x &#93;:](http://a.b)"),
        ("<a href='http://a.b'><code>]</code><code>:x</code></a>", "[&#93;:x](http://a.b)"),
        ("<s>~</s> <b>*</b><br><i>_</i>", "~~\\~~~ **\\***  \n*\\_*"),
        ("<a href='http://a.b'>x<b>y</b></a><b> z</b>", "[xy](http://a.b) z"),
        ("[<code>]: x</code>", "&#91;`]: x`"),
        ("<p>&nbsp;</p><div>x</div>y", "x\n\ny"),
    ] {
        assert_eq!(from_html(html), markdown, "{html}");
    }
}

#[test]
fn content_without_markdown_syntax_reads_the_same() {
    for (html, markdown) in [
        ("<p>They <u>was</u> here and <mark>are</mark> <ins>gone</ins>.</p>", "They *was* here and **are** *gone*."),
        ("<span style='text-decoration: underline'>a</span> <font style='font-weight:bold'>b</font>", "*a* **b**"),
        ("He said <q>no</q>.", "He said \"no\"."),
        ("<ol type='A'><li>cold</li><li>warm</li></ol><p>Which?</p>", "A. cold  \nB. warm\n\nWhich?"),
        ("<ol style='list-style-type: lower-roman' start=3><li>a<li><p>b</p><p>c</p></ol>", "iii. a\n\niv. b\n\nc"),
        ("<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp>字<rt>ji</rt></ruby>", "漢(kan)字(ji)"),
        (
            "<table><tr><th>zone</th><th>cost</th></tr><tr><td rowspan=2>north</td><td>1</td></tr><tr><td>2</td></tr>\
             <tr><td colspan=2>all</td></tr></table>",
            "| zone | cost |\n| --- | --- |\n| north | 1 |\n| north | 2 |\n| all | all |",
        ),
        (
            "<table><tr><th>a<th rowspan=2>b<th>c<tr><td>1<td>2<tr><td>3<td>4<td>5</table>",
            "| a | b | c |\n| --- | --- | --- |\n| 1 | b | 2 |\n| 3 | 4 | 5 |",
        ),
        ("if n:<br>&nbsp;&nbsp;print(n)<br>&nbsp; &nbsp;end", "if n:  \n\u{a0}\u{a0}print(n)  \n\u{a0} \u{a0}end"),
        (
            "https://<bucket>.a.b holds List<String> if x<y and y>z",
            "https://&lt;bucket>.a.b holds List&lt;String> if x&lt;y and y>z",
        ),
    ] {
        assert_eq!(held_html(html).as_deref(), Ok(markdown), "{html}");
    }
    for (lines, markdown) in [
        ("n = 2\nif <b>n</b>:\n    print(n)\n\nend", "n = 2  \nif **n**:  \n\u{a0}\u{a0}\u{a0}\u{a0}print(n)\n\nend"),
        ("a<br>\nb<p>\nc\n</p>\n<p>d</p>", "a  \nb\n\nc\n\nd"),
        ("<pre>\na\n  b\n</pre>\nc", "```\na\n  b\n```\n\nc"),
    ] {
        assert_eq!(held_lines(lines).as_deref(), Ok(markdown), "{lines}");
    }
}

#[test]
fn content_that_text_cannot_represent_is_reported() {
    for (html, reason) in [
        ("<p>Which?</p><img src='data:image/png;base64,AA'>", "shows the picture \"data:image/png;base64,AA\", which"),
        ("<img src=\"@@PLUGINFILE@@/a.png\" alt='a'>", "@@PLUGINFILE@@/a.png"),
        ("<a href='@@PLUGINFILE@@/a.csv'>data</a>", "links to a file"),
        ("<svg width='4'><path d='M0 0h4'/></svg>", "a drawing"),
        ("<image src='a.png'>", "a drawing"),
        ("<video src='https://a.b/v.mp4'></video>", "a video or a sound"),
        ("<iframe src='https://a.b'></iframe>", "a page in a frame"),
        ("<object data='a.swf'></object>", "an embedded object"),
        ("<canvas id='c'></canvas>", "a drawing"),
        ("Put <select><option>more</option></select> in", "a form control"),
        ("Type <input value='x'>", "a form control"),
        ("a<script>document.write(1)</script>", "a script"),
        ("<math><mfrac><mn>1</mn><mn>2</mn></mfrac></math> of 8", "a formula in MathML"),
    ] {
        let told = held_html(html).unwrap_err();
        assert!(told.contains(reason), "{html}: {told}");
        assert!(held_markdown(&format!("Which?\n\n{html}")).is_err(), "{html}");
    }
    for (text, held) in [
        ("![p](https://a.b/c.png) `<img src=x>` &lt;video>", "![p](https://a.b/c.png) `<img src=x>` &lt;video>"),
        ("Is it <video>, <input> or <div>?", "Is it &lt;video>, &lt;input> or &lt;div>?"),
        ("Open https://<region>.a.b: a `List`<String>", "Open https://&lt;region>.a.b: a `List`&lt;String>"),
    ] {
        assert_eq!(held_markdown(text).as_deref(), Ok(held));
    }
    assert!(held_markdown("![p](pics/p.png)").unwrap_err().contains("pics/p.png"));
    assert!(held_markdown("a <!-- b -->").unwrap_err().contains("comment"));
    assert_eq!(held_html("a<!-- b --><style>p{}</style>").as_deref(), Ok("a"));
}

#[test]
fn unsafe_content_is_dropped() {
    for (html, markdown) in [
        ("a<script>alert(1)</script>b<style>p{}</style>c<!-- d -->", "abc"),
        ("<a href='javascript:alert(1)' onclick='x()'>a</a>", "a"),
        ("<a href=' java&#10;script:alert(1)'>a</a><a href='/b'>b</a>", "ab"),
        ("<img src='data:image/png;base64,AA' alt='a cat'> <img src='x.png'>", "a cat"),
        ("<p>Where does <script> belong?</p>", "Where does &lt;script> belong?"),
        ("<svg><title>t</title><svg></svg></svg>x", "x"),
        ("&lt;script&gt;alert(1)&lt;/script&gt; 1 &lt; 2", "&lt;script>alert(1)&lt;/script> 1 &lt; 2"),
        ("&amp;lt;b&gt; \u{0}\u{1}a&#1;", "&amp;lt;b> a"),
    ] {
        assert_eq!(from_html(html), markdown, "{html}");
    }
}

#[test]
fn plain_text_is_escaped_where_it_must_be() {
    for (plain, markdown) in [
        ("A company uses 5 * 3 > 20 & more [sic] #1 (a_b) C:\\dir!", ""),
        ("*.example.com", "\\*.example.com"),
        ("one\ntwo\n\n  three", "one  \ntwo\n\n\u{a0}\u{a0}three"),
        ("x\n---\ny", "x  \n\\---  \ny"),
        ("if n:\n\tprint(n)\n x", "if n:  \n\u{a0}\u{a0}\u{a0}\u{a0}print(n)  \nx"),
        ("1. a", "1\\. a"),
        ("- a\n\n    b", "\\- a\n\n\u{a0}\u{a0}\u{a0}\u{a0}b"),
        ("use <b> & &lt; *now*", "use &lt;b> & &amp;lt; \\*now\\*"),
        ("[a](b) ![c](d) [e] : `f`", "&#91;a&#93;(b) \\![c&#93;(d) [e&#93; : &#96;f&#96;"),
    ] {
        let markdown = if markdown.is_empty() { plain } else { markdown };
        assert_eq!(from_plain(plain), markdown);
    }
}

#[test]
fn texts_of_files_are_cleaned() {
    for (text, cleaned) in [
        ("- a\n- `<b>` &lt;b> [x](https://a.b)", ""),
        ("a <b>b</b><br>c\n\n<div>d</div>", "a **b**  \nc\n\nd"),
        ("a<script>alert(1)</script>", "a"),
        ("<javascript:alert(1)> [a](javas&#99;ript:x) [b](<java\tscript:x>) ![c](data:x)", "javascript:alert(1) a b c"),
        ("[a][b]\n\n[b]: vbscript:x", "a"),
        ("a\n\n[b]: vbscript:x", "a"),
        ("[a](/b)", "a"),
        ("a\r\nb\u{c}c\u{2028}d\u{85}e\u{1}f", "a b c d ef"),
        ("- a\n\n  ```\n  x <b>\n\n    y\n  ```", "- a\n\n  `x <b>`  \n  `\u{a0}\u{a0}y`"),
        ("https://a.b\u{a0}`<b>` `<b>` WWW.a*b*`<b>`", "https://a.b\u{a0}&lt;b> `<b>` WWW.a*b*&lt;b>"),
        ("\\\\`a` \\\\*b*", "&#92;`a` \\\\*b*"),
        ("``` a``b ```", "`a``b`"),
        ("``a`b`` ```a`b``c```", "``a`b`` a&#96;b&#96;&#96;c"),
        ("| a |\n|-|\n| `x\\|<b>` |", "| a |\n| --- |\n| x&#124;&lt;b> |"),
        ("[`a[0]`](https://a.b) `a\\`", "[a&#91;0&#93;](https://a.b) ` a\\ `"),
    ] {
        assert_eq!(clean(text), if cleaned.is_empty() { text } else { cleaned });
    }
}

#[test]
fn texts_of_authors_come_into_normal_form() {
    for (text, normal) in [
        ("A plain text, with 3 words (and more): it's \"so\"!\n\nAnd a second one.", ""),
        ("* a\n* b", "- a\n- b"),
        ("a\r\nb  c\rd", "a b c d"),
        (
            "<me@a.b> <https://a.b> [c]\n\n[c]: https://c.d",
            "[me@a.b](mailto:me@a.b) [https://a.b](https://a.b) [c](https://c.d)",
        ),
        ("Title\n=====\n\n~~~sh\nls <x>\n~~~", "# Title\n\n```sh\nls <x>\n```"),
        ("    <script>\n    \tx", "```\n<script>\n\tx\n```"),
        ("1 < 2 \\<b> [x] \\` R&D &copy;", "1 &lt; 2 &lt;b> [x] &#96; R&D ©"),
        ("[x] [^1]: y ![z]", "&#91;x&#93; [^1&#93;: y \\![z]"),
        ("+", "\\+"),
        ("1.", "1\\."),
        ("***", "\\*\\*\\*"),
        ("```{.python}\nx\n```", "```python\nx\n```"),
        ("See https://a.b/~c/_next/d*e for more.", ""),
        ("See https://a.b/_c_/ *now*", "See https://a.b/*c*/ *now*"),
        ("[the \\[guide\\](javascript:x)](https://a.b)", "[the &#91;guide&#93;(javascript:x)](https://a.b)"),
        ("[![\\](javascript:x) a](https://a.b)](https://c.d)", "[![&#93;(javascript:x) a](https://a.b)](https://c.d)"),
        ("_a_ __b__ ~d~", "*a* **b** ~~d~~"),
        ("| a | b |\n|:-|-:|\n| `1` | x\\|y |", "| a | b |\n| :--- | ---: |\n| `1` | x&#124;y |"),
        ("[a](https://a.b/(c)_*d*)", "[a](https://a.b/\\(c\\)_*d*)"),
    ] {
        let normal = if normal.is_empty() { text } else { normal };
        assert_eq!(normalize(text).as_deref(), Ok(normal));
        assert_eq!(normalize(normal), Ok(std::borrow::Cow::Borrowed(normal)));
    }
}

#[test]
fn what_the_normal_form_cannot_represent_is_refused_with_its_line() {
    for (text, line, words) in [
        ("a\n\n<b>c</b>", 3, "raw HTML, <b>"),
        ("a\n<div>\nc", 2, "raw HTML, <div>"),
        ("    code\r<script>x</script>", 2, "raw HTML, <script>"),
        ("a\n\u{c}\n    <img src=x>", 2, "U+000C"),
        ("a\n<x\u{2028}onfocus=y>", 2, "U+2028"),
        ("\u{85}", 1, "U+0085"),
        ("\u{1}", 1, "U+0001"),
        ("\u{feff}a", 1, "U+FEFF"),
        ("a\n[b](javascript:x)", 2, "not safe"),
        ("a\n\n![b](data:image/png;base64,AA)", 3, "not safe"),
        ("[b](/relative)", 1, "not safe"),
        ("a [b][c]\n\n[c]: vbscript:x", 1, "not safe"),
        ("a [b](https://c.d \"title\")", 1, "title"),
        ("- a\n\n  ```\n  b\n  ```", 3, "inside a list"),
        ("> a\n>\n>     b", 3, "inside a list or a quote"),
        ("a\n\n```` a`b``c ````", 3, "between backticks"),
        ("| a |\n|-|\n| b |\n| `c\\|d` |", 4, "between backticks"),
        ("a\n\n- b\n-\n- c", 5, "empty"),
        ("[`a[0]`](https://b.c)", 1, "between backticks"),
    ] {
        let flaw = normalize(text).unwrap_err();
        assert_eq!(flaw.line, line, "{text:?}: {}", flaw.detail);
        assert!(flaw.detail.contains(words), "{text:?}: {}", flaw.detail);
    }
}

#[test]
fn references_survive_a_round_trip_through_links() {
    for (title, url) in [
        ("A `new` \\[x\\] **guide**", "https://a.b/(c)?d=e&f;g=*_~"),
        ("User guide", "http://a.b"),
        ("R&amp;lt; &lt;x>", "https://a.b/%20"),
    ] {
        let item = link_item(title, url);
        assert!(is_normal(&item), "{item}");
        let (back, address) = split_link_item(&item).unwrap();
        assert_eq!((clean(&back).as_str(), address.as_str()), (clean(title).as_str(), url), "{item}");
    }
    for none in
        ["- a", "- [a](javascript:x)", "- [a](https://b.c) d", "[a](https://b.c)", "- [a](https://b.c)[d](https://e.f)"]
    {
        assert_eq!(split_link_item(none), None);
    }
}

#[test]
fn texts_from_before_the_normal_form_are_made_harmless() {
    for text in ["a *b* `c`", "x\n\n    y", "1. a\n2. b"] {
        assert!(matches!(from_stored(text), std::borrow::Cow::Borrowed(same) if same == text));
    }
    assert_eq!(from_stored("    code\r<script>x</script>"), "```\ncode\n```");
    assert_eq!(from_stored("<x\u{a0}onfocus=y>"), "&lt;x\u{a0}onfocus=y>");
    assert_eq!(from_stored("[a](https://b.c)"), "[a](https://b.c)");
}

#[test]
fn html_and_plain_text_come_out() {
    let text = "# A\n\n- **b** & <i>\n- [c](javascript:x) ![d](https://e.f)\n\n| x | y |\n| - | - |\n| 1 | `2` |";
    assert_eq!(
        to_html(text),
        "<h1>A</h1>\n<ul>\n<li><strong>b</strong> &amp; &lt;i&gt;</li>\n\
         <li>c <img src=\"https://e.f\" alt=\"d\" /></li>\n</ul>\n\
         <table><thead><tr><th>x</th><th>y</th></tr></thead><tbody>\n<tr><td>1</td><td><code>2</code></td></tr>\n\
         </tbody></table>\n"
    );
    assert_eq!(to_plain(text), "A\n\n- b & <i>\n- c d\nx\ty\n1\t2");
    assert_eq!(to_plain("3. a\n4. b\n\nc  \nd"), "3. a\n4. b\nc\nd");
    assert_eq!(to_html("a&#1;\u{1}b"), "<p>ab</p>\n");
}

#[test]
fn depth_and_length_cost_little() {
    for part in [
        "<div>",
        "<b>",
        "<ul><li>",
        "<blockquote>",
        "<table><tr><td>",
        "<a href='http://x.y'>",
        "<svg>",
        "<pre>",
        "<p>a<br>",
        "*a ",
        "**a",
        "`a",
        "[a](",
        "![",
        "<",
        "&",
        "> ",
        "- ",
        "|a\n",
        "~a",
        "\\",
        "_a*",
        "<b>a</b>_",
        "<i>a<b>",
        "]: ",
        "`]: `",
        "<sup>a",
        "<sup>a</sup>",
        "<ruby>a<rt>b</ruby>",
        "<ol type=a><li>a</ol>",
        "<b a='",
        "<b a=<",
        "<!--",
        "<script>",
        "</script",
        "<x",
        "<i>a</b>",
    ] {
        let long = part.repeat(5_000);
        let normal = normalize(&long).map_or(String::new(), std::borrow::Cow::into_owned);
        for text in [from_html(&long), from_plain(&long), to_html(&long), clean(&long), normal] {
            assert!(text.len() <= 20 * long.len(), "{part}");
        }
    }
    let wide = format!("<table>{}</table>", "<tr><td colspan=99 rowspan=99>abc".repeat(1_000));
    assert!(from_html(&wide).len() < 500_000);
    assert_eq!(from_html(&format!("{}x", "<blockquote>".repeat(100_000))), format!("{}x", "> ".repeat(23)));
    assert_eq!(from_html(&format!("{}x{}y", "<div><b>".repeat(100_000), "</b></div>".repeat(100_000))), "**x**\n\ny");
}
