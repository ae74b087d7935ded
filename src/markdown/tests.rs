use super::*;

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
        ("<blockquote><p>a</p><pre>x\n\ny</pre></blockquote>", "> a\n>\n> ```\n> x\n>\n> y\n> ```"),
        ("<h2>A <em>b</em></h2>text", "## A *b*\n\ntext"),
        (
            "<table><tr><th>a<th style='text-align: right'>b|c<tr><td><p>1</p><p>2</p><td><ul><li>x<li>y</ul></table>",
            "| a | b\\|c |\n| --- | ---: |\n| 1 2 | x y |",
        ),
        ("10<sup>-3</sup> H<sub>2</sub>O x<sup>y</sup>", "10⁻³ H₂O xy"),
        (
            "<a href='https://example.org/?a=1&amp;b=(2)'>see <b>x</b></a>",
            "[see **x**](<https://example.org/?a=1&b=(2)>)",
        ),
        ("<img src='https://example.org/a b.png' alt='an [x]'>", "![an \\[x\\]](https://example.org/a%20b.png)"),
        ("a<hr>b", "a\n\n***\n\nb"),
        ("a<b><code>&lt;</b>b", "a`<b`"),
        ("<a href='http://a.b'>x <code>]:</code></a>", "[x \\]:](http://a.b)"),
        ("<a href='http://a.b'><code>]</code><code>:x</code></a>", "[\\]:x](http://a.b)"),
        ("<s>~</s> <b>*</b><br><i>_</i>", "~~\\~~~ **\\***  \n*\\_*"),
        ("<a href='http://a.b'>x<b>y</b></a><b> z</b>", "[xy](http://a.b) z"),
        ("[<code>]: x</code>", "\\[`]: x`"),
        ("<p>&nbsp;</p><div>x</div>y", "x\n\ny"),
    ] {
        assert_eq!(from_html(html), markdown, "{html}");
    }
}

#[test]
fn what_is_not_safe_is_dropped() {
    for (html, markdown) in [
        ("a<script>alert(1)</script>b<style>p{}</style>c<!-- d -->", "abc"),
        ("<a href='javascript:alert(1)' onclick='x()'>a</a>", "a"),
        ("<a href=' java&#10;script:alert(1)'>a</a><a href='/b'>b</a>", "ab"),
        ("<img src='data:image/png;base64,AA' alt='a cat'> <img src='x.png'>", "a cat"),
        ("<p>Where does <script> belong?</p>", "Where does belong?&lt;/p>"),
        ("<svg><title>t</title><svg></svg></svg>x", "x"),
        ("&lt;script&gt;alert(1)&lt;/script&gt; 1 &lt; 2", "&lt;script>alert(1)&lt;/script> 1 < 2"),
        ("&amp;lt;b&gt; \u{0}\u{1}a&#1;", "&amp;lt;b> a"),
    ] {
        assert_eq!(from_html(html), markdown, "{html}");
    }
}

#[test]
fn plain_text_is_escaped_where_it_must_be() {
    for (plain, markdown) in [
        ("A company uses *.example.com, i.e. 5 * 3 < 20 & more [sic] #1 (a_b) C:\\dir!", ""),
        ("one\ntwo\n\n  three", ""),
        ("x\n---\ny", "x\n\\---\ny"),
        ("1. a", "1\\. a"),
        ("- a\n\n    b", "\\- a\n\nb"),
        ("use <b> & &lt; *now*", "use &lt;b> & &amp;lt; \\*now\\*"),
        ("[a](b) ![c](d) [e]: f", "[a\\](b) \\![c\\](d) [e\\]: f"),
    ] {
        let markdown = if markdown.is_empty() { plain } else { markdown };
        assert_eq!(from_plain(plain), markdown);
    }
}

#[test]
fn safe_markdown_stays_and_the_rest_is_cleaned() {
    for (text, cleaned) in [
        ("* a\n* `<b>` \\<b> [x](HTTPS://a.b) <me@a.b>", ""),
        ("a <b>b</b><br>c\n\n<div>d</div>", "a **b**  \nc\n\nd"),
        ("a<script>alert(1)</script>", "a"),
        ("<javascript:alert(1)> [a](javas&#99;ript:x) [b](<java\tscript:x>) ![c](data:x)", "javascript:alert(1) a b c"),
        ("[a][b]\n\n[b]: vbscript:x", "a"),
        ("a\n\n[b]: vbscript:x", "a"),
        ("[a](/b)", "a"),
    ] {
        assert_eq!(clean(text), if cleaned.is_empty() { text } else { cleaned });
        assert_eq!(is_safe(text), cleaned.is_empty(), "{text}");
    }
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
    ] {
        let long = part.repeat(5_000);
        for text in [from_html(&long), from_plain(&long), to_html(&long), clean(&long)] {
            assert!(text.len() <= 20 * long.len(), "{part}");
        }
    }
    assert_eq!(from_html(&format!("{}x", "<blockquote>".repeat(100_000))), format!("{}x", "> ".repeat(23)));
    assert_eq!(from_html(&format!("{}x{}y", "<div><b>".repeat(100_000), "</b></div>".repeat(100_000))), "**x**\n\ny");
}

mod properties {
    use proptest::{prelude::*, sample::select};

    use super::*;

    const MARKUP: [&str; 84] = [
        "<p>",
        "</p>",
        "<b>",
        "</b>",
        "<i>",
        "</i>",
        "<s>",
        "</s>",
        "<code>",
        "</code>",
        "<pre>",
        "</pre>",
        "<ul>",
        "</ul>",
        "<ol start=7>",
        "</ol>",
        "<li>",
        "</li>",
        "<blockquote>",
        "</blockquote>",
        "<table>",
        "</table>",
        "<tr>",
        "<td>",
        "<th align=left>",
        "</td>",
        "<h1>",
        "</h1>",
        "<br>",
        "<hr>",
        "<a href='https://a.b/(c)?d=1&amp;copy;'>",
        "</a>",
        "<a href='javascript:x'>",
        "<img src='http://a.b/c d' alt='e]f'>",
        "<sup>",
        "</sup>",
        "<script>",
        "</script>",
        "<!--",
        "-->",
        "<div>",
        "</div>",
        "&lt;",
        "&amp;",
        "&#96;",
        "&nbsp;",
        "&#x9;",
        "*",
        "**",
        "_",
        "__",
        "~",
        "~~",
        "`",
        "```",
        "[",
        "]",
        "(",
        ")",
        "![",
        "](",
        "](https://x.y)",
        "]: javascript:x",
        "\\",
        "|",
        "| - |",
        "---",
        "===",
        "#",
        "> ",
        "- ",
        "1. ",
        "12)",
        "+ ",
        "!",
        ":",
        ";",
        " ",
        "  ",
        "\n",
        "\n\n",
        "\t",
        "    ",
        "<https://a.b>",
    ];

    fn soup() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            6 => select(&MARKUP[..]).prop_map(str::to_owned),
            2 => "[a-c]{1,3}",
            1 => "\\PC{1,3}",
            1 => any::<char>().prop_map(String::from),
        ];
        prop::collection::vec(part, 0..24).prop_map(|parts| parts.concat())
    }

    fn squeezed(text: &str) -> String {
        text.chars().filter(|c| !c.is_whitespace()).collect()
    }

    proptest! {
        #[test]
        fn html_becomes_safe_markdown_that_stays(html in soup()) {
            let markdown = from_html(&html);
            prop_assert!(is_safe(&markdown), "{}", markdown);
            prop_assert_eq!(from_html(&to_html(&markdown)), markdown);
        }

        #[test]
        fn canonical_markdown_stays(text in soup()) {
            let canonical = from_html(&to_html(&text));
            prop_assert_eq!(from_html(&to_html(&canonical)), canonical);
        }

        #[test]
        fn cleaned_markdown_is_safe(text in soup()) {
            let cleaned = clean(&text);
            prop_assert!(is_safe(&cleaned), "{}", cleaned);
            prop_assert_eq!(cleaned == text, is_safe(&text));
        }

        #[test]
        fn plain_text_reads_the_same(text in soup()) {
            let markdown = from_plain(&text);
            prop_assert!(is_safe(&markdown));
            prop_assert!(!inline::has_tag_start(&markdown));
            let printable: String = text.chars().filter(|&c| is_xml_char(c)).collect();
            prop_assert_eq!(squeezed(&to_plain(&markdown)), squeezed(&printable), "{}", markdown);
        }

        #[test]
        fn html_of_anything_is_well_formed(text in soup()) {
            let page = format!("<x>{}</x>", to_html(&text));
            prop_assert!(page.chars().all(is_xml_char));
            let mut reader = quick_xml::Reader::from_str(&page);
            reader.config_mut().check_end_names = true;
            loop {
                match reader.read_event() {
                    Ok(quick_xml::events::Event::Eof) => break,
                    Ok(_) => {}
                    Err(error) => prop_assert!(false, "{} in {}", error, page),
                }
            }
        }
    }
}
